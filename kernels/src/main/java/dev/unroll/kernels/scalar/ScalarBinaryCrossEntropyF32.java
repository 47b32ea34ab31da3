package dev.unroll.kernels.scalar;

import static dev.unroll.kernels.scalar.ScalarActivationF32.sigmoid;
import static dev.unroll.kernels.scalar.ScalarActivationF32.withoutTiny;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.provider.BinaryCrossEntropyKernel;
import java.lang.foreign.MemorySegment;

/** The logistic function and its cross-entropy, element by element. */
final class ScalarBinaryCrossEntropyF32 implements BinaryCrossEntropyKernel {
    @Override
    public void forward(
            int rows, int columns,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment targets, long targetsOffset, long ldt,
            MemorySegment weights, long weightsOffset, int weightStep,
            MemorySegment probabilities, long pOffset, long ldp,
            MemorySegment losses, long lossesOffset) {
        for (int r = 0; r < rows; r++) {
            float sum = 0f;
            for (int j = 0; j < columns; j++) {
                float logit = x.get(JAVA_FLOAT, xOffset + (r * ldx + j) * Float.BYTES);
                float target = targets.get(JAVA_FLOAT, targetsOffset + (r * ldt + j) * Float.BYTES);
                probabilities.set(JAVA_FLOAT, pOffset + (r * ldp + j) * Float.BYTES, sigmoid(logit));
                // Not max(x, 0) - x t: for a likely target of almost 1 that is a difference of large numbers.
                sum += logit * ((logit > 0f ? 1f : 0f) - target) + (float) Math.log1p(Math.exp(-Math.abs(logit)));
            }
            float weight = weights.get(JAVA_FLOAT, weightsOffset + (long) r * weightStep * Float.BYTES);
            losses.set(JAVA_FLOAT, lossesOffset + (long) r * Float.BYTES, weight == 0f ? 0f : weight * sum);
        }
    }

    @Override
    public void backward(
            int rows, int columns, double scale,
            MemorySegment probabilities, long pOffset, long ldp,
            MemorySegment targets, long targetsOffset, long ldt,
            MemorySegment weights, long weightsOffset, int weightStep,
            MemorySegment dx, long dxOffset, long lddx) {
        for (int r = 0; r < rows; r++) {
            float weight = weights.get(JAVA_FLOAT, weightsOffset + (long) r * weightStep * Float.BYTES);
            float factor = (float) (scale * weight);
            for (int j = 0; j < columns && weight != 0f; j++) {
                float p = probabilities.get(JAVA_FLOAT, pOffset + (r * ldp + j) * Float.BYTES);
                float target = targets.get(JAVA_FLOAT, targetsOffset + (r * ldt + j) * Float.BYTES);
                long at = dxOffset + (r * lddx + j) * Float.BYTES;
                dx.set(JAVA_FLOAT, at, withoutTiny(dx.get(JAVA_FLOAT, at) + factor * (p - target)));
            }
        }
    }
}
