package dev.unroll.kernels.simd;

import static dev.unroll.kernels.simd.math.ScratchF32.PART;
import static dev.unroll.kernels.simd.math.ScratchF32.PART_BYTES;
import static dev.unroll.kernels.simd.math.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;
import static dev.unroll.kernels.simd.math.VectorsF32.TINY;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.provider.LayerNormKernel;
import dev.unroll.kernels.simd.math.ScratchF32;
import dev.unroll.kernels.simd.math.VectorsF32;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Layer normalization, row by row. Sums over a row are those of {@link SimdReductionF32}; the terms of the gradient's
 * sums are written to scratch memory first, in parts of a fixed length.
 */
final class SimdLayerNormF32 implements LayerNormKernel {
    // Layout of the scratch memory
    private static final int GRADIENT = 0;
    private static final int PRODUCT = PART_BYTES;

    @Override
    public void forward(
            int rows, int columns, double epsilon,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment gain, long gainOffset,
            MemorySegment bias, long biasOffset,
            MemorySegment y, long yOffset, long ldy,
            MemorySegment mean, long meanOffset,
            MemorySegment rstd, long rstdOffset) {
        int divisor = Math.max(1, columns);
        for (int r = 0; r < rows; r++) {
            long xAt = xOffset + r * ldx * Float.BYTES;
            long yAt = yOffset + r * ldy * Float.BYTES;
            float center = (float) (SimdReductionF32.sumRow(columns, x, xAt) / divisor);
            subtract(columns, x, xAt, center, y, yAt);
            double variance = SimdReductionF32.sumOfSquaresRow(columns, y, yAt) / divisor;
            float factor = (float) (1 / Math.sqrt(variance + epsilon));
            scale(columns, factor, gain, gainOffset, bias, biasOffset, y, yAt);
            mean.set(JAVA_FLOAT, meanOffset + (long) r * Float.BYTES, center);
            rstd.set(JAVA_FLOAT, rstdOffset + (long) r * Float.BYTES, factor);
        }
    }

    /** {@code y = x - mean}. */
    private static void subtract(int n, MemorySegment x, long xAt, float mean, MemorySegment y, long yAt) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment ys = VectorsF32.offHeap(y);
        int whole = SPECIES.loopBound(n);
        for (int j = 0; j < whole; j += LENGTH) {
            long at = (long) j * Float.BYTES;
            FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER).sub(mean)
                    .intoMemorySegment(ys, yAt + at, ORDER);
        }
        if (whole < n) {
            long at = (long) whole * Float.BYTES;
            VectorMask<Float> mask = SPECIES.indexInRange(whole, n);
            FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER, mask).sub(mean)
                    .intoMemorySegment(ys, yAt + at, ORDER, mask);
        }
    }

    /** {@code y = y factor gain + bias}. */
    private static void scale(
            int n, float factor, MemorySegment gain, long gainAt, MemorySegment bias, long biasAt, MemorySegment y,
            long yAt) {
        MemorySegment gains = VectorsF32.offHeap(gain);
        MemorySegment biases = VectorsF32.offHeap(bias);
        MemorySegment ys = VectorsF32.offHeap(y);
        int whole = SPECIES.loopBound(n);
        for (int j = 0; j < whole; j += LENGTH) {
            long at = (long) j * Float.BYTES;
            FloatVector g = FloatVector.fromMemorySegment(SPECIES, gains, gainAt + at, ORDER);
            FloatVector b = FloatVector.fromMemorySegment(SPECIES, biases, biasAt + at, ORDER);
            FloatVector.fromMemorySegment(SPECIES, ys, yAt + at, ORDER).mul(factor).fma(g, b)
                    .intoMemorySegment(ys, yAt + at, ORDER);
        }
        if (whole < n) {
            long at = (long) whole * Float.BYTES;
            VectorMask<Float> mask = SPECIES.indexInRange(whole, n);
            FloatVector g = FloatVector.fromMemorySegment(SPECIES, gains, gainAt + at, ORDER, mask);
            FloatVector b = FloatVector.fromMemorySegment(SPECIES, biases, biasAt + at, ORDER, mask);
            FloatVector.fromMemorySegment(SPECIES, ys, yAt + at, ORDER, mask).mul(factor).fma(g, b)
                    .intoMemorySegment(ys, yAt + at, ORDER, mask);
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
        MemorySegment scratch = ScratchF32.ofThread().memory;
        for (int r = 0; r < rows; r++) {
            long xAt = xOffset + r * ldx * Float.BYTES;
            long dyAt = dyOffset + r * lddy * Float.BYTES;
            float center = mean.get(JAVA_FLOAT, meanOffset + (long) r * Float.BYTES);
            float factor = rstd.get(JAVA_FLOAT, rstdOffset + (long) r * Float.BYTES);
            double gradients = 0;
            double products = 0;
            for (int from = 0; from < columns; from += PART) {
                int n = Math.min(PART, columns - from);
                long at = (long) from * Float.BYTES;
                terms(n, x, xAt + at, center, factor, gain, gainOffset + at, dy, dyAt + at, scratch);
                gradients += SimdReductionF32.sumRow(n, scratch, GRADIENT);
                products += SimdReductionF32.sumRow(n, scratch, PRODUCT);
            }
            addToInput(
                    columns, x, xAt, center, factor, gain, gainOffset, dy, dyAt,
                    (float) (gradients / columns), (float) (-products / columns),
                    dx, dxOffset + r * lddx * Float.BYTES);
        }
    }

    /** {@code g = dy gain} and {@code g z}, with {@code z = (x - center) factor}, into the scratch memory. */
    private static void terms(
            int n, MemorySegment x, long xAt, float center, float factor, MemorySegment gain, long gainAt,
            MemorySegment dy, long dyAt, MemorySegment scratch) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment gains = VectorsF32.offHeap(gain);
        MemorySegment dys = VectorsF32.offHeap(dy);
        MemorySegment ss = VectorsF32.offHeap(scratch);
        int whole = SPECIES.loopBound(n);
        for (int j = 0; j < whole; j += LENGTH) {
            long at = (long) j * Float.BYTES;
            FloatVector g = FloatVector.fromMemorySegment(SPECIES, dys, dyAt + at, ORDER)
                    .mul(FloatVector.fromMemorySegment(SPECIES, gains, gainAt + at, ORDER));
            FloatVector z = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER).sub(center).mul(factor);
            g.intoMemorySegment(ss, GRADIENT + at, ORDER);
            g.mul(z).intoMemorySegment(ss, PRODUCT + at, ORDER);
        }
        if (whole < n) {
            long at = (long) whole * Float.BYTES;
            VectorMask<Float> mask = SPECIES.indexInRange(whole, n);
            FloatVector g = FloatVector.fromMemorySegment(SPECIES, dys, dyAt + at, ORDER, mask)
                    .mul(FloatVector.fromMemorySegment(SPECIES, gains, gainAt + at, ORDER, mask));
            FloatVector z = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER, mask).sub(center).mul(factor);
            g.intoMemorySegment(ss, GRADIENT + at, ORDER);
            g.mul(z).intoMemorySegment(ss, PRODUCT + at, ORDER);
        }
    }

    /**
     * {@code dx += factor (dy gain - shift + z slope)}, with {@code z = (x - center) factor}. The tail is a method of its
     * own: together they have more virtual registers than the first compiler knows, which then gives the method up, and the
     * second compiler never comes by.
     */
    private static void addToInput(
            int n, MemorySegment x, long xAt, float center, float factor, MemorySegment gain, long gainAt,
            MemorySegment dy, long dyAt, float shift, float slope, MemorySegment dx, long dxAt) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment gains = VectorsF32.offHeap(gain);
        MemorySegment dys = VectorsF32.offHeap(dy);
        MemorySegment dxs = VectorsF32.offHeap(dx);
        FloatVector scale = FloatVector.broadcast(SPECIES, factor);
        FloatVector tilt = FloatVector.broadcast(SPECIES, slope);
        int whole = SPECIES.loopBound(n);
        for (int j = 0; j < whole; j += LENGTH) {
            long at = (long) j * Float.BYTES;
            FloatVector g = FloatVector.fromMemorySegment(SPECIES, dys, dyAt + at, ORDER)
                    .mul(FloatVector.fromMemorySegment(SPECIES, gains, gainAt + at, ORDER));
            FloatVector z = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER).sub(center).mul(factor);
            FloatVector sum = z.fma(tilt, g.sub(shift))
                    .fma(scale, FloatVector.fromMemorySegment(SPECIES, dxs, dxAt + at, ORDER));
            sum.blend(0, sum.abs().compare(VectorOperators.LT, TINY)).intoMemorySegment(dxs, dxAt + at, ORDER);
        }
        if (whole < n) {
            long at = (long) whole * Float.BYTES;
            addTailToInput(
                    n - whole, xs, xAt + at, center, factor, gains, gainAt + at, dys, dyAt + at, shift, slope, dxs,
                    dxAt + at);
        }
    }

    /** The same for less than a vector. */
    private static void addTailToInput(
            int n, MemorySegment x, long xAt, float center, float factor, MemorySegment gain, long gainAt,
            MemorySegment dy, long dyAt, float shift, float slope, MemorySegment dx, long dxAt) {
        MemorySegment dxs = VectorsF32.offHeap(dx);
        VectorMask<Float> mask = SPECIES.indexInRange(0, n);
        FloatVector g = FloatVector.fromMemorySegment(SPECIES, VectorsF32.offHeap(dy), dyAt, ORDER, mask)
                .mul(FloatVector.fromMemorySegment(SPECIES, VectorsF32.offHeap(gain), gainAt, ORDER, mask));
        FloatVector z = FloatVector.fromMemorySegment(SPECIES, VectorsF32.offHeap(x), xAt, ORDER, mask)
                .sub(center).mul(factor);
        FloatVector sum = z.fma(FloatVector.broadcast(SPECIES, slope), g.sub(shift)).fma(
                FloatVector.broadcast(SPECIES, factor), FloatVector.fromMemorySegment(SPECIES, dxs, dxAt, ORDER, mask));
        sum.blend(0, sum.abs().compare(VectorOperators.LT, TINY)).intoMemorySegment(dxs, dxAt, ORDER, mask);
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
            addToParameters(
                    columns, x, xOffset + r * ldx * Float.BYTES,
                    mean.get(JAVA_FLOAT, meanOffset + (long) r * Float.BYTES),
                    rstd.get(JAVA_FLOAT, rstdOffset + (long) r * Float.BYTES),
                    dy, dyOffset + r * lddy * Float.BYTES, dGain, dGainOffset, dBias, dBiasOffset);
        }
    }

    private static void addToParameters(
            int n, MemorySegment x, long xAt, float center, float factor, MemorySegment dy, long dyAt,
            MemorySegment dGain, long dGainAt, MemorySegment dBias, long dBiasAt) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment dys = VectorsF32.offHeap(dy);
        MemorySegment gains = VectorsF32.offHeap(dGain);
        MemorySegment biases = VectorsF32.offHeap(dBias);
        int whole = SPECIES.loopBound(n);
        for (int j = 0; j < whole; j += LENGTH) {
            long at = (long) j * Float.BYTES;
            FloatVector delta = FloatVector.fromMemorySegment(SPECIES, dys, dyAt + at, ORDER);
            FloatVector z = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER).sub(center).mul(factor);
            FloatVector g = z.fma(delta, FloatVector.fromMemorySegment(SPECIES, gains, dGainAt + at, ORDER));
            FloatVector b = delta.add(FloatVector.fromMemorySegment(SPECIES, biases, dBiasAt + at, ORDER));
            g.blend(0, g.abs().compare(VectorOperators.LT, TINY)).intoMemorySegment(gains, dGainAt + at, ORDER);
            b.blend(0, b.abs().compare(VectorOperators.LT, TINY)).intoMemorySegment(biases, dBiasAt + at, ORDER);
        }
        if (whole < n) {
            long at = (long) whole * Float.BYTES;
            addTailToParameters(
                    n - whole, xs, xAt + at, center, factor, dys, dyAt + at, gains, dGainAt + at, biases, dBiasAt + at);
        }
    }

    /** The same for less than a vector. */
    private static void addTailToParameters(
            int n, MemorySegment x, long xAt, float center, float factor, MemorySegment dy, long dyAt,
            MemorySegment dGain, long dGainAt, MemorySegment dBias, long dBiasAt) {
        MemorySegment gains = VectorsF32.offHeap(dGain);
        MemorySegment biases = VectorsF32.offHeap(dBias);
        VectorMask<Float> mask = SPECIES.indexInRange(0, n);
        FloatVector delta = FloatVector.fromMemorySegment(SPECIES, VectorsF32.offHeap(dy), dyAt, ORDER, mask);
        FloatVector z = FloatVector.fromMemorySegment(SPECIES, VectorsF32.offHeap(x), xAt, ORDER, mask)
                .sub(center).mul(factor);
        FloatVector g = z.fma(delta, FloatVector.fromMemorySegment(SPECIES, gains, dGainAt, ORDER, mask));
        FloatVector b = delta.add(FloatVector.fromMemorySegment(SPECIES, biases, dBiasAt, ORDER, mask));
        g.blend(0, g.abs().compare(VectorOperators.LT, TINY)).intoMemorySegment(gains, dGainAt, ORDER, mask);
        b.blend(0, b.abs().compare(VectorOperators.LT, TINY)).intoMemorySegment(biases, dBiasAt, ORDER, mask);
    }
}
