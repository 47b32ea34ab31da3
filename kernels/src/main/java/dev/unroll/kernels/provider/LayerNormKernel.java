package dev.unroll.kernels.provider;

import java.lang.foreign.MemorySegment;

/**
 * Layer normalization over rows. Leading dimensions are elements, offsets bytes; means and reciprocal standard
 * deviations are one number per row, without gaps.
 */
public interface LayerNormKernel {
    /**
     * {@code y = gain (x - mean) rstd + bias}, with the mean of a row and {@code rstd = 1 / sqrt(variance + epsilon)}.
     */
    void forward(
            int rows, int columns, double epsilon,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment gain, long gainOffset,
            MemorySegment bias, long biasOffset,
            MemorySegment y, long yOffset, long ldy,
            MemorySegment mean, long meanOffset,
            MemorySegment rstd, long rstdOffset);

    /**
     * {@code dx += rstd (g - average(g) - z average(g z))} with {@code g = dy gain} and {@code z = (x - mean) rstd};
     * sums of magnitude below 1e-30 become 0.
     */
    void backward(
            int rows, int columns,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment gain, long gainOffset,
            MemorySegment mean, long meanOffset,
            MemorySegment rstd, long rstdOffset,
            MemorySegment dy, long dyOffset, long lddy,
            MemorySegment dx, long dxOffset, long lddx);

    /**
     * {@code dGain_j += dy_j (x_j - mean) rstd} and {@code dBias_j += dy_j}, row after row; sums of magnitude below
     * 1e-30 become 0.
     */
    void parametersBackward(
            int rows, int columns,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment mean, long meanOffset,
            MemorySegment rstd, long rstdOffset,
            MemorySegment dy, long dyOffset, long lddy,
            MemorySegment dGain, long dGainOffset,
            MemorySegment dBias, long dBiasOffset);
}
