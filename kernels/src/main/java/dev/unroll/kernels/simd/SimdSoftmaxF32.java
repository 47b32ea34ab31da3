package dev.unroll.kernels.simd;

import static dev.unroll.kernels.simd.math.VectorsF32.BYTES;
import static dev.unroll.kernels.simd.math.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.provider.SoftmaxKernel;
import dev.unroll.kernels.simd.math.SimdActivationF32;
import dev.unroll.kernels.simd.math.SimdElementwiseF32;
import dev.unroll.kernels.simd.math.TailF32;
import dev.unroll.kernels.simd.math.VectorsF32;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Softmax and its cross-entropy, row by row; the largest logit is subtracted first, so nothing overflows. */
final class SimdSoftmaxF32 implements SoftmaxKernel {
    /** The slot of the negative of the largest logit, apart from the slots of row tails. */
    private static final int SHIFT = 8;

    @Override
    public void forward(
            int rows, int columns, MemorySegment x, long xOffset, long ldx, MemorySegment y, long yOffset, long ldy) {
        for (int r = 0; r < rows; r++) {
            long xAt = xOffset + r * ldx * Float.BYTES;
            row(columns, largest(columns, x, xAt), x, xAt, y, yOffset + r * ldy * Float.BYTES);
        }
    }

    /** Computes the softmax of one row and returns the sum of all {@code e^(x - largest)}. */
    private static double row(int columns, float largest, MemorySegment x, long xAt, MemorySegment y, long yAt) {
        TailF32 tail = TailF32.ofThread();
        tail.fill(SHIFT, -largest);
        SimdActivationF32.ofSum(Activation.EXP, columns, x, xAt, tail.memory, SHIFT * BYTES, 0, y, yAt);
        double sum = SimdReductionF32.sumRow(columns, y, yAt);
        SimdElementwiseF32.scaleRow(columns, (float) (1 / sum), y, yAt);
        return sum;
    }

    /** Returns the largest element that is not NaN; a NaN makes the sum NaN, and so the whole row. */
    private static float largest(int columns, MemorySegment x, long xAt) {
        MemorySegment xs = VectorsF32.offHeap(x);
        FloatVector largest = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        int whole = SPECIES.loopBound(columns);
        for (int j = 0; j < whole; j += LENGTH) {
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, xAt + (long) j * Float.BYTES, ORDER);
            largest = largest.blend(v, v.compare(VectorOperators.GT, largest));
        }
        if (whole < columns) {
            VectorMask<Float> mask = SPECIES.indexInRange(whole, columns);
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, xAt + (long) whole * Float.BYTES, ORDER, mask);
            largest = largest.blend(v, v.compare(VectorOperators.GT, largest).and(mask));
        }
        return largest.reduceLanes(VectorOperators.MAX);
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
            float weight = weight(target, ignored, weights, weightsOffset + (long) r * weightStep * Float.BYTES);
            float largest = largest(columns, x, xAt);
            double sum = row(columns, largest, x, xAt, probabilities, pOffset + r * ldp * Float.BYTES);
            float loss = 0;
            if (weight != 0) {
                double logit = x.get(JAVA_FLOAT, xAt + (long) target * Float.BYTES);
                // Math.log may differ between processors
                loss = (float) (weight * (StrictMath.log(sum) + (largest - logit)));
            }
            losses.set(JAVA_FLOAT, lossesOffset + (long) r * Float.BYTES, loss);
        }
    }

    /** The weight of a row, 0 for a row with the ignored target. */
    private static float weight(int target, int ignored, MemorySegment weights, long weightAt) {
        return target == ignored ? 0 : weights.get(JAVA_FLOAT, weightAt);
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
            if (weight != 0) {
                addGradient(
                        columns, (float) (scale * weight), target,
                        probabilities, pOffset + r * ldp * Float.BYTES, dx, dxOffset + r * lddx * Float.BYTES);
            }
        }
    }

    private static void addGradient(
            int columns, float factor, int target, MemorySegment probabilities, long pAt, MemorySegment dx, long dxAt) {
        long at = (long) target * Float.BYTES;
        // p - 1 is exact if p is near 1; scale p - scale would not be
        float gradient = factor * (probabilities.get(JAVA_FLOAT, pAt + at) - 1);
        float old = dx.get(JAVA_FLOAT, dxAt + at);
        SimdElementwiseF32.axpyRow(columns, factor, probabilities, pAt, dx, dxAt);
        dx.set(JAVA_FLOAT, dxAt + at, old + gradient);
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
            long pAt = pOffset + r * ldp * Float.BYTES;
            long dxAt = dxOffset + r * lddx * Float.BYTES;
            if (weight == 0) {
                clearRow(columns, dx, dxAt);
            } else {
                float factor = (float) (scale * weight);
                long at = (long) target * Float.BYTES;
                float gradient = factor * (probabilities.get(JAVA_FLOAT, pAt + at) - 1);
                axpyToZeros(columns, factor, probabilities, pAt, dx, dxAt);
                dx.set(JAVA_FLOAT, dxAt + at, 0 + gradient); // -0 becomes 0
            }
        }
    }

    private static void clearRow(int n, MemorySegment y, long yAt) {
        MemorySegment ys = VectorsF32.offHeap(y);
        FloatVector zero = FloatVector.zero(SPECIES);
        int whole = SPECIES.loopBound(n);
        for (int i = 0; i < whole; i += LENGTH) {
            zero.intoMemorySegment(ys, yAt + (long) i * Float.BYTES, ORDER);
        }
        for (int i = whole; i < n; i++) {
            y.set(JAVA_FLOAT, yAt + (long) i * Float.BYTES, 0);
        }
    }

    /** {@code y = 0 + alpha x}, with one rounding. */
    private static void axpyToZeros(int n, float alpha, MemorySegment x, long xAt, MemorySegment y, long yAt) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment ys = VectorsF32.offHeap(y);
        FloatVector factor = FloatVector.broadcast(SPECIES, alpha);
        FloatVector zero = FloatVector.zero(SPECIES);
        int whole = SPECIES.loopBound(n);
        for (int i = 0; i < whole; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector a = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER);
            a.fma(factor, zero).intoMemorySegment(ys, yAt + at, ORDER);
        }
        if (whole < n) {
            long at = (long) whole * Float.BYTES;
            VectorMask<Float> mask = SPECIES.indexInRange(whole, n);
            FloatVector a = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER, mask);
            a.fma(factor, zero).intoMemorySegment(ys, yAt + at, ORDER, mask);
        }
    }
}
