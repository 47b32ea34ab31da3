package dev.unroll.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class TimingTest {
    @Test
    void mediansAndQuartilesOfOddAndEvenCounts() {
        assertEquals(3, Timing.median(9, 1, 3));
        assertEquals(2, Timing.median(1, 3));
        assertEquals(0.5, Timing.spread(1, 2, 3, 0, 4), "quartiles 1 and 3 around 2");
        assertEquals(0, Timing.spread(7));
        assertEquals(1.5, Timing.halfRange(4, 1, 0, 6, 2), "from 0 to 6 around 2");
        assertEquals(0, Timing.halfRange(7));
    }
}
