package dev.unroll.kernels.provider;

import java.lang.foreign.MemorySegment;

/**
 * The logistic function and its cross-entropy. Leading dimensions are elements, offsets bytes; the weights of rows lie
 * {@code weightStep} elements apart, 0 for one weight of all.
 */
public interface BinaryCrossEntropyKernel {
    /**
     * {@code probabilities = sigmoid(x)} and {@code losses[r] = w_r sum_j (x ([x > 0] - t) + log(1 + e^-|x|))}; 0 where
     * the weight is 0.
     */
    void forward(
            int rows, int columns,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment targets, long targetsOffset, long ldt,
            MemorySegment weights, long weightsOffset, int weightStep,
            MemorySegment probabilities, long pOffset, long ldp,
            MemorySegment losses, long lossesOffset);

    /** {@code dx[r, j] += scale w_r (p[r, j] - t[r, j])} where w is not 0; sums of magnitude below 1e-30 become 0. */
    void backward(
            int rows, int columns, double scale,
            MemorySegment probabilities, long pOffset, long ldp,
            MemorySegment targets, long targetsOffset, long ldt,
            MemorySegment weights, long weightsOffset, int weightStep,
            MemorySegment dx, long dxOffset, long lddx);
}
