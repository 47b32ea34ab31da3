package dev.unroll.kernels.provider;

import java.lang.foreign.MemorySegment;

/**
 * Dropout of runs of elements. An element is kept if the upper 31 bits of the word that Philox4x32-10 makes of the seed,
 * the stream and the element's index are at least the threshold.
 */
public interface DropoutKernel {
    /** {@code y[i] = x[i] scale} where element {@code index + i} is kept, 0 elsewhere; x and y may be the same. */
    void forward(
            int n, int threshold, double scale, long seed, long stream, long index,
            MemorySegment x, long xOffset, MemorySegment y, long yOffset);

    /** {@code dx[i] += dy[i] scale} where element {@code index + i} is kept; sums below 1e-30 in size become zero. */
    void backward(
            int n, int threshold, double scale, long seed, long stream, long index,
            MemorySegment dy, long dyOffset, MemorySegment dx, long dxOffset);
}
