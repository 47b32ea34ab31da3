package dev.unroll.kernels.provider;

import java.lang.foreign.MemorySegment;

/**
 * Matrix products on the calling thread.
 *
 * <p>The order of the sum of an element depends on k and the element type alone: computing some rows or columns of C
 * gives the same bits as computing all of it, and so does an operand in pieces along K.
 */
public interface GemmKernel {
    /**
     * Computes the part of C from the first rows and columns to the last ones, exclusive. With a packed B the first
     * column is a multiple of {@link #panelColumns()}.
     */
    void multiply(GemmProblem problem, int firstRow, int lastRow, int firstColumn, int lastColumn);

    /** The columns at whose multiples parts of a packed matrix begin. */
    int panelColumns();

    /** The number of bytes of a packed B, in halves or not. */
    long packedBytes(int k, int n, boolean halved);

    /**
     * Packs some columns of op(B), which is {@code k x n}, once for many products; the layout is private to the
     * implementation. The first column is a multiple of {@link #panelColumns()}. Offsets are bytes, the stride
     * elements.
     *
     * <p>In halves, every element is rounded to the upper half of its bits, to the nearest and in a tie to the even
     * one: an F32 becomes a bfloat16. What rounds beyond the largest finite number becomes infinite, and a NaN the
     * canonical NaN. Products have the bits of those with the rounded elements.
     */
    void pack(
            boolean transposeB, boolean halved, int k, int n, int firstColumn, int lastColumn,
            MemorySegment b, long bOffset, long bStride, MemorySegment packed, long pOffset);
}
