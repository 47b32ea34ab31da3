package dev.unroll.kernels.provider;

import java.lang.foreign.MemorySegment;

/**
 * Losses of residuals {@code d = x - t}, clipped at delta to {@code c}; an infinite delta makes them squared errors.
 * Leading dimensions are elements, offsets bytes; row weights lie {@code weightStep} elements apart, 0 for a single
 * weight of all rows.
 */
public interface HuberKernel {
    /** {@code losses[r] = w_r factor sum_j c (d - c / 2)}; 0 where the weight is 0. */
    void forward(
            int rows, int columns, double factor, double delta,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment targets, long targetsOffset, long ldt,
            MemorySegment weights, long weightsOffset, int weightStep,
            MemorySegment losses, long lossesOffset);

    /** {@code dx[r, j] += scale w_r c} where w is not 0; sums of magnitude below 1e-30 become 0. */
    void backward(
            int rows, int columns, double scale, double delta,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment targets, long targetsOffset, long ldt,
            MemorySegment weights, long weightsOffset, int weightStep,
            MemorySegment dx, long dxOffset, long lddx);
}
