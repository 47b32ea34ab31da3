package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The number of threads changes no bit. */
@Tag("every-width")
class ThreadsTest {
    /** Odd, and large enough that even the cheapest call is worth three threads, over rows and over columns. */
    private static final Face.Sizes LARGE = new Face.Sizes(317, 331, 37);

    private static WorkerPool two;
    private static WorkerPool three;

    private final Workspace workspace = new Workspace("test");

    @BeforeAll
    static void open() {
        two = new WorkerPool(2);
        three = new WorkerPool(3);
    }

    @AfterAll
    static void closePools() {
        two.close();
        three.close();
    }

    @AfterEach
    void close() {
        workspace.close();
    }

    static Stream<Arguments> facesAndTypes() {
        return FormulaTest.facesAndTypes();
    }

    @Test
    void theSizesOfTheseTestsAreDividedAmongThreeThreads() {
        assertEquals(3, Partition.parts(three, LARGE.m(), LARGE.n(), 1));
        assertEquals(3, Partition.parts(three, LARGE.n(), LARGE.m(), 1));
        assertTrue(2.0 * LARGE.m() * LARGE.n() * LARGE.k() > 3 * 400_000, "products");
    }

    @ParameterizedTest
    @MethodSource("facesAndTypes")
    void oneTwoAndThreeThreadsGiveTheSameBits(Face face, ElementType type) {
        int gap = type == ElementType.F32 ? 0 : 3;
        FaceArguments arguments = FaceArguments.random(workspace, face, LARGE, type, gap, new Random(5));
        byte[][] before = arguments.bytes();
        double result = arguments.call(WorkerPool.caller());
        byte[][] after = arguments.bytes();
        for (WorkerPool pool : new WorkerPool[] {two, three}) {
            arguments.restore(before);
            assertEquals(result, arguments.call(pool), pool.threads() + " threads");
            byte[][] again = arguments.bytes();
            for (int i = 0; i < after.length; i++) {
                assertArrayEquals(
                        after[i], again[i], face.arguments().get(i).name() + " of " + pool.threads() + " threads");
            }
        }
    }

    @Test
    void partsCoverEveryUnitOnceInOrder() {
        for (long units : new long[] {1, 2, 3, 7, 64, 1000, Gemm.MAX_SIZE}) {
            for (int parts = 1; parts <= Math.min(units, 9); parts++) {
                assertEquals(0, Partition.boundary(units, 0, parts));
                assertEquals(units, Partition.boundary(units, parts, parts));
                for (int part = 0; part < parts; part++) {
                    int length = Partition.boundary(units, part + 1, parts) - Partition.boundary(units, part, parts);
                    assertTrue(length >= units / parts && length <= units / parts + 1, units + " in " + parts);
                }
            }
        }
    }

    @Test
    void thereAreNeverMorePartsThanThreadsUnitsOrWork() {
        assertEquals(1, Partition.parts(WorkerPool.caller(), 1000, 1_000_000, 40));
        assertEquals(2, Partition.parts(two, 1000, 1_000_000, 40));
        assertEquals(2, Partition.parts(three, 2, 1_000_000, 40));
        assertEquals(1, Partition.parts(three, 10, 10, 40));
        assertEquals(1, Partition.parts(three, 0, 10, 40));
        assertEquals(1, Partition.parts(three, 1000, 0, 40));
        assertEquals(3, Partition.parts(three, Gemm.MAX_SIZE, Gemm.MAX_SIZE, 1));
    }
}
