package dev.unroll.kernels.provider;

import java.lang.foreign.MemorySegment;

/**
 * Softmax over rows and its cross-entropy. Leading dimensions are elements, offsets bytes; targets are I32, already
 * checked to be columns or the ignored one; row weights lie {@code weightStep} elements apart, 0 for a single weight of
 * all rows.
 */
public interface SoftmaxKernel {
    /** Each row of y becomes {@code e^(x - max) / sum}; x and y may be the same. */
    void forward(
            int rows, int columns, MemorySegment x, long xOffset, long ldx, MemorySegment y, long yOffset, long ldy);

    /**
     * {@code probabilities = softmax(x)} and {@code losses[r] = w_r (log(sum_j e^x[r, j]) - x[r, target_r])}, in nats;
     * 0 if the target is ignored or the weight 0.
     */
    void crossEntropy(
            int rows, int columns,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment targets, long targetsOffset, int ignored,
            MemorySegment weights, long weightsOffset, int weightStep,
            MemorySegment probabilities, long pOffset, long ldp,
            MemorySegment losses, long lossesOffset);

    /** {@code dx[r, j] += scale w_r (p[r, j] - [j == target_r])} where the target is not ignored and w is not 0. */
    void crossEntropyBackward(
            int rows, int columns, double scale,
            MemorySegment probabilities, long pOffset, long ldp,
            MemorySegment targets, long targetsOffset, int ignored,
            MemorySegment weights, long weightsOffset, int weightStep,
            MemorySegment dx, long dxOffset, long lddx);

    /**
     * The same into dx of any contents, with the bits of an addition to zeros; dx may be the probabilities themselves.
     */
    void crossEntropyGradient(
            int rows, int columns, double scale,
            MemorySegment probabilities, long pOffset, long ldp,
            MemorySegment targets, long targetsOffset, int ignored,
            MemorySegment weights, long weightsOffset, int weightStep,
            MemorySegment dx, long dxOffset, long lddx);
}
