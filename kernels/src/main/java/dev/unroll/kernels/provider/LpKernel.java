package dev.unroll.kernels.provider;

import java.lang.foreign.MemorySegment;

/**
 * Generalized means of order p of the magnitudes of pieces that lie {@code pieceStride} elements apart. Leading
 * dimensions are elements, offsets bytes; orders, and their gradients, are one row, checked to be at least 1.
 */
public interface LpKernel {
    /** {@code y = (1/k sum_i |x_i|^p)^(1/p)}. */
    void forward(
            int rows, int units, int pieces, long pieceStride,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment orders, long ordersOffset,
            MemorySegment y, long yOffset, long ldy);

    /**
     * {@code dx_i += dy/k sign(x_i) q_i^(p - 1)} and {@code dp += dy y / (k p) sum_i q_i^p log q_i}, row after row,
     * with {@code q_i = |x_i| / y}; nothing where y is 0. Sums below 1e-30 in size become zero.
     */
    void backward(
            int rows, int units, int pieces, long pieceStride,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment orders, long ordersOffset,
            MemorySegment y, long yOffset, long ldy,
            MemorySegment dy, long dyOffset, long lddy,
            MemorySegment dx, long dxOffset, long lddx,
            MemorySegment dOrders, long dOrdersOffset);
}
