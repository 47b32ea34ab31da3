package dev.unroll.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.unroll.kernels.ElementType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ForkedRowTest {
    private static final Work.Product WORK = new Work.Product(true, ElementType.F32, 8, 1024, 256);
    private static final Work.Network ALONE = new Work.Network(Work.Use.TRAIN, "lstm", 1, 16, 5, false, 3, 4);

    private static PeerResults fork(Row row) {
        return new PeerResults(Map.of("EJML", "1"), Map.of(), List.of("MKL: slow"), List.of(row));
    }

    private static PeerResults fork(double unroll, double peer) {
        return fork(
                new Row(null, "gemm-packed", "8x1024x256", "f32", 1, "GFLOP/s", unroll, null, "EJML", peer,
                        unroll / peer, 0.01, unroll, peer, null));
    }

    private static PeerResults alone(double firstMs) {
        return fork(
                new Row(null, "train", ALONE.shape(), "f32", 1, "steps/s", 100, null, null, null, null, null, 5, null,
                        new Calls(10 * firstMs, 1, firstMs, 2 * firstMs)));
    }

    @Test
    void mediansOfForksAreGivenWithBothModes() {
        ForkedResults results = new ForkedResults(List.of(WORK));
        results.add(fork(55, 10));
        results.add(fork(71, 10));
        results.add(fork(57, 11));
        results.add(fork(73, 11));
        assertEquals(1, results.rows().size());
        ForkedRow merged = results.rows().getFirst();
        assertEquals(64, merged.row().unroll());
        assertEquals(9.0 / 64, merged.row().unrollSpread());
        assertEquals(10.5, merged.row().peerValue());
        assertEquals((5.5 + 73.0 / 11) / 2, merged.row().ratio(), 1e-12);
        assertEquals(WORK, merged.row().source());
        assertEquals(List.of(56.0, 72.0), merged.modes());
        assertEquals(List.of(), merged.peerModes(), "10% are no mode");
        assertEquals(4, merged.forks().size());
        assertEquals(
                List.of("Unroll at 8x1024x256 is bimodal: 56.0 / 72.0 GFLOP/s"), merged.remarks());
        assertEquals(List.of("MKL: slow"), results.leftOut());
    }

    @Test
    void modesAreDividedWhereNeighborsDifferMost() {
        assertEquals(List.of(), ForkedRow.modes(100));
        assertEquals(List.of(), ForkedRow.modes(100, 114, 107));
        assertEquals(List.of(100.0, 140.5), ForkedRow.modes(141, 100, 140));
    }

    @Test
    void aNetworkAloneHasMediansOfItsCallsAndNoRatio() {
        ForkedResults results = new ForkedResults(List.of(WORK, ALONE));
        results.add(alone(30));
        results.add(alone(10));
        results.add(alone(20));
        ForkedRow merged = results.rows().getFirst();
        assertEquals(new Calls(200, 1, 20.0, 40.0), merged.row().calls());
        assertNull(merged.row().ratio());
        assertEquals(List.of(), merged.remarks());
    }

    @Test
    void resultsOfOtherWorksAreRefused() {
        ForkedResults results = new ForkedResults(List.of(ALONE));
        results.add(fork(1, 1));
        assertEquals(
                "the results of a virtual machine have gemm-packed 8x1024x256 f32, which was not asked for",
                assertThrows(IllegalArgumentException.class, results::rows).getMessage());
    }
}
