package dev.unroll.kernels.provider;

import java.lang.foreign.MemorySegment;

/**
 * Gaussian noise on runs of elements. The normal number of an element follows from its word and its partner's, which
 * Philox4x32-10 makes of the seed, the stream and their indices; partners are 16 elements apart in a group of 32.
 */
public interface NoiseKernel {
    /** {@code y[i] = x[i] + sigma z}, with the normal number z of element {@code index + i}; x and y may be the same. */
    void add(
            int n, double sigma, long seed, long stream, long index,
            MemorySegment x, long xOffset, MemorySegment y, long yOffset);
}
