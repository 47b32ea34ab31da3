package dev.unroll.kernels.simd;

import static dev.unroll.kernels.simd.math.ScratchF32.PART;
import static dev.unroll.kernels.simd.math.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;
import static dev.unroll.kernels.simd.math.VectorsF32.TINY;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.provider.HuberKernel;
import dev.unroll.kernels.simd.math.ScratchF32;
import dev.unroll.kernels.simd.math.VectorsF32;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Losses of residuals, row by row: whole vectors, then the rest under a mask. */
final class SimdHuberF32 implements HuberKernel {
    @Override
    public void forward(
            int rows, int columns, double factor, double delta,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment targets, long targetsOffset, long ldt,
            MemorySegment weights, long weightsOffset, int weightStep,
            MemorySegment losses, long lossesOffset) {
        MemorySegment terms = ScratchF32.ofThread().memory;
        for (int r = 0; r < rows; r++) {
            long xAt = xOffset + r * ldx * Float.BYTES;
            long targetsAt = targetsOffset + r * ldt * Float.BYTES;
            double sum = 0;
            for (int from = 0; from < columns; from += PART) {
                int n = Math.min(PART, columns - from);
                long at = (long) from * Float.BYTES;
                terms(n, (float) delta, x, xAt + at, targets, targetsAt + at, terms);
                sum += SimdReductionF32.sumRow(n, terms, 0);
            }
            float weight = weights.get(JAVA_FLOAT, weightsOffset + (long) r * weightStep * Float.BYTES);
            float loss = weight == 0 ? 0 : (float) (weight * factor * sum);
            losses.set(JAVA_FLOAT, lossesOffset + (long) r * Float.BYTES, loss);
        }
    }

    /** {@code terms = c (d - c / 2)}. */
    private static void terms(
            int n, float delta, MemorySegment x, long xAt, MemorySegment targets, long targetsAt, MemorySegment terms) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment ts = VectorsF32.offHeap(targets);
        MemorySegment to = VectorsF32.offHeap(terms);
        FloatVector minusHalf = FloatVector.broadcast(SPECIES, -0.5f);
        int whole = SPECIES.loopBound(n);
        for (int i = 0; i < whole; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector d = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER)
                    .sub(FloatVector.fromMemorySegment(SPECIES, ts, targetsAt + at, ORDER));
            FloatVector c = d.blend(delta, d.compare(VectorOperators.GT, delta));
            c = c.blend(-delta, d.compare(VectorOperators.LT, -delta));
            c.fma(minusHalf, d).mul(c).intoMemorySegment(to, at, ORDER);
        }
        if (whole < n) {
            long at = (long) whole * Float.BYTES;
            VectorMask<Float> mask = SPECIES.indexInRange(whole, n);
            FloatVector d = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER, mask)
                    .sub(FloatVector.fromMemorySegment(SPECIES, ts, targetsAt + at, ORDER, mask));
            FloatVector c = d.blend(delta, d.compare(VectorOperators.GT, delta));
            c = c.blend(-delta, d.compare(VectorOperators.LT, -delta));
            c.fma(minusHalf, d).mul(c).intoMemorySegment(to, at, ORDER, mask);
        }
    }

    @Override
    public void backward(
            int rows, int columns, double scale, double delta,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment targets, long targetsOffset, long ldt,
            MemorySegment weights, long weightsOffset, int weightStep,
            MemorySegment dx, long dxOffset, long lddx) {
        for (int r = 0; r < rows; r++) {
            float weight = weights.get(JAVA_FLOAT, weightsOffset + (long) r * weightStep * Float.BYTES);
            if (weight != 0) {
                addCutDifference(
                        columns, (float) (scale * weight), (float) delta,
                        x, xOffset + r * ldx * Float.BYTES,
                        targets, targetsOffset + r * ldt * Float.BYTES,
                        dx, dxOffset + r * lddx * Float.BYTES);
            }
        }
    }

    /** {@code z += factor (x - y)} with the difference clipped to a limit; tiny sums become 0. */
    static void addCutDifference(
            int n, float factor, float limit, MemorySegment x, long xAt, MemorySegment y, long yAt,
            MemorySegment z, long zAt) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment ys = VectorsF32.offHeap(y);
        MemorySegment zs = VectorsF32.offHeap(z);
        FloatVector factors = FloatVector.broadcast(SPECIES, factor);
        int whole = SPECIES.loopBound(n);
        for (int i = 0; i < whole; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector d = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER)
                    .sub(FloatVector.fromMemorySegment(SPECIES, ys, yAt + at, ORDER));
            FloatVector c = d.blend(limit, d.compare(VectorOperators.GT, limit));
            c = c.blend(-limit, d.compare(VectorOperators.LT, -limit));
            FloatVector sum = c.fma(factors, FloatVector.fromMemorySegment(SPECIES, zs, zAt + at, ORDER));
            sum.blend(0, sum.abs().compare(VectorOperators.LT, TINY)).intoMemorySegment(zs, zAt + at, ORDER);
        }
        if (whole < n) {
            long at = (long) whole * Float.BYTES;
            VectorMask<Float> mask = SPECIES.indexInRange(whole, n);
            FloatVector d = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER, mask)
                    .sub(FloatVector.fromMemorySegment(SPECIES, ys, yAt + at, ORDER, mask));
            FloatVector c = d.blend(limit, d.compare(VectorOperators.GT, limit));
            c = c.blend(-limit, d.compare(VectorOperators.LT, -limit));
            FloatVector sum = c.fma(factors, FloatVector.fromMemorySegment(SPECIES, zs, zAt + at, ORDER, mask));
            sum.blend(0, sum.abs().compare(VectorOperators.LT, TINY)).intoMemorySegment(zs, zAt + at, ORDER, mask);
        }
    }
}
