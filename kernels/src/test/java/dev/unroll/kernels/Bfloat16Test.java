package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterProperty;
import org.junit.jupiter.api.function.Executable;

/** A product with a matrix kept as bfloat16 has the bits of the product with the rounded matrix, on every path. */
@Tag("every-width")
class Bfloat16Test {
    private static final WorkerPool CALLER = WorkerPool.caller();
    private static final float LARGEST = 0x1.FEp127f;

    private final Workspace workspace = new Workspace("bfloat16", 1 << 28);

    @AfterProperty
    void close() {
        workspace.close();
    }

    /** Of the two neighbors the nearer one, and in the middle the even one, by arithmetic and not by bits. */
    @Property(tries = 10_000)
    void aNumberIsRoundedToTheNearestAndATieToTheEvenOne(@ForAll int bits) {
        float x = Float.intBitsToFloat(bits);
        float below = Float.intBitsToFloat(bits & 0xffff_0000);
        float above = Float.intBitsToFloat((bits & 0xffff_0000) + 0x1_0000);
        float rounded = Bfloat16.round(x);
        if (Float.isNaN(x)) {
            assertTrue(Float.isNaN(rounded));
        } else if (Math.abs(x) < LARGEST) {
            double toBelow = Math.abs((double) x - below);
            double toAbove = Math.abs((double) above - x);
            boolean isBelow = toBelow < toAbove || toBelow == toAbove && (bits & 0x1_0000) == 0;
            assertEquals(isBelow ? below : above, rounded);
        }
        assertEquals(rounded, Bfloat16.toFloat(Bfloat16.of(x)));
    }

    @Example
    void theEdgesOfTheRangeAreRoundedAsInIeee754() {
        float tie = 0x1.FFp127f; // halfway between the largest number and the next power of two
        assertEquals(LARGEST, Bfloat16.round(Math.nextDown(tie)));
        assertEquals(Float.POSITIVE_INFINITY, Bfloat16.round(tie));
        assertEquals(Float.NEGATIVE_INFINITY, Bfloat16.round(-Float.MAX_VALUE));
        assertEquals(Float.POSITIVE_INFINITY, Bfloat16.round(Float.POSITIVE_INFINITY));
        assertEquals(Float.NEGATIVE_INFINITY, Bfloat16.round(Float.NEGATIVE_INFINITY));
        assertEquals(0f, Bfloat16.round(Float.MIN_VALUE));
        assertEquals(-0f, Bfloat16.round(-0f));
        assertEquals(0x1p-133f, Bfloat16.round(0x1.8p-134f)); // the smallest number
        float hidden = Float.intBitsToFloat(0x7f80_0001); // a NaN of which the upper half is infinity
        assertTrue(Float.isNaN(Bfloat16.round(hidden)));
        assertTrue(Float.isNaN(Bfloat16.toFloat(Bfloat16.of(hidden))));
    }

    /** Sizes with every kind of tile, edge and block; the numbers have every size too. */
    @Property(tries = 300)
    void aProductHasTheBitsOfTheRoundedMatrix(
            @ForAll @IntRange(max = 40) int m,
            @ForAll @IntRange(max = 300) int n,
            @ForAll @IntRange(max = 900) int k,
            @ForAll @IntRange(max = 2) int beta,
            @ForAll boolean transposed,
            @ForAll boolean hasEpilogue,
            @ForAll @IntRange(min = 1, max = 3) int threads,
            @ForAll long seed) {
        check(m, n, k, beta * 0.5, transposed, hasEpilogue, threads, new Random(seed), 0);
    }

    @Example
    void everyCountOfRowsAndPanelsHasItsTiles() {
        Workspace.Mark mark = workspace.mark();
        for (int m = 1; m <= 20; m++) {
            for (int n = 1; n <= 400; n += 57) {
                check(m, n, 11, 1, false, true, 1, new Random(m), 0);
                workspace.reset(mark);
            }
        }
        check(1, 4096, 1100, 0, false, false, 3, new Random(1), 0);
        check(130, 1100, 800, 1, true, true, 3, new Random(1), 0);
    }

    @Property(tries = 60)
    void numbersThatAreNotFiniteGoThroughAProductAsThoseOfTheRoundedMatrix(
            @ForAll @IntRange(min = 1, max = 20) int m,
            @ForAll @IntRange(min = 1, max = 100) int n,
            @ForAll @IntRange(min = 1, max = 50) int k,
            @ForAll long seed) {
        check(m, n, k, 1, false, false, 1, new Random(seed), 0.01);
    }

    @Example
    void theFirstCallHasTheBitsOfTheHundredThousandth() {
        Random random = new Random(1);
        for (int m = 1; m <= 4; m++) {
            Tensor a = matrix(m, 19, numbers(m * 19, random, 0), 0);
            Tensor b = matrix(19, 137, numbers(19 * 137, random, 0), 0);
            Tensor c = matrix(m, 137, new float[m * 137], 0);
            PackedMatrix packed = PackedMatrix.bfloat16(workspace, 19, 137).pack(b);
            Gemm.packed(1, a, packed, 0, c, CALLER);
            float[] first = c.toFloats();
            for (int i = 0; i < 100_000 / m; i++) {
                Gemm.packed(1, a, packed, 0, c, CALLER);
            }
            assertArrayEquals(first, c.toFloats());
        }
    }

    private void check(
            int m, int n, int k, double beta, boolean transposed, boolean hasEpilogue, int threads, Random random,
            double special) {
        Workspace.Mark mark = workspace.mark();
        float[] numbers = numbers(k * n, random, special);
        Tensor b = matrix(transposed ? n : k, transposed ? k : n, numbers, 3);
        float[] rounded = new float[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            rounded[i] = Bfloat16.round(numbers[i]);
        }
        Tensor r = matrix(transposed ? n : k, transposed ? k : n, rounded, 1);
        Tensor a = matrix(m, k, numbers(m * k, random, 0), 2);
        Tensor bias = matrix(1, n, numbers(n, random, 0), 0);
        Epilogue epilogue = hasEpilogue ? Epilogue.bias(bias).then(Activation.TANH) : Epilogue.NONE;
        float[] old = numbers(m * n, random, 0);
        Tensor expected = matrix(m, n, old, 2);
        Tensor c = matrix(m, n, old, 5);
        PackedMatrix full = PackedMatrix.of(workspace, k, n, ElementType.F32);
        PackedMatrix half = PackedMatrix.bfloat16(workspace, k, n);
        try (WorkerPool pool = new WorkerPool(threads)) {
            Gemm.packed(0.75, a, transposed ? full.packTransposed(r) : full.pack(r), beta, expected, epilogue, CALLER);
            PackedMatrix packed = transposed ? half.packTransposed(b, pool) : half.pack(b, pool);
            Gemm.packed(0.75, a, packed, beta, c, epilogue, pool);
        }
        assertArrayEquals(expected.toFloats(), c.toFloats());
        workspace.reset(mark);
    }

    /** Of many sizes, sometimes too small for a normal number, or, if asked for, special ones. */
    private static float[] numbers(int count, Random random, double special) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() * Math.scalb(1, random.nextInt(-6, 6)));
            if (random.nextInt(50) == 0) {
                values[i] = random.nextBoolean() ? 0 : values[i] * 0x1p-130f;
            }
            if (random.nextDouble() < special) {
                float[] all = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE};
                values[i] = all[random.nextInt(all.length)];
            }
        }
        return values;
    }

    private Tensor matrix(int rows, int columns, float[] values, int gap) {
        Tensor matrix = workspace.allocate(ElementType.F32, rows, columns + gap).columns(0, columns);
        for (int i = 0; i < rows; i++) {
            matrix.rows(i, 1).copyFrom(Arrays.copyOfRange(values, i * columns, (i + 1) * columns));
        }
        return matrix;
    }

    @Example
    void aMatrixSaysThatItIsKeptAsBfloat16AndChecksWhatItIsGiven() {
        PackedMatrix matrix = PackedMatrix.bfloat16(workspace, 4, 5);
        assertTrue(matrix.isBfloat16());
        assertEquals(ElementType.F32, matrix.type());
        assertEquals("packed bfloat16[4, 5]", matrix.toString());
        assertEquals(false, PackedMatrix.of(workspace, 4, 5, ElementType.F32).isBfloat16());
        refused("workspace is null", () -> PackedMatrix.bfloat16(null, 4, 5));
        refused("from 0 to", () -> PackedMatrix.bfloat16(workspace, -1, 5));
        refused("expected F32[4, 5], not F64[4, 5]", () -> matrix.pack(workspace.zeros(ElementType.F64, 4, 5)));
        matrix.pack(workspace.zeros(ElementType.F32, 4, 5));
        Tensor a = workspace.zeros(ElementType.F64, 3, 4);
        Tensor c = workspace.zeros(ElementType.F64, 3, 5);
        refused("must have one element type", () -> Gemm.packed(1, a, matrix, 0, c, CALLER));
    }

    @Example
    void itTakesHalfTheMemoryUnlessKernelsAreScalar() {
        try (Workspace small = new Workspace("room for 1.5 MiB", 3 << 19)) {
            assertThrows(IllegalStateException.class, () -> PackedMatrix.of(small, 512, 1024, ElementType.F32)); // 2 MiB
            if ("off".equals(System.getProperty("unroll.simd"))) {
                assertThrows(IllegalStateException.class, () -> PackedMatrix.bfloat16(small, 512, 1024));
            } else {
                assertEquals(512, PackedMatrix.bfloat16(small, 512, 1024).rows());
            }
        }
    }

    private static void refused(String part, Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), message);
    }
}
