package dev.unroll.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PeerComparisonTest {
    /** Its weights alone are 160 GB, more than a quarter of any machine's memory that tests run on. */
    private static final Work TOO_LARGE = new Work.Network(Work.Use.TRAIN, "rnn", 1, 200_000, 5, false, 1, 1);

    private static final Work SMALL = new Work.Network(Work.Use.TRAIN, "rnn", 1, 8, 5, false, 2, 3);

    @Test
    void aWorkThatDoesNotFitIntoMemoryIsLeftOutWithItsReasonAndTheOthersAreMeasured() throws InterruptedException {
        try (Peers peers = Peers.find(List.of(Peers.ONE_THREAD), Path.of("none"), "none")) {
            List<String> progress = new ArrayList<>();
            PeerComparison comparison = new PeerComparison(peers, Timing.QUICK, progress::add);
            List<Row> rows = comparison.run(List.of(TOO_LARGE, SMALL), 2);
            assertEquals(List.of(SMALL), rows.stream().map(Row::source).toList());
            assertEquals("measuring train rnn:1x8 5, 2x3, 2 threads (2 of 2)", progress.getLast());
            assertEquals(1, comparison.leftOut().size(), comparison.leftOut().toString());
            String line = comparison.leftOut().getFirst();
            assertTrue(line.startsWith("Unroll at train rnn:1x200000 5, 1x1: "), line);
            assertTrue(line.contains("would exceed the limit") && line.contains("-Dunroll.memory"), line);
        }
    }
}
