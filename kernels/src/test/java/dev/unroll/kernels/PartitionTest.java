package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class PartitionTest {
    @Property(tries = 500)
    void partsFollowEachOtherWithoutAGapAndBeginAtTheGrain(
            @ForAll @LongRange(min = 0, max = 1L << 40) long size,
            @ForAll @IntRange(min = 1, max = 16) int grain,
            @ForAll @IntRange(min = 1, max = 9) int parts) {
        assertEquals(0, Partition.boundary(size, grain, 0, parts));
        assertEquals(size, Partition.boundary(size, grain, parts, parts));
        for (int part = 1; part < parts; part++) {
            long from = Partition.boundary(size, grain, part, parts);
            assertTrue(from >= Partition.boundary(size, grain, part - 1, parts));
            assertTrue(from % grain == 0 || from == size);
        }
    }

    @Example
    void smallWorkStaysWithTheCaller() {
        try (WorkerPool pool = new WorkerPool(4)) {
            assertEquals(1, Partition.parts(pool, 100, 1, 100 * 100, Partition.ADD));
            assertEquals(4, Partition.parts(pool, 1000, 1, 1000 * 1000, Partition.ADD));
            assertEquals(1, Partition.parts(pool, 0, 1, 0, Partition.LSTM));
        }
    }

    @Example
    void aStepOfABatchIsShared() {
        try (WorkerPool pool = new WorkerPool(2)) {
            assertEquals(2, Partition.parts(pool, 32, 1, 32 * 256, Partition.LSTM));
            assertEquals(2, Partition.parts(pool, 32, 1, 32 * 256, Partition.LSTM_BACKWARD));
        }
    }

    @Example
    void thereAreNoMorePartsThanUnitsOrThreads() {
        try (WorkerPool pool = new WorkerPool(4)) {
            assertEquals(1, Partition.parts(pool, 1, 1, 1 << 30, Partition.ADD));
            assertEquals(2, Partition.parts(pool, 17, 16, 1 << 30, Partition.ADD));
            assertEquals(4, Partition.parts(pool, 1 << 20, 1, 1 << 30, Partition.ADD));
        }
    }
}
