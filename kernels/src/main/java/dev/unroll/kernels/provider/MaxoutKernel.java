package dev.unroll.kernels.provider;

import java.lang.foreign.MemorySegment;

/** Units that are the largest of some pieces, which lie {@code units} elements apart. Leading dimensions are elements. */
public interface MaxoutKernel {
    /** {@code y[r, j] = max_i x[r, i units + j]}: a later piece only if it is greater. */
    void forward(
            int rows, int units, int pieces,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment y, long yOffset, long ldy);

    /** {@code dx[r, i units + j] += dy[r, j]} for the first i whose piece is y; sums below 1e-30 in size become zero. */
    void backward(
            int rows, int units, int pieces,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment y, long yOffset, long ldy,
            MemorySegment dy, long dyOffset, long lddy,
            MemorySegment dx, long dxOffset, long lddx);
}
