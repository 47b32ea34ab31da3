package dev.unroll.kernels.provider;

import java.lang.foreign.MemorySegment;

/**
 * Sums over one chunk of contiguous elements: 16 virtual lanes, lane i summing elements i, i + 16, ..., then a fixed
 * tree over the lanes, for the same bits at every vector width.
 */
public interface ReductionKernel {
    /** {@code sum_i x[i]}. */
    double sum(int n, MemorySegment x, long xOffset);

    /** {@code sum_i x[i]^2}. */
    double sumOfSquares(int n, MemorySegment x, long xOffset);
}
