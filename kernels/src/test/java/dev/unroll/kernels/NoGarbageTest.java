package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.unroll.kernels.Face.Sizes;
import java.lang.management.ManagementFactory;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * No public call on tensors allocates on the heap, once it is compiled. Runs in a virtual machine of its own that waits for
 * its compiler and compiles early: without these options a busy machine may not have come to it.
 */
@Tag("compiled")
class NoGarbageTest {
    private static final Sizes SMALL = new Sizes(3, 7, 5);
    private static final int CALLS = 1_000;

    /** Several times as many calls as any method waits to be compiled for. */
    private static final int ROUNDS = 40;

    /** All of F32 before any of F64, as in a program that uses one of them: other profiles, other compiled code. */
    static Stream<Arguments> faces() {
        return Stream.of(ElementType.F32, ElementType.F64)
                .flatMap(type -> Face.all().stream().map(face -> Arguments.of(type, face)));
    }

    @ParameterizedTest
    @MethodSource("faces")
    void vectorsAreNoGarbageOnceCompiled(ElementType type, Face face) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Samples samples = new Samples(type, 3, 1)) {
            Tensor[] operands = face.operands(samples, SMALL);
            long least = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS && least >= CALLS; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < CALLS; i++) {
                    face.call().on(operands, WorkerPool.caller());
                }
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertTrue(least < CALLS, face.name() + " " + type + ": " + least / CALLS + " bytes per call"); // a vector alone has 80
        }
    }
}
