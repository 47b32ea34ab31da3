package dev.unroll.kernels.provider;

import java.lang.foreign.MemorySegment;

/** Maxima of pieces that lie {@code units} elements apart. Leading dimensions are elements. */
public interface MaxoutKernel {
    /** {@code y[r, j] = max_i x[r, i units + j]}: a later piece only if it is greater. */
    void forward(
            int rows, int units, int pieces,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment y, long yOffset, long ldy);

    /**
     * {@code dx[r, i units + j] += dy[r, j]} for the first i whose piece is y; sums of magnitude below 1e-30 become 0.
     */
    void backward(
            int rows, int units, int pieces,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment y, long yOffset, long ldy,
            MemorySegment dy, long dyOffset, long lddy,
            MemorySegment dx, long dxOffset, long lddx);
}
