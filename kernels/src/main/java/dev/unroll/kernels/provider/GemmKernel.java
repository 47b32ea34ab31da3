package dev.unroll.kernels.provider;

import java.lang.foreign.MemorySegment;

/**
 * Matrix products on the calling thread.
 *
 * <p>The order of the sum of one element depends on k and the element type alone: computing a part of the rows or
 * columns of C gives the same bits as computing all of it, and so does an operand in pieces along K.
 */
public interface GemmKernel {
    /**
     * Computes a part of C: rows and columns from the first ones up to, not including, the last ones. With a packed B
     * the first column is a multiple of {@link #panelColumns()}.
     */
    void multiply(GemmProblem problem, int firstRow, int lastRow, int firstColumn, int lastColumn);

    /** Parts of a packed matrix begin at multiples of this column. */
    int panelColumns();

    /** Bytes that a packed B takes. */
    long packedBytes(int k, int n);

    /**
     * Packs some columns of op(B), which is {@code k x n}, once for many products; the layout is the implementation's
     * own. The first column is a multiple of {@link #panelColumns()}. Offsets are bytes, the stride elements.
     */
    void pack(
            boolean transposeB, int k, int n, int firstColumn, int lastColumn,
            MemorySegment b, long bOffset, long bStride, MemorySegment packed, long pOffset);
}
