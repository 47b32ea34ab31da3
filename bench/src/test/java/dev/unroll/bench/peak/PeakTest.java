package dev.unroll.bench.peak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import org.junit.jupiter.api.Test;

class PeakTest {
    @Test
    void operationsAndBytesAreCountedByThreadAndRound() {
        try (WorkerPool pool = new WorkerPool(2); CopyLoop copy = new CopyLoop(1 << 16)) {
            FmaLoop fma = new FmaLoop(ElementType.F64);
            assertEquals(3 * fma.run(WorkerPool.caller(), 1), fma.run(WorkerPool.caller(), 3));
            assertEquals(2 * fma.run(WorkerPool.caller(), 1), fma.run(pool, 1));
            assertEquals(1 << 16, copy.run(WorkerPool.caller(), 1));
            assertEquals(2 << 16, copy.run(pool, 2), "threads share the bytes");
        }
    }

    @Test
    void halfAsManyDoublesAsFloatsFitAVector() {
        long floats = new FmaLoop(ElementType.F32).run(WorkerPool.caller(), 1);
        assertEquals(floats / 2, new FmaLoop(ElementType.F64).run(WorkerPool.caller(), 1));
    }

    @Test
    void aSampleIsARate() {
        try (CopyLoop small = new CopyLoop(1)) {
            assertTrue(small.sample(WorkerPool.caller()) > 0, "fewer bytes than a vector has");
        }
    }
}
