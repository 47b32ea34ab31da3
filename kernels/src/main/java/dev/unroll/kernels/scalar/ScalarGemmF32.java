package dev.unroll.kernels.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.provider.GemmKernel;
import dev.unroll.kernels.provider.GemmOperand;
import dev.unroll.kernels.provider.GemmProblem;
import java.lang.foreign.MemorySegment;

/**
 * Matrix products, written for clarity: {@code c = beta c}, then {@code c += (alpha a[i,p]) b[p,j]} in ascending p,
 * then {@code c = f(c + bias[j])}. A packed B is op(B) row by row. Products and sums are rounded separately: {@code
 * Math.fma} is very slow without hardware support.
 */
public final class ScalarGemmF32 implements GemmKernel {
    private final ScalarActivationF32 activation = new ScalarActivationF32();

    /** Creates a kernel; all of them are alike. */
    public ScalarGemmF32() {}

    @Override
    public void multiply(GemmProblem problem, int firstRow, int lastRow, int firstColumn, int lastColumn) {
        int n = lastColumn - firstColumn;
        for (int i = firstRow; i < lastRow; i++) {
            MemorySegment c = problem.c();
            long cRow = problem.offsetInC(i, firstColumn, Float.BYTES);
            scale(n, (float) problem.beta(), c, cRow);
            // As in BLAS, A and B are not read if alpha is 0.
            int pieces = (float) problem.alpha() == 0 ? 0 : problem.pieces();
            for (int piece = 0; piece < pieces; piece++) {
                addPiece(problem, piece, i, firstColumn, n, cRow);
            }
            if (problem.bias() != null) {
                addBias(n, problem.bias(), problem.biasOffset() + (long) firstColumn * Float.BYTES, c, cRow);
            }
            if (problem.activation() != null) {
                activation.forward(problem.activation(), n, c, cRow, c, cRow);
            }
        }
    }

    private static void scale(int n, float beta, MemorySegment c, long cRow) {
        for (int j = 0; j < n; j++) {
            long at = cRow + (long) j * Float.BYTES;
            c.set(JAVA_FLOAT, at, beta == 0 ? 0 : beta * c.get(JAVA_FLOAT, at));
        }
    }

    private static void addBias(int n, MemorySegment bias, long biasAt, MemorySegment c, long cRow) {
        for (int j = 0; j < n; j++) {
            long at = (long) j * Float.BYTES;
            c.set(JAVA_FLOAT, cRow + at, c.get(JAVA_FLOAT, cRow + at) + bias.get(JAVA_FLOAT, biasAt + at));
        }
    }

    private static void addPiece(GemmProblem problem, int piece, int row, int column, int n, long cRow) {
        int k = problem.start(piece + 1) - problem.start(piece);
        float alpha = (float) problem.alpha();
        GemmOperand a = problem.a();
        long aStride = a.stride(piece) * Float.BYTES;
        long aAt = a.offset(piece) + row * (a.isTransposed() ? Float.BYTES : aStride);
        long aColumn = a.isTransposed() ? aStride : Float.BYTES;
        GemmOperand b = problem.b();
        long bStride = (b.isPacked() ? problem.n() : b.stride(piece)) * Float.BYTES;
        long bAt = b.offset(piece) + column * (b.isTransposed() ? bStride : Float.BYTES);
        if (b.isTransposed()) {
            addDotProducts(
                    n, k, alpha, a.segment(piece), aAt, aColumn, b.segment(piece), bAt, bStride, problem.c(), cRow);
        } else {
            addRows(n, k, alpha, a.segment(piece), aAt, aColumn, b.segment(piece), bAt, bStride, problem.c(), cRow);
        }
    }

    /** Computes one row of C from rows of B. */
    private static void addRows(
            int n, int k, float alpha, MemorySegment a, long aAt, long aColumn,
            MemorySegment b, long bAt, long bStride, MemorySegment c, long cRow) {
        for (int p = 0; p < k; p++) {
            float ap = alpha * a.get(JAVA_FLOAT, aAt + p * aColumn);
            long bRow = bAt + p * bStride;
            for (int j = 0; j < n; j++) {
                long at = cRow + (long) j * Float.BYTES;
                float product = ap * b.get(JAVA_FLOAT, bRow + (long) j * Float.BYTES);
                c.set(JAVA_FLOAT, at, c.get(JAVA_FLOAT, at) + product);
            }
        }
    }

    /** Computes one row of C when columns of op(B) are rows in memory; the same sums in the same order. */
    private static void addDotProducts(
            int n, int k, float alpha, MemorySegment a, long aAt, long aColumn,
            MemorySegment b, long bAt, long bStride, MemorySegment c, long cRow) {
        for (int j = 0; j < n; j++) {
            long bRow = bAt + j * bStride;
            float sum = c.get(JAVA_FLOAT, cRow + (long) j * Float.BYTES);
            for (int p = 0; p < k; p++) {
                float ap = alpha * a.get(JAVA_FLOAT, aAt + p * aColumn);
                sum += ap * b.get(JAVA_FLOAT, bRow + (long) p * Float.BYTES);
            }
            c.set(JAVA_FLOAT, cRow + (long) j * Float.BYTES, sum);
        }
    }

    @Override
    public int panelColumns() {
        return 1;
    }

    @Override
    public long packedBytes(int k, int n) {
        return (long) k * n * Float.BYTES;
    }

    @Override
    public void pack(
            boolean transposeB, int k, int n, int firstColumn, int lastColumn,
            MemorySegment b, long bOffset, long bStride, MemorySegment packed, long pOffset) {
        long bRow = transposeB ? Float.BYTES : bStride * Float.BYTES;
        long bColumn = transposeB ? bStride * Float.BYTES : Float.BYTES;
        for (int p = 0; p < k; p++) {
            for (int j = firstColumn; j < lastColumn; j++) {
                long to = pOffset + ((long) p * n + j) * Float.BYTES;
                packed.set(JAVA_FLOAT, to, b.get(JAVA_FLOAT, bOffset + p * bRow + j * bColumn));
            }
        }
    }
}
