package dev.unroll.kernels.provider;

import java.lang.foreign.MemorySegment;

/** Element-wise arithmetic over runs of contiguous elements. Offsets are bytes. */
public interface ElementwiseKernel {
    /** {@code z = x + y}. */
    void add(int n, MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset);

    /** {@code z = x y}. */
    void multiply(int n, MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset);

    /** {@code z += x y}. */
    void multiplyAdd(int n, MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z,
            long zOffset);

    /** {@code y += alpha x}. */
    void axpy(int n, double alpha, MemorySegment x, long xOffset, MemorySegment y, long yOffset);

    /** {@code z = x + alpha (y - x)}. */
    void lerp(int n, double alpha, MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z,
            long zOffset);

    /** {@code x *= alpha}. */
    void scale(int n, double alpha, MemorySegment x, long xOffset);

    /** {@code y[j] += sum_r x[r, j]} over {@code rows} rows, {@code ldx} elements apart, in one fixed order. */
    void addColumnSums(
            int rows, int columns, MemorySegment x, long xOffset, long ldx, MemorySegment y, long yOffset);
}
