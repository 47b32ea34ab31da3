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
        long elements = (long) LARGE.m() * LARGE.n();
        assertEquals(3, Partition.parts(three, LARGE.m(), 1, elements, Partition.ADD));
        assertEquals(3, Partition.parts(three, LARGE.n(), Partition.grain(ElementType.F32), elements, Partition.ADD));
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
    void partsCoverEverySizeOnceInOrderAndBeginAtTheirGrain() {
        for (long size : new long[] {1, 2, 3, 7, 64, 1000, Gemm.MAX_SIZE, Long.MAX_VALUE / 16}) {
            for (long grain : new long[] {1, 8, 16}) {
                long units = (size + grain - 1) / grain;
                for (int parts = 1; parts <= Math.min(units, 9); parts++) {
                    assertEquals(0, Partition.boundary(size, grain, 0, parts));
                    assertEquals(size, Partition.boundary(size, grain, parts, parts));
                    for (int part = 1; part < parts; part++) {
                        long from = Partition.boundary(size, grain, part, parts);
                        long length = Partition.boundary(size, grain, part + 1, parts) - from;
                        assertEquals(0, from % grain);
                        assertTrue(length > (units / parts - 1) * grain, size + " in " + parts + ": " + length);
                        assertTrue(length <= (units / parts + 1) * grain, size + " in " + parts + ": " + length);
                    }
                }
            }
        }
    }

    @Test
    void thereAreNeverMorePartsThanThreadsUnitsOrWork() {
        assertEquals(1, Partition.parts(WorkerPool.caller(), 1000, 1, 1_000_000_000, 40));
        assertEquals(2, Partition.parts(two, 1000, 1, 1_000_000_000, 40));
        assertEquals(2, Partition.parts(three, 2, 1, 1_000_000_000, 40));
        assertEquals(2, Partition.parts(three, 17, 16, 1_000_000_000, 40));
        assertEquals(1, Partition.parts(three, 10, 1, 100, 40));
        assertEquals(1, Partition.parts(three, 0, 1, 0, 40));
        assertEquals(1, Partition.parts(three, 1000, 1, 0, 40));
    }
}
