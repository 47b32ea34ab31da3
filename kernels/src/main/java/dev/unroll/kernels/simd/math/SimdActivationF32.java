package dev.unroll.kernels.simd.math;

import static dev.unroll.kernels.simd.math.VectorsF32.BYTES;
import static dev.unroll.kernels.simd.math.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.math.VectorsF32.NOTHING;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.provider.ActivationKernel;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** The nonlinearities and their derivatives over rows, also for the fused passes of cells and products. */
public final class SimdActivationF32 implements ActivationKernel {
    @Override
    public void forward(Activation f, int n, MemorySegment x, long xOffset, MemorySegment y, long yOffset) {
        ofSum(f, n, x, xOffset, NOTHING, 0, 0, y, yOffset);
    }

    /** {@code y = f(x + b)}; b is a row ({@code bStep == 1}) or one vector for all of x ({@code bStep == 0}). */
    public static void ofSum(
            Activation f, int n, MemorySegment x, long xAt, MemorySegment b, long bAt, int bStep,
            MemorySegment y, long yAt) {
        int left = TailF32.count(n);
        int whole = n - left;
        vectors(f, whole, x, xAt, b, bAt, bStep, y, yAt);
        if (left > 0) {
            TailF32 tail = TailF32.ofThread();
            long at = (long) whole * Float.BYTES;
            tail.load(0, left, x, xAt + at);
            if (bStep == 0) {
                vectors(f, LENGTH, tail.memory, 0, b, bAt, 0, tail.memory, 0);
            } else {
                tail.load(1, left, b, bAt + at);
                vectors(f, LENGTH, tail.memory, 0, tail.memory, BYTES, 1, tail.memory, 0);
            }
            tail.store(0, left, y, yAt + at);
        }
    }

    private static void vectors(
            Activation f, int n, MemorySegment x, long xAt, MemorySegment b, long bAt, int bStep,
            MemorySegment y, long yAt) {
        switch (f) {
            case SIGMOID -> ExpF32.sigmoid(n, x, xAt, b, bAt, bStep, y, yAt);
            case TANH -> ExpF32.tanh(n, x, xAt, b, bAt, bStep, y, yAt);
            case RELU -> relu(n, x, xAt, b, bAt, bStep, y, yAt);
            case EXP -> ExpF32.exp(n, x, xAt, b, bAt, bStep, y, yAt);
            case LOG -> LogF32.log(n, x, xAt, b, bAt, bStep, y, yAt);
            case SOFTPLUS -> LogF32.softplus(n, x, xAt, b, bAt, bStep, y, yAt);
        }
    }

    private static void relu(
            int n, MemorySegment x, long xAt, MemorySegment b, long bAt, int bStep, MemorySegment y, long yAt) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment bs = VectorsF32.offHeap(b);
        MemorySegment ys = VectorsF32.offHeap(y);
        for (int i = 0; i < n; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER)
                    .add(FloatVector.fromMemorySegment(SPECIES, bs, bAt + at * bStep, ORDER));
            v.blend(0, v.compare(VectorOperators.LE, 0)).intoMemorySegment(ys, yAt + at, ORDER);
        }
    }

    @Override
    public void backward(
            Activation f, int n, MemorySegment y, long yOffset, MemorySegment dy, long dyOffset,
            MemorySegment dx, long dxOffset) {
        derivative(f, n, y, yOffset, dy, dyOffset, dx, dxOffset, 1, dx, dxOffset);
    }

    /** {@code dx = old + dy f'(x)}; old is a row ({@code step == 1}) or one vector for all ({@code step == 0}). */
    public static void derivative(
            Activation f, int n, MemorySegment y, long yAt, MemorySegment dy, long dyAt,
            MemorySegment old, long oldAt, int step, MemorySegment dx, long dxAt) {
        int left = TailF32.count(n);
        int whole = n - left;
        derivativeVectors(f, whole, y, yAt, dy, dyAt, old, oldAt, step, dx, dxAt);
        if (left > 0) {
            TailF32 tail = TailF32.ofThread();
            MemorySegment t = tail.memory;
            long at = (long) whole * Float.BYTES;
            tail.load(0, left, y, yAt + at);
            tail.load(1, left, dy, dyAt + at);
            tail.load(2, left, old, oldAt + at * step);
            derivativeVectors(f, LENGTH, t, 0, t, BYTES, t, 2 * BYTES, 1, t, 0);
            tail.store(0, left, dx, dxAt + at);
        }
    }

    private static void derivativeVectors(
            Activation f, int n, MemorySegment y, long yAt, MemorySegment dy, long dyAt,
            MemorySegment old, long oldAt, int step, MemorySegment dx, long dxAt) {
        switch (f) {
            case SIGMOID -> sigmoidDerivative(n, y, yAt, dy, dyAt, old, oldAt, step, dx, dxAt);
            case TANH -> tanhDerivative(n, y, yAt, dy, dyAt, old, oldAt, step, dx, dxAt);
            case RELU -> reluDerivative(n, y, yAt, dy, dyAt, old, oldAt, step, dx, dxAt);
            case EXP -> expDerivative(n, y, yAt, dy, dyAt, old, oldAt, step, dx, dxAt);
            case LOG -> LogF32.logDerivative(n, y, yAt, dy, dyAt, old, oldAt, step, dx, dxAt);
            case SOFTPLUS -> LogF32.softplusDerivative(n, y, yAt, dy, dyAt, old, oldAt, step, dx, dxAt);
        }
    }

    private static void sigmoidDerivative(
            int n, MemorySegment y, long yAt, MemorySegment dy, long dyAt,
            MemorySegment old, long oldAt, int step, MemorySegment dx, long dxAt) {
        MemorySegment ys = VectorsF32.offHeap(y);
        MemorySegment dys = VectorsF32.offHeap(dy);
        MemorySegment olds = VectorsF32.offHeap(old);
        MemorySegment dxs = VectorsF32.offHeap(dx);
        for (int i = 0; i < n; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector s = FloatVector.fromMemorySegment(SPECIES, ys, yAt + at, ORDER);
            FloatVector gradient = FloatVector.fromMemorySegment(SPECIES, dys, dyAt + at, ORDER);
            FloatVector sum = FloatVector.fromMemorySegment(SPECIES, olds, oldAt + at * step, ORDER);
            s.neg().fma(s, s).fma(gradient, sum).intoMemorySegment(dxs, dxAt + at, ORDER);
        }
    }

    private static void tanhDerivative(
            int n, MemorySegment y, long yAt, MemorySegment dy, long dyAt,
            MemorySegment old, long oldAt, int step, MemorySegment dx, long dxAt) {
        MemorySegment ys = VectorsF32.offHeap(y);
        MemorySegment dys = VectorsF32.offHeap(dy);
        MemorySegment olds = VectorsF32.offHeap(old);
        MemorySegment dxs = VectorsF32.offHeap(dx);
        FloatVector one = FloatVector.broadcast(SPECIES, 1);
        for (int i = 0; i < n; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector t = FloatVector.fromMemorySegment(SPECIES, ys, yAt + at, ORDER);
            FloatVector gradient = FloatVector.fromMemorySegment(SPECIES, dys, dyAt + at, ORDER);
            FloatVector sum = FloatVector.fromMemorySegment(SPECIES, olds, oldAt + at * step, ORDER);
            t.neg().fma(t, one).fma(gradient, sum).intoMemorySegment(dxs, dxAt + at, ORDER);
        }
    }

    /** Passes NaN on if the unit or its gradient is NaN; a comparison with NaN is false. */
    private static void reluDerivative(
            int n, MemorySegment y, long yAt, MemorySegment dy, long dyAt,
            MemorySegment old, long oldAt, int step, MemorySegment dx, long dxAt) {
        MemorySegment ys = VectorsF32.offHeap(y);
        MemorySegment dys = VectorsF32.offHeap(dy);
        MemorySegment olds = VectorsF32.offHeap(old);
        MemorySegment dxs = VectorsF32.offHeap(dx);
        for (int i = 0; i < n; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, ys, yAt + at, ORDER);
            FloatVector gradient = FloatVector.fromMemorySegment(SPECIES, dys, dyAt + at, ORDER);
            FloatVector sum = FloatVector.fromMemorySegment(SPECIES, olds, oldAt + at * step, ORDER);
            VectorMask<Float> flat = v.compare(VectorOperators.LE, 0)
                    .and(gradient.compare(VectorOperators.EQ, gradient));
            FloatVector slope = gradient.blend(v, v.compare(VectorOperators.NE, v));
            sum.add(slope).blend(sum, flat).intoMemorySegment(dxs, dxAt + at, ORDER);
        }
    }

    private static void expDerivative(
            int n, MemorySegment y, long yAt, MemorySegment dy, long dyAt,
            MemorySegment old, long oldAt, int step, MemorySegment dx, long dxAt) {
        MemorySegment ys = VectorsF32.offHeap(y);
        MemorySegment dys = VectorsF32.offHeap(dy);
        MemorySegment olds = VectorsF32.offHeap(old);
        MemorySegment dxs = VectorsF32.offHeap(dx);
        for (int i = 0; i < n; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, ys, yAt + at, ORDER);
            FloatVector gradient = FloatVector.fromMemorySegment(SPECIES, dys, dyAt + at, ORDER);
            FloatVector sum = FloatVector.fromMemorySegment(SPECIES, olds, oldAt + at * step, ORDER);
            v.fma(gradient, sum).intoMemorySegment(dxs, dxAt + at, ORDER);
        }
    }
}
