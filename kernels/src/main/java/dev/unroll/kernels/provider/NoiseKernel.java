package dev.unroll.kernels.provider;

import java.lang.foreign.MemorySegment;

/**
 * Gaussian noise over runs of elements. The normal number of an element is computed from its word and that of its
 * partner, which Philox4x32-10 derives from the seed, the stream and their indices; partners are 16 elements apart in a
 * group of 32.
 */
public interface NoiseKernel {
    /**
     * {@code y[i] = x[i] + sigma z}, with the normal number z of element {@code index + i}; x and y may be the same.
     */
    void add(
            int n, double sigma, long seed, long stream, long index,
            MemorySegment x, long xOffset, MemorySegment y, long yOffset);
}
