package dev.unroll.kernels.scalar;

import static dev.unroll.kernels.scalar.ScalarActivationF32.withoutTiny;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.provider.LayerNormKernel;
import java.lang.foreign.MemorySegment;

/** Layer normalization, row by row in double. */
final class ScalarLayerNormF32 implements LayerNormKernel {
    @Override
    public void forward(
            int rows, int columns, double epsilon,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment gain, long gainOffset,
            MemorySegment bias, long biasOffset,
            MemorySegment y, long yOffset, long ldy,
            MemorySegment mean, long meanOffset,
            MemorySegment rstd, long rstdOffset) {
        for (int r = 0; r < rows; r++) {
            long xAt = xOffset + r * ldx * Float.BYTES;
            double sum = 0;
            for (int j = 0; j < columns; j++) {
                sum += get(x, xAt, j);
            }
            float center = (float) (sum / Math.max(1, columns));
            double squares = 0;
            for (int j = 0; j < columns; j++) {
                double deviation = get(x, xAt, j) - center;
                squares += deviation * deviation;
            }
            float factor = (float) (1 / Math.sqrt(squares / Math.max(1, columns) + epsilon));
            for (int j = 0; j < columns; j++) {
                double z = (get(x, xAt, j) - center) * factor;
                float value = (float) (z * get(gain, gainOffset, j) + get(bias, biasOffset, j));
                y.set(JAVA_FLOAT, yOffset + (r * ldy + j) * Float.BYTES, value);
            }
            mean.set(JAVA_FLOAT, meanOffset + (long) r * Float.BYTES, center);
            rstd.set(JAVA_FLOAT, rstdOffset + (long) r * Float.BYTES, factor);
        }
    }

    @Override
    public void backward(
            int rows, int columns,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment gain, long gainOffset,
            MemorySegment mean, long meanOffset,
            MemorySegment rstd, long rstdOffset,
            MemorySegment dy, long dyOffset, long lddy,
            MemorySegment dx, long dxOffset, long lddx) {
        for (int r = 0; r < rows; r++) {
            long xAt = xOffset + r * ldx * Float.BYTES;
            long dyAt = dyOffset + r * lddy * Float.BYTES;
            long dxAt = dxOffset + r * lddx * Float.BYTES;
            double center = get(mean, meanOffset, r);
            double factor = get(rstd, rstdOffset, r);
            double gradients = 0;
            double products = 0;
            for (int j = 0; j < columns; j++) {
                double g = get(dy, dyAt, j) * get(gain, gainOffset, j);
                gradients += g;
                products += g * (get(x, xAt, j) - center) * factor;
            }
            for (int j = 0; j < columns; j++) {
                double g = get(dy, dyAt, j) * get(gain, gainOffset, j);
                double z = (get(x, xAt, j) - center) * factor;
                add(factor * (g - gradients / columns - z * products / columns), dx, dxAt, j);
            }
        }
    }

    @Override
    public void parametersBackward(
            int rows, int columns,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment mean, long meanOffset,
            MemorySegment rstd, long rstdOffset,
            MemorySegment dy, long dyOffset, long lddy,
            MemorySegment dGain, long dGainOffset,
            MemorySegment dBias, long dBiasOffset) {
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < columns; j++) {
                double delta = get(dy, dyOffset + r * lddy * Float.BYTES, j);
                double deviation = get(x, xOffset + r * ldx * Float.BYTES, j) - get(mean, meanOffset, r);
                add(delta * deviation * get(rstd, rstdOffset, r), dGain, dGainOffset, j);
                add(delta, dBias, dBiasOffset, j);
            }
        }
    }

    private static double get(MemorySegment row, long at, int j) {
        return row.get(JAVA_FLOAT, at + (long) j * Float.BYTES);
    }

    private static void add(double gradient, MemorySegment row, long rowAt, int j) {
        long at = rowAt + (long) j * Float.BYTES;
        row.set(JAVA_FLOAT, at, withoutTiny((float) (row.get(JAVA_FLOAT, at) + gradient)));
    }
}
