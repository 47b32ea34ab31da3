package dev.unroll.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class CatalogueTest {
    @Test
    void nothingIsListedTwice() {
        List<Work> all = Catalogue.all();
        assertEquals(all.size(), new HashSet<>(all).size());
        Set<String> labels = all.stream()
                .map(work -> work.name() + " " + work.shape() + " " + work.type())
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(all.size(), labels.size(), "results are told apart by name, shape and type");
    }

    @Test
    void growthIsAmongAllWorksAndReachesFromSmallToLargeInEverySize() {
        Set<Work> growth = Growth.FULL.works();
        assertTrue(Catalogue.all().containsAll(growth));
        assertEquals(17, growth.size(), "4 steps, 6 sizes, 4 depths and 6 batches share the base");
        assertEquals(
                List.of("lstm:2x256 28, 32x35"),
                growth.stream().filter(work -> !Growth.FULL.hasAlone(work)).map(Work::shape).toList(),
                "the base is a training of its own");
        Set<String> shapes = growth.stream().map(Work::shape).collect(Collectors.toSet());
        assertTrue(
                shapes.containsAll(
                        List.of("lstm:2x256 28, 32x35", "lstm:2x256 28, 32x2000", "lstm:2x32 28, 32x35",
                                "lstm:2x1024 28, 32x35", "lstm:1x256 28, 32x35", "lstm:8x256 28, 32x35",
                                "lstm:2x256 28, 1x35", "lstm:2x256 28, 256x35")),
                shapes.toString());
    }
}
