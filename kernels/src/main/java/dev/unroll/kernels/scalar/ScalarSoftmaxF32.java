package dev.unroll.kernels.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.unroll.kernels.provider.SoftmaxKernel;
import java.lang.foreign.MemorySegment;

/** Softmax and its cross-entropy, row by row; the largest logit is subtracted first, so nothing overflows. */
final class ScalarSoftmaxF32 implements SoftmaxKernel {
    @Override
    public void forward(
            int rows, int columns, MemorySegment x, long xOffset, long ldx, MemorySegment y, long yOffset, long ldy) {
        for (int r = 0; r < rows; r++) {
            long xAt = xOffset + r * ldx * Float.BYTES;
            row(columns, max(columns, x, xAt), x, xAt, y, yOffset + r * ldy * Float.BYTES);
        }
    }

    private static float max(int columns, MemorySegment x, long xAt) {
        float max = Float.NEGATIVE_INFINITY;
        for (int j = 0; j < columns; j++) {
            max = Math.max(max, x.get(JAVA_FLOAT, xAt + (long) j * Float.BYTES));
        }
        return max;
    }

    /** Computes the softmax of one row and returns the sum of all {@code e^(x - max)}. */
    private static float row(int columns, float max, MemorySegment x, long xAt, MemorySegment y, long yAt) {
        float sum = 0f;
        for (int j = 0; j < columns; j++) {
            long at = (long) j * Float.BYTES;
            float e = (float) Math.exp(x.get(JAVA_FLOAT, xAt + at) - max);
            y.set(JAVA_FLOAT, yAt + at, e);
            sum += e;
        }
        for (int j = 0; j < columns; j++) {
            long at = yAt + (long) j * Float.BYTES;
            y.set(JAVA_FLOAT, at, y.get(JAVA_FLOAT, at) / sum);
        }
        return sum;
    }

    @Override
    public void crossEntropy(
            int rows, int columns,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment targets, long targetsOffset, int ignored,
            MemorySegment weights, long weightsOffset, int weightStep,
            MemorySegment probabilities, long pOffset, long ldp,
            MemorySegment losses, long lossesOffset) {
        for (int r = 0; r < rows; r++) {
            long xAt = xOffset + r * ldx * Float.BYTES;
            int target = targets.get(JAVA_INT, targetsOffset + (long) r * Integer.BYTES);
            float max = max(columns, x, xAt);
            float sum = row(columns, max, x, xAt, probabilities, pOffset + r * ldp * Float.BYTES);
            float weight = weight(target, ignored, weights, weightsOffset + (long) r * weightStep * Float.BYTES);
            float loss = 0f;
            if (weight != 0f) {
                // Not (max + log sum) - x: for a likely target the logarithm is small and would be rounded away.
                float surprise = (float) Math.log(sum) + (max - x.get(JAVA_FLOAT, xAt + (long) target * Float.BYTES));
                loss = weight * surprise;
            }
            losses.set(JAVA_FLOAT, lossesOffset + (long) r * Float.BYTES, loss);
        }
    }

    /** The weight of a row, 0 for a row with the ignored target. */
    private static float weight(int target, int ignored, MemorySegment weights, long weightAt) {
        return target == ignored ? 0f : weights.get(JAVA_FLOAT, weightAt);
    }

    @Override
    public void crossEntropyBackward(
            int rows, int columns, double scale,
            MemorySegment probabilities, long pOffset, long ldp,
            MemorySegment targets, long targetsOffset, int ignored,
            MemorySegment weights, long weightsOffset, int weightStep,
            MemorySegment dx, long dxOffset, long lddx) {
        for (int r = 0; r < rows; r++) {
            int target = targets.get(JAVA_INT, targetsOffset + (long) r * Integer.BYTES);
            float weight = weight(target, ignored, weights, weightsOffset + (long) r * weightStep * Float.BYTES);
            float factor = (float) (scale * weight);
            for (int j = 0; j < columns && weight != 0f; j++) {
                float p = probabilities.get(JAVA_FLOAT, pOffset + (r * ldp + j) * Float.BYTES);
                long at = dxOffset + (r * lddx + j) * Float.BYTES;
                dx.set(JAVA_FLOAT, at, dx.get(JAVA_FLOAT, at) + factor * (j == target ? p - 1f : p));
            }
        }
    }

    @Override
    public void crossEntropyGradient(
            int rows, int columns, double scale,
            MemorySegment probabilities, long pOffset, long ldp,
            MemorySegment targets, long targetsOffset, int ignored,
            MemorySegment weights, long weightsOffset, int weightStep,
            MemorySegment dx, long dxOffset, long lddx) {
        for (int r = 0; r < rows; r++) {
            int target = targets.get(JAVA_INT, targetsOffset + (long) r * Integer.BYTES);
            float weight = weight(target, ignored, weights, weightsOffset + (long) r * weightStep * Float.BYTES);
            float factor = (float) (scale * weight);
            for (int j = 0; j < columns; j++) {
                float p = probabilities.get(JAVA_FLOAT, pOffset + (r * ldp + j) * Float.BYTES);
                float gradient = weight == 0f ? 0f : 0f + factor * (j == target ? p - 1f : p); // -0 becomes 0
                dx.set(JAVA_FLOAT, dxOffset + (r * lddx + j) * Float.BYTES, gradient);
            }
        }
    }
}
