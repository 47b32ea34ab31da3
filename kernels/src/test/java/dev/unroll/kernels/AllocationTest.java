package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Calls are made for every time step of a network: on one thread they leave nothing for the garbage collector. */
class AllocationTest {
    private static final int CALLS = 10_000;

    /** The time that compilation takes on a busy machine. */
    private static final int ROUNDS = 200;

    /** What looking at the counter costs by itself, and less than a byte for each call. */
    private static final long ALLOWED = CALLS;

    private final Workspace workspace = new Workspace("test");

    @AfterEach
    void close() {
        workspace.close();
    }

    static Stream<Arguments> facesAndTypes() {
        return FormulaTest.facesAndTypes();
    }

    /** The module under test does not read that of the counter, so it is asked by reflection. */
    private static long allocatedBytes() {
        try {
            Object threads = Class.forName("java.lang.management.ManagementFactory")
                    .getMethod("getThreadMXBean")
                    .invoke(null);
            Method counter = Class.forName("com.sun.management.ThreadMXBean")
                    .getMethod("getCurrentThreadAllocatedBytes");
            return (long) counter.invoke(threads);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @MethodSource("facesAndTypes")
    void aWarmedCallOnOneThreadAllocatesNothing(Face face, ElementType type) {
        FaceArguments arguments =
                FaceArguments.random(workspace, face, new Face.Sizes(2, 3, 2), type, 1, new Random(1));
        double result = 0;
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS && least > ALLOWED; round++) {
            long before = allocatedBytes();
            for (int i = 0; i < CALLS; i++) {
                result += arguments.call(WorkerPool.caller());
            }
            least = Math.min(least, allocatedBytes() - before);
        }
        assertTrue(least <= ALLOWED, least / CALLS + " bytes a call");
        assertTrue(result != 1);
    }
}
