package dev.unroll.kernels.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.unroll.kernels.provider.SoftmaxKernel;
import java.lang.foreign.MemorySegment;

/** Softmax and its cross-entropy, one row after the other; the largest logit is taken off first, so nothing overflows. */
final class ScalarSoftmaxF32 implements SoftmaxKernel {
    @Override
    public void forward(
            int rows, int columns, MemorySegment x, long xOffset, long ldx, MemorySegment y, long yOffset, long ldy) {
        for (int r = 0; r < rows; r++) {
            row(columns, x, xOffset + r * ldx * Float.BYTES, y, yOffset + r * ldy * Float.BYTES);
        }
    }

    /** One row's softmax; gives the logarithm of the sum of all {@code e^x}. */
    private static float row(int columns, MemorySegment x, long xAt, MemorySegment y, long yAt) {
        float max = Float.NEGATIVE_INFINITY;
        for (int j = 0; j < columns; j++) {
            max = Math.max(max, x.get(JAVA_FLOAT, xAt + (long) j * Float.BYTES));
        }
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
        return max + (float) Math.log(sum);
    }

    @Override
    public void crossEntropy(
            int rows, int columns,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment targets, long targetsOffset,
            MemorySegment probabilities, long pOffset, long ldp,
            MemorySegment losses, long lossesOffset) {
        for (int r = 0; r < rows; r++) {
            long xAt = xOffset + r * ldx * Float.BYTES;
            int target = targets.get(JAVA_INT, targetsOffset + (long) r * Integer.BYTES);
            float logSum = row(columns, x, xAt, probabilities, pOffset + r * ldp * Float.BYTES);
            float loss = logSum - x.get(JAVA_FLOAT, xAt + (long) target * Float.BYTES);
            losses.set(JAVA_FLOAT, lossesOffset + (long) r * Float.BYTES, loss);
        }
    }

    @Override
    public void crossEntropyBackward(
            int rows, int columns, double scale,
            MemorySegment probabilities, long pOffset, long ldp,
            MemorySegment targets, long targetsOffset,
            MemorySegment dx, long dxOffset, long lddx) {
        float factor = (float) scale;
        for (int r = 0; r < rows; r++) {
            int target = targets.get(JAVA_INT, targetsOffset + (long) r * Integer.BYTES);
            for (int j = 0; j < columns; j++) {
                float p = probabilities.get(JAVA_FLOAT, pOffset + (r * ldp + j) * Float.BYTES);
                long at = dxOffset + (r * lddx + j) * Float.BYTES;
                dx.set(JAVA_FLOAT, at, dx.get(JAVA_FLOAT, at) + factor * (j == target ? p - 1f : p));
            }
        }
    }
}
