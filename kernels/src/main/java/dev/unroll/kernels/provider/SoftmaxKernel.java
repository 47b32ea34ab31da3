package dev.unroll.kernels.provider;

import java.lang.foreign.MemorySegment;

/** Softmax over rows and its cross-entropy. Leading dimensions are elements, offsets bytes. */
public interface SoftmaxKernel {
    /** Each row of y becomes {@code e^(x - max) / sum}; x and y may be the same. */
    void forward(
            int rows, int columns, MemorySegment x, long xOffset, long ldx, MemorySegment y, long yOffset, long ldy);

    /**
     * {@code probabilities = softmax(x)} and {@code losses[r] = log(sum_j e^x[r, j]) - x[r, target_r]}, in nats; targets
     * are I32, already checked to be columns.
     */
    void crossEntropy(
            int rows, int columns,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment targets, long targetsOffset,
            MemorySegment probabilities, long pOffset, long ldp,
            MemorySegment losses, long lossesOffset);

    /** {@code dx[r, j] += scale (p[r, j] - [j == target_r])}. */
    void crossEntropyBackward(
            int rows, int columns, double scale,
            MemorySegment probabilities, long pOffset, long ldp,
            MemorySegment targets, long targetsOffset,
            MemorySegment dx, long dxOffset, long lddx);
}
