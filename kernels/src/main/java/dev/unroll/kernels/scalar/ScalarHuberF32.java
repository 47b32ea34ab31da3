package dev.unroll.kernels.scalar;

import static dev.unroll.kernels.scalar.ScalarActivationF32.withoutTiny;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.provider.HuberKernel;
import java.lang.foreign.MemorySegment;

/** Losses of residuals, element by element. */
final class ScalarHuberF32 implements HuberKernel {
    @Override
    public void forward(
            int rows, int columns, double factor, double delta,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment targets, long targetsOffset, long ldt,
            MemorySegment weights, long weightsOffset, int weightStep,
            MemorySegment losses, long lossesOffset) {
        float limit = (float) delta;
        for (int r = 0; r < rows; r++) {
            float sum = 0f;
            for (int j = 0; j < columns; j++) {
                float d = x.get(JAVA_FLOAT, xOffset + (r * ldx + j) * Float.BYTES)
                        - targets.get(JAVA_FLOAT, targetsOffset + (r * ldt + j) * Float.BYTES);
                float cut = Math.clamp(d, -limit, limit);
                sum += cut * (d - 0.5f * cut);
            }
            float weight = weights.get(JAVA_FLOAT, weightsOffset + (long) r * weightStep * Float.BYTES);
            float loss = weight == 0f ? 0f : (float) (weight * factor * sum);
            losses.set(JAVA_FLOAT, lossesOffset + (long) r * Float.BYTES, loss);
        }
    }

    @Override
    public void backward(
            int rows, int columns, double scale, double delta,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment targets, long targetsOffset, long ldt,
            MemorySegment weights, long weightsOffset, int weightStep,
            MemorySegment dx, long dxOffset, long lddx) {
        float limit = (float) delta;
        for (int r = 0; r < rows; r++) {
            float weight = weights.get(JAVA_FLOAT, weightsOffset + (long) r * weightStep * Float.BYTES);
            float factor = (float) (scale * weight);
            for (int j = 0; j < columns && weight != 0f; j++) {
                float d = x.get(JAVA_FLOAT, xOffset + (r * ldx + j) * Float.BYTES)
                        - targets.get(JAVA_FLOAT, targetsOffset + (r * ldt + j) * Float.BYTES);
                long at = dxOffset + (r * lddx + j) * Float.BYTES;
                float sum = dx.get(JAVA_FLOAT, at) + factor * Math.clamp(d, -limit, limit);
                dx.set(JAVA_FLOAT, at, withoutTiny(sum));
            }
        }
    }
}
