package dev.unroll.bench.jmh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class KernelResultTest {
    @Test
    void whatJmhItselfAllocatesIsNotTheKernels() {
        assertFalse(KernelResult.allocates(134, 15_000), "a hundred long calls share some kilobytes of JMH's");
        assertFalse(KernelResult.allocates(0.01, 1_000_000), "a hundred million calls");
        assertTrue(KernelResult.allocates(16, 16 * 5_000), "one small object a call");
    }

    @Test
    void whatKernelsAreComparedWithMayAllocate() {
        assertTrue(KernelResult.promisesNoGarbage("StepBenchmark.session"));
        assertFalse(KernelResult.promisesNoGarbage("StepBenchmark.prediction"));
        assertFalse(KernelResult.promisesNoGarbage("WordModelBenchmark.update"));
    }

    @Test
    void namesAreClassAndMethod() {
        assertEquals("GemmBenchmark.nn", KernelResult.shortName("dev.unroll.bench.jmh.GemmBenchmark.nn"));
    }
}
