package dev.unroll.kernels.provider;

import java.lang.foreign.MemorySegment;

/**
 * Dropout over runs of elements. An element is kept if the upper 31 bits of its word, which Philox4x32-10 derives from
 * the seed, the stream and the index of the element, are at least the threshold.
 */
public interface DropoutKernel {
    /** {@code y[i] = x[i] scale} where element {@code index + i} is kept, 0 elsewhere; x and y may be the same. */
    void forward(
            int n, int threshold, double scale, long seed, long stream, long index,
            MemorySegment x, long xOffset, MemorySegment y, long yOffset);

    /** {@code dx[i] += dy[i] scale} where element {@code index + i} is kept; sums of magnitude below 1e-30 become 0. */
    void backward(
            int n, int threshold, double scale, long seed, long stream, long index,
            MemorySegment dy, long dyOffset, MemorySegment dx, long dxOffset);
}
