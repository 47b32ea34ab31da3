package dev.unroll.kernels.simd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/**
 * Every element is compared, bit for bit, with its sum written out one fused multiply-add after the other. Since that
 * sum knows of no tile, panel, split or vector width, neither may the kernel's result depend on them.
 */
@Tag("every-width")
class SimdGemmF32Test {
    private static final float[] FACTORS = {0, 1, -1, 0.7f};

    private final SimdGemmF32 kernel = new SimdGemmF32();

    /** A matrix with a gap behind every row and, so that no read beyond it goes unseen, memory of its exact size. */
    private record Matrix(MemorySegment memory, int rows, int columns, int stride) {
        static Matrix random(int rows, int columns, int gap, Random random) {
            int stride = columns + gap;
            long floats = rows == 0 ? 0 : (long) (rows - 1) * stride + columns;
            MemorySegment memory = Arena.ofAuto().allocate(floats * Float.BYTES, Float.BYTES);
            for (long i = 0; i < floats; i++) {
                memory.setAtIndex(JAVA_FLOAT, i, random.nextFloat() * 2 - 1);
            }
            return new Matrix(memory, rows, columns, stride);
        }

        float get(int row, int column) {
            return memory.getAtIndex(JAVA_FLOAT, (long) row * stride + column);
        }

        float get(boolean transposed, int row, int column) {
            return transposed ? get(column, row) : get(row, column);
        }

        Matrix copy() {
            MemorySegment copy = Arena.ofAuto().allocate(memory.byteSize(), Float.BYTES).copyFrom(memory);
            return new Matrix(copy, rows, columns, stride);
        }
    }

    /** The sum of one element as the kernel promises it. */
    private static float element(
            boolean transposeA, boolean transposeB, int k,
            float alpha, Matrix a, Matrix b, float beta, float c, int i, int j) {
        if (k == 0 || alpha == 0) {
            return beta == 0 ? 0 : beta * c;
        }
        int depth = GemmBlocksF32.depth(k);
        float result = c;
        for (int start = 0; start < k; start += depth) {
            float sum = 0;
            for (int p = start; p < Math.min(k, start + depth); p++) {
                sum = Math.fma(a.get(transposeA, i, p), b.get(transposeB, p, j), sum);
            }
            float factor = start == 0 ? beta : 1;
            result = factor == 0 ? alpha * sum : Math.fma(alpha, sum, factor * result);
        }
        return result;
    }

    private void check(
            boolean transposeA, boolean transposeB, boolean packed,
            int m, int n, int k, int gap, float alpha, float beta) {
        Random random = new Random(31L * m + 37L * n + 41L * k);
        Matrix a = Matrix.random(transposeA ? k : m, transposeA ? m : k, gap, random);
        Matrix b = Matrix.random(transposeB ? n : k, transposeB ? k : n, 2 * gap, random);
        Matrix c = Matrix.random(m, n, gap, random);
        Matrix old = c.copy();
        if (packed) {
            multiplyPackedInTwoParts(transposeA, transposeB, m, n, k, alpha, a, b, beta, c);
        } else {
            kernel.gemm(
                    transposeA, transposeB, m, n, k, alpha,
                    a.memory, 0, a.stride, b.memory, 0, b.stride, beta, c.memory, 0, c.stride);
        }
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                float expected = element(transposeA, transposeB, k, alpha, a, b, beta, old.get(i, j), i, j);
                assertEquals(expected, c.get(i, j), "element " + i + ", " + j);
            }
            for (int j = n; j < c.stride && i < m - 1; j++) {
                assertEquals(old.get(i, j), c.get(i, j), "the gap behind row " + i);
            }
        }
    }

    private void multiplyPackedInTwoParts(
            boolean transposeA, boolean transposeB, int m, int n, int k,
            float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        MemorySegment packed = Arena.ofAuto().allocate(kernel.packedBytes(k, n), 64);
        kernel.pack(transposeB, k, n, b.memory, 0, b.stride, packed, 0);
        int middle = Math.min(n, n / 2 / kernel.panelColumns() * kernel.panelColumns());
        for (int part = 0; part < 2; part++) {
            kernel.gemmPacked(
                    transposeA, m, n, k, part == 0 ? 0 : middle, part == 0 ? middle : n, alpha,
                    a.memory, 0, a.stride, packed, 0, beta, c.memory, 0, c.stride);
        }
    }

    @Property(tries = 300)
    void everyElementIsItsOwnChainOfFusedMultiplyAdds(
            @ForAll boolean transposeA,
            @ForAll boolean transposeB,
            @ForAll boolean packed,
            @ForAll @IntRange(max = 67) int m,
            @ForAll @IntRange(max = 67) int n,
            @ForAll @IntRange(max = 67) int k,
            @ForAll @IntRange(max = 5) int gap,
            @ForAll @IntRange(max = 3) int alpha,
            @ForAll @IntRange(max = 3) int beta) {
        check(transposeA, transposeB, packed, m, n, k, gap, FACTORS[alpha], FACTORS[beta]);
    }

    @Example
    void blocksOfRowsColumnsAndDepthFitTogether() {
        int deep = 2 * GemmBlocksF32.MAX_DEPTH + 3;
        for (int pass = 0; pass < 8; pass++) {
            boolean transposeA = (pass & 1) != 0;
            boolean transposeB = (pass & 2) != 0;
            boolean packed = (pass & 4) != 0;
            check(transposeA, transposeB, packed, GemmBlocksF32.MAX_ROWS_IN_PLACE + 5, 45, deep, 1, 1, 0.5f);
            check(transposeA, transposeB, packed, 7, GemmBlocksF32.columns(GemmBlocksF32.depth(deep)) + 77, deep, 0, -2,
                    0);
        }
    }

    @Example
    void everyCountOfRowsHasItsTiles() {
        for (int m = 1; m <= 67; m++) {
            check(false, false, true, m, 70, 9, 0, 1, 1);
        }
    }

    @Example
    void theFirstCallHasTheBitsOfTheHundredThousandth() {
        Random random = new Random(5);
        Matrix a = Matrix.random(13, 19, 0, random);
        Matrix b = Matrix.random(19, 37, 0, random);
        Matrix first = Matrix.random(13, 37, 0, random);
        Matrix last = first.copy();
        kernel.gemm(false, false, 13, 37, 19, 1, a.memory, 0, 19, b.memory, 0, 37, 0, first.memory, 0, 37);
        for (int i = 0; i < 100_000; i++) {
            kernel.gemm(false, false, 13, 37, 19, 1, a.memory, 0, 19, b.memory, 0, 37, 0, last.memory, 0, 37);
        }
        assertEquals(-1, first.memory.mismatch(last.memory));
    }
}
