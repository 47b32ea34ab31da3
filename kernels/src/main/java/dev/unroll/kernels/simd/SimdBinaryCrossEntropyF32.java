package dev.unroll.kernels.simd;

import static dev.unroll.kernels.simd.math.AtanhTable.F32.Q0;
import static dev.unroll.kernels.simd.math.AtanhTable.F32.Q1;
import static dev.unroll.kernels.simd.math.AtanhTable.F32.Q2;
import static dev.unroll.kernels.simd.math.AtanhTable.F32.Q3;
import static dev.unroll.kernels.simd.math.AtanhTable.F32.Q4;
import static dev.unroll.kernels.simd.math.AtanhTable.F32.Q5;
import static dev.unroll.kernels.simd.math.AtanhTable.F32.Q6;
import static dev.unroll.kernels.simd.math.AtanhTable.F32.Q7;
import static dev.unroll.kernels.simd.math.AtanhTable.F32.Q8;
import static dev.unroll.kernels.simd.math.AtanhTable.F32.Q9;
import static dev.unroll.kernels.simd.math.ScratchF32.PART;
import static dev.unroll.kernels.simd.math.VectorsF32.BYTES;
import static dev.unroll.kernels.simd.math.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.math.VectorsF32.NOTHING;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.provider.BinaryCrossEntropyKernel;
import dev.unroll.kernels.simd.math.ExpF32;
import dev.unroll.kernels.simd.math.ScratchF32;
import dev.unroll.kernels.simd.math.TailF32;
import dev.unroll.kernels.simd.math.VectorsF32;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** The logistic function and its cross-entropy, row by row; both from {@code e^-|x|}, which cannot overflow. */
final class SimdBinaryCrossEntropyF32 implements BinaryCrossEntropyKernel {
    @Override
    public void forward(
            int rows, int columns,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment targets, long targetsOffset, long ldt,
            MemorySegment weights, long weightsOffset, int weightStep,
            MemorySegment probabilities, long pOffset, long ldp,
            MemorySegment losses, long lossesOffset) {
        for (int r = 0; r < rows; r++) {
            double sum = row(
                    columns, x, xOffset + r * ldx * Float.BYTES, targets, targetsOffset + r * ldt * Float.BYTES,
                    probabilities, pOffset + r * ldp * Float.BYTES);
            float weight = weights.get(JAVA_FLOAT, weightsOffset + (long) r * weightStep * Float.BYTES);
            losses.set(JAVA_FLOAT, lossesOffset + (long) r * Float.BYTES, weight == 0 ? 0 : (float) (weight * sum));
        }
    }

    /** Computes the probabilities of one row and returns its loss. */
    private static double row(
            int columns, MemorySegment x, long xAt, MemorySegment targets, long targetsAt, MemorySegment p, long pAt) {
        MemorySegment terms = ScratchF32.ofThread().memory;
        double sum = 0;
        for (int from = 0; from < columns; from += PART) {
            int n = Math.min(PART, columns - from);
            long at = (long) from * Float.BYTES;
            minusSize(n, x, xAt + at, terms);
            ExpF32.exp(n, terms, 0, NOTHING, 0, 0, terms, 0);
            terms(n, x, xAt + at, targets, targetsAt + at, p, pAt + at, terms);
            sum += SimdReductionF32.sumRow(n, terms, 0);
        }
        return sum;
    }

    /** {@code y = -|x|}, padded with zeros to a whole vector. */
    private static void minusSize(int n, MemorySegment x, long xAt, MemorySegment y) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment ys = VectorsF32.offHeap(y);
        int whole = SPECIES.loopBound(n);
        for (int i = 0; i < whole; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER).abs().neg().intoMemorySegment(ys, at, ORDER);
        }
        if (whole < n) {
            long at = (long) whole * Float.BYTES;
            VectorMask<Float> mask = SPECIES.indexInRange(whole, n);
            FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER, mask).abs().neg()
                    .intoMemorySegment(ys, at, ORDER);
        }
    }

    private static void terms(
            int n, MemorySegment x, long xAt, MemorySegment targets, long targetsAt, MemorySegment p, long pAt,
            MemorySegment terms) {
        int left = TailF32.count(n);
        int whole = n - left;
        termsOfVectors(whole, x, xAt, targets, targetsAt, p, pAt, terms, 0);
        if (left > 0) {
            TailF32 tail = TailF32.ofThread();
            MemorySegment t = tail.memory;
            long at = (long) whole * Float.BYTES;
            tail.load(0, left, x, xAt + at);
            tail.load(1, left, targets, targetsAt + at);
            termsOfVectors(LENGTH, t, 0, t, BYTES, t, 2 * BYTES, terms, at);
            tail.store(2, left, p, pAt + at);
        }
    }

    /** Computes probabilities and loss terms from {@code e = e^-|x|}, which the terms overwrite. */
    private static void termsOfVectors(
            int n, MemorySegment x, long xAt, MemorySegment targets, long targetsAt, MemorySegment p, long pAt,
            MemorySegment terms, long termsAt) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment ts = VectorsF32.offHeap(targets);
        MemorySegment ps = VectorsF32.offHeap(p);
        MemorySegment es = VectorsF32.offHeap(terms);
        FloatVector zero = FloatVector.zero(SPECIES);
        for (int i = 0; i < n; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER);
            FloatVector target = FloatVector.fromMemorySegment(SPECIES, ts, targetsAt + at, ORDER);
            FloatVector e = FloatVector.fromMemorySegment(SPECIES, es, termsAt + at, ORDER);
            VectorMask<Float> positive = v.compare(VectorOperators.GT, 0);

            FloatVector s = e.div(e.add(2));
            FloatVector t = s.mul(s);
            FloatVector q = FloatVector.broadcast(SPECIES, Q3);
            if (Float.BYTES == 8) { // doubles have more terms
                q = t.fma(Q9, Q8)
                        .fma(t, FloatVector.broadcast(SPECIES, Q7))
                        .fma(t, FloatVector.broadcast(SPECIES, Q6))
                        .fma(t, FloatVector.broadcast(SPECIES, Q5))
                        .fma(t, FloatVector.broadcast(SPECIES, Q4))
                        .fma(t, FloatVector.broadcast(SPECIES, Q3));
            }
            q = q.fma(t, FloatVector.broadcast(SPECIES, Q2))
                    .fma(t, FloatVector.broadcast(SPECIES, Q1))
                    .fma(t, FloatVector.broadcast(SPECIES, Q0));
            FloatVector twice = s.add(s);
            FloatVector log = t.mul(q).fma(twice, twice);

            e.blend(1, positive).div(e.add(1)).intoMemorySegment(ps, pAt + at, ORDER);
            v.fma(zero.blend(1, positive).sub(target), log).intoMemorySegment(es, termsAt + at, ORDER);
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
            if (weight != 0) {
                SimdHuberF32.addCutDifference(
                        columns, (float) (scale * weight), Float.POSITIVE_INFINITY,
                        probabilities, pOffset + r * ldp * Float.BYTES,
                        targets, targetsOffset + r * ldt * Float.BYTES,
                        dx, dxOffset + r * lddx * Float.BYTES);
            }
        }
    }
}
