package dev.unroll.kernels.provider;

import java.lang.foreign.MemorySegment;

/**
 * Matrix products {@code C = alpha op(A) op(B) + beta C} on the calling thread. Offsets are bytes, leading dimensions
 * elements between rows; {@code op(A)} is {@code m x k}, {@code op(B)} is {@code k x n}, C is {@code m x n}. With
 * {@code beta == 0} C is overwritten and never read.
 *
 * <p>The order of the sum of one element depends on k and the element type alone: computing a part of the rows or
 * columns of C gives the same bits as computing all of it.
 */
public interface GemmKernel {
    /** Multiplies, B as it lies in memory. */
    void gemm(
            boolean transposeA, boolean transposeB, int m, int n, int k, double alpha,
            MemorySegment a, long aOffset, long lda,
            MemorySegment b, long bOffset, long ldb,
            double beta, MemorySegment c, long cOffset, long ldc);

    /** Parts of C that start at a multiple of this column use whole panels of a packed B. */
    int panelColumns();

    /** Bytes that a packed B takes. */
    long packedBytes(int k, int n);

    /** Packs op(B) once for many products; the layout is the implementation's own. */
    void pack(boolean transposeB, int k, int n, MemorySegment b, long bOffset, long ldb, MemorySegment packed,
            long pOffset);

    /**
     * Multiplies with a packed B of {@code n} columns, computing columns {@code from} to {@code to} (exclusive) of C;
     * {@code from} is a multiple of {@link #panelColumns()}. {@code cOffset} is that of C's column 0.
     */
    void gemmPacked(
            boolean transposeA, int m, int n, int k, int from, int to, double alpha,
            MemorySegment a, long aOffset, long lda,
            MemorySegment packed, long pOffset,
            double beta, MemorySegment c, long cOffset, long ldc);
}
