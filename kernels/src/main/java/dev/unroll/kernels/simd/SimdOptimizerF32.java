package dev.unroll.kernels.simd;

import static dev.unroll.kernels.simd.math.VectorsF32.BYTES;
import static dev.unroll.kernels.simd.math.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;

import dev.unroll.kernels.UpdateRule;
import dev.unroll.kernels.UpdateStep;
import dev.unroll.kernels.provider.MeanSquares;
import dev.unroll.kernels.provider.OptimizerKernel;
import dev.unroll.kernels.simd.math.TailF32;
import dev.unroll.kernels.simd.math.VectorsF32;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Updates in one pass. They are bound by memory, so each loop has its whole formula; square roots and quotients are
 * correctly rounded on every processor. Loops run over whole vectors; the rest is copied to one.
 */
final class SimdOptimizerF32 implements OptimizerKernel {
    @Override
    public void update(
            UpdateRule rule, UpdateStep step, int n,
            MemorySegment values, long valuesOffset, MemorySegment gradients, long gradientsOffset,
            MemorySegment state, long firstOffset, long secondOffset) {
        int whole = SPECIES.loopBound(n);
        vectors(
                rule, step, whole, values, valuesOffset, gradients, gradientsOffset, state, firstOffset,
                secondOffset);
        if (whole < n) {
            long at = (long) whole * Float.BYTES;
            TailF32 tail = TailF32.ofThread();
            tail.load(0, n - whole, values, valuesOffset + at);
            tail.load(1, n - whole, gradients, gradientsOffset + at);
            if (rule.states() > 0) {
                tail.load(2, n - whole, state, firstOffset + at);
            }
            if (rule.states() > 1) {
                tail.load(3, n - whole, state, secondOffset + at);
            }
            vectors(rule, step, LENGTH, tail.memory, 0, tail.memory, BYTES, tail.memory, 2L * BYTES, 3L * BYTES);
            tail.store(0, n - whole, values, valuesOffset + at);
            tail.store(1, n - whole, gradients, gradientsOffset + at);
            if (rule.states() > 0) {
                tail.store(2, n - whole, state, firstOffset + at);
            }
            if (rule.states() > 1) {
                tail.store(3, n - whole, state, secondOffset + at);
            }
        }
    }

    private static void vectors(
            UpdateRule rule, UpdateStep step, int n,
            MemorySegment values, long valuesAt, MemorySegment gradients, long gradientsAt,
            MemorySegment state, long firstAt, long secondAt) {
        switch (rule) {
            case UpdateRule.Sgd _ -> sgd(step, n, values, valuesAt, gradients, gradientsAt);
            case UpdateRule.Momentum r ->
                    momentum(r, step, n, values, valuesAt, gradients, gradientsAt, state, firstAt);
            case UpdateRule.RmsProp r ->
                    rmsProp(r, step, n, values, valuesAt, gradients, gradientsAt, state, firstAt);
            case UpdateRule.Adadelta r ->
                    adadelta(r, step, n, values, valuesAt, gradients, gradientsAt, state, firstAt, secondAt);
            case UpdateRule.Adam r ->
                    adam(r, step, n, values, valuesAt, gradients, gradientsAt, state, firstAt, secondAt);
        }
    }

    /** {@code w += -rate g}. */
    private static void sgd(
            UpdateStep step, int n, MemorySegment values, long valuesAt, MemorySegment gradients, long gradientsAt) {
        MemorySegment ws = VectorsF32.offHeap(values);
        MemorySegment gs = VectorsF32.offHeap(gradients);
        FloatVector scale = FloatVector.broadcast(SPECIES, (float) step.scale());
        FloatVector limit = FloatVector.broadcast(SPECIES, (float) step.limit());
        FloatVector lowest = limit.neg();
        FloatVector keep = FloatVector.broadcast(SPECIES, (float) step.keep());
        FloatVector rate = FloatVector.broadcast(SPECIES, (float) -step.rate());
        FloatVector zero = FloatVector.zero(SPECIES);
        for (int i = 0; i < n; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector g = FloatVector.fromMemorySegment(SPECIES, gs, gradientsAt + at, ORDER).mul(scale);
            g = g.blend(limit, g.compare(VectorOperators.GT, limit));
            g = g.blend(lowest, g.compare(VectorOperators.LT, lowest));
            FloatVector w = FloatVector.fromMemorySegment(SPECIES, ws, valuesAt + at, ORDER).mul(keep);
            g.fma(rate, w).intoMemorySegment(ws, valuesAt + at, ORDER);
            zero.intoMemorySegment(gs, gradientsAt + at, ORDER);
        }
    }

    /** {@code v = momentum v + g; w += -rate v}, or {@code g + momentum v} for the last v. */
    private static void momentum(
            UpdateRule.Momentum rule, UpdateStep step, int n, MemorySegment values, long valuesAt,
            MemorySegment gradients, long gradientsAt,
            MemorySegment state, long firstAt) {
        MemorySegment ws = VectorsF32.offHeap(values);
        MemorySegment gs = VectorsF32.offHeap(gradients);
        MemorySegment ss = VectorsF32.offHeap(state);
        FloatVector scale = FloatVector.broadcast(SPECIES, (float) step.scale());
        FloatVector limit = FloatVector.broadcast(SPECIES, (float) step.limit());
        FloatVector lowest = limit.neg();
        FloatVector keep = FloatVector.broadcast(SPECIES, (float) step.keep());
        FloatVector rate = FloatVector.broadcast(SPECIES, (float) -step.rate());
        FloatVector momentum = FloatVector.broadcast(SPECIES, (float) rule.momentum());
        boolean nesterov = rule.nesterov();
        FloatVector zero = FloatVector.zero(SPECIES);
        for (int i = 0; i < n; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector g = FloatVector.fromMemorySegment(SPECIES, gs, gradientsAt + at, ORDER).mul(scale);
            g = g.blend(limit, g.compare(VectorOperators.GT, limit));
            g = g.blend(lowest, g.compare(VectorOperators.LT, lowest));
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, ss, firstAt + at, ORDER);
            v = v.fma(momentum, g);
            v = v.blend(zero, v.abs().compare(VectorOperators.LT, Float.MIN_NORMAL));
            v.intoMemorySegment(ss, firstAt + at, ORDER);
            FloatVector d = nesterov ? v.fma(momentum, g) : v;
            FloatVector w = FloatVector.fromMemorySegment(SPECIES, ws, valuesAt + at, ORDER).mul(keep);
            d.fma(rate, w).intoMemorySegment(ws, valuesAt + at, ORDER);
            zero.intoMemorySegment(gs, gradientsAt + at, ORDER);
        }
    }

    /** {@code s = decay s + (1 - decay) g^2; w += -rate g / (sqrt(s) + epsilon)}. */
    private static void rmsProp(
            UpdateRule.RmsProp rule, UpdateStep step, int n, MemorySegment values, long valuesAt,
            MemorySegment gradients, long gradientsAt,
            MemorySegment state, long firstAt) {
        MemorySegment ws = VectorsF32.offHeap(values);
        MemorySegment gs = VectorsF32.offHeap(gradients);
        MemorySegment ss = VectorsF32.offHeap(state);
        FloatVector scale = FloatVector.broadcast(SPECIES, (float) step.scale());
        FloatVector limit =
                FloatVector.broadcast(SPECIES, (float) MeanSquares.limit(step.limit(), Float.MAX_VALUE));
        FloatVector lowest = limit.neg();
        FloatVector keep = FloatVector.broadcast(SPECIES, (float) step.keep());
        FloatVector rate = FloatVector.broadcast(SPECIES, (float) -step.rate());
        FloatVector decay = FloatVector.broadcast(SPECIES, (float) rule.decay());
        FloatVector rest = FloatVector.broadcast(SPECIES, (float) (1 - rule.decay()));
        FloatVector epsilon = FloatVector.broadcast(SPECIES, (float) rule.epsilon());
        FloatVector zero = FloatVector.zero(SPECIES);
        for (int i = 0; i < n; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector g = FloatVector.fromMemorySegment(SPECIES, gs, gradientsAt + at, ORDER).mul(scale);
            g = g.blend(limit, g.compare(VectorOperators.GT, limit));
            g = g.blend(lowest, g.compare(VectorOperators.LT, lowest));
            FloatVector s = FloatVector.fromMemorySegment(SPECIES, ss, firstAt + at, ORDER);
            s = s.fma(decay, g.mul(g).mul(rest));
            s = s.blend(zero, s.compare(VectorOperators.LT, Float.MIN_NORMAL));
            s.intoMemorySegment(ss, firstAt + at, ORDER);
            FloatVector d = g.div(s.sqrt().add(epsilon));
            FloatVector w = FloatVector.fromMemorySegment(SPECIES, ws, valuesAt + at, ORDER).mul(keep);
            d.fma(rate, w).intoMemorySegment(ws, valuesAt + at, ORDER);
            zero.intoMemorySegment(gs, gradientsAt + at, ORDER);
        }
    }

    /**
     * {@code s = decay s + (1 - decay) g^2; d = g sqrt((u + epsilon) / (s + epsilon)); u = decay u + (1 - decay) d^2; w
     * += -rate d}.
     */
    private static void adadelta(
            UpdateRule.Adadelta rule, UpdateStep step, int n, MemorySegment values, long valuesAt,
            MemorySegment gradients, long gradientsAt,
            MemorySegment state, long firstAt, long secondAt) {
        MemorySegment ws = VectorsF32.offHeap(values);
        MemorySegment gs = VectorsF32.offHeap(gradients);
        MemorySegment ss = VectorsF32.offHeap(state);
        FloatVector scale = FloatVector.broadcast(SPECIES, (float) step.scale());
        FloatVector limit =
                FloatVector.broadcast(SPECIES, (float) MeanSquares.limit(step.limit(), Float.MAX_VALUE));
        FloatVector lowest = limit.neg();
        FloatVector keep = FloatVector.broadcast(SPECIES, (float) step.keep());
        // Directions are larger by its root, and their factor is smaller
        double quotientScale = MeanSquares.quotientScale(rule.epsilon());
        FloatVector larger = FloatVector.broadcast(SPECIES, (float) quotientScale);
        FloatVector rate = FloatVector.broadcast(SPECIES, (float) (-step.rate() / Math.sqrt(quotientScale)));
        FloatVector decay = FloatVector.broadcast(SPECIES, (float) rule.decay());
        FloatVector rest = FloatVector.broadcast(SPECIES, (float) (1 - rule.decay()));
        FloatVector restOfSquare = FloatVector.broadcast(SPECIES, (float) ((1 - rule.decay()) / quotientScale));
        FloatVector epsilon = FloatVector.broadcast(SPECIES, (float) rule.epsilon());
        FloatVector zero = FloatVector.zero(SPECIES);
        for (int i = 0; i < n; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector g = FloatVector.fromMemorySegment(SPECIES, gs, gradientsAt + at, ORDER).mul(scale);
            g = g.blend(limit, g.compare(VectorOperators.GT, limit));
            g = g.blend(lowest, g.compare(VectorOperators.LT, lowest));
            FloatVector s = FloatVector.fromMemorySegment(SPECIES, ss, firstAt + at, ORDER);
            s = s.fma(decay, g.mul(g).mul(rest));
            s = s.blend(zero, s.compare(VectorOperators.LT, Float.MIN_NORMAL));
            s.intoMemorySegment(ss, firstAt + at, ORDER);
            FloatVector u = FloatVector.fromMemorySegment(SPECIES, ss, secondAt + at, ORDER);
            FloatVector d = u.add(epsilon).mul(larger).div(s.add(epsilon)).sqrt().mul(g);
            u = u.fma(decay, d.mul(d).mul(restOfSquare));
            u = u.blend(zero, u.compare(VectorOperators.LT, Float.MIN_NORMAL));
            u.intoMemorySegment(ss, secondAt + at, ORDER);
            FloatVector w = FloatVector.fromMemorySegment(SPECIES, ws, valuesAt + at, ORDER).mul(keep);
            d.fma(rate, w).intoMemorySegment(ws, valuesAt + at, ORDER);
            zero.intoMemorySegment(gs, gradientsAt + at, ORDER);
        }
    }

    /**
     * {@code m = beta1 m + (1 - beta1) g; s = beta2 s + (1 - beta2) g^2; w += -rate m / (sqrt(s) rootFactor +
     * epsilon)}.
     */
    private static void adam(
            UpdateRule.Adam rule, UpdateStep step, int n, MemorySegment values, long valuesAt, MemorySegment gradients,
            long gradientsAt,
            MemorySegment state, long firstAt, long secondAt) {
        MemorySegment ws = VectorsF32.offHeap(values);
        MemorySegment gs = VectorsF32.offHeap(gradients);
        MemorySegment ss = VectorsF32.offHeap(state);
        FloatVector scale = FloatVector.broadcast(SPECIES, (float) step.scale());
        FloatVector limit =
                FloatVector.broadcast(SPECIES, (float) MeanSquares.limit(step.limit(), Float.MAX_VALUE));
        FloatVector lowest = limit.neg();
        FloatVector keep = FloatVector.broadcast(SPECIES, (float) step.keep());
        FloatVector rate = FloatVector.broadcast(SPECIES, (float) -rule.meanFactor(step));
        FloatVector beta1 = FloatVector.broadcast(SPECIES, (float) rule.beta1());
        FloatVector rest1 = FloatVector.broadcast(SPECIES, (float) (1 - rule.beta1()));
        FloatVector beta2 = FloatVector.broadcast(SPECIES, (float) rule.beta2());
        FloatVector rest2 = FloatVector.broadcast(SPECIES, (float) (1 - rule.beta2()));
        FloatVector epsilon = FloatVector.broadcast(SPECIES, (float) rule.epsilon());
        FloatVector rootFactor = FloatVector.broadcast(SPECIES, (float) rule.rootFactor(step));
        FloatVector zero = FloatVector.zero(SPECIES);
        for (int i = 0; i < n; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector g = FloatVector.fromMemorySegment(SPECIES, gs, gradientsAt + at, ORDER).mul(scale);
            g = g.blend(limit, g.compare(VectorOperators.GT, limit));
            g = g.blend(lowest, g.compare(VectorOperators.LT, lowest));
            FloatVector m = FloatVector.fromMemorySegment(SPECIES, ss, firstAt + at, ORDER);
            m = m.fma(beta1, g.mul(rest1));
            m = m.blend(zero, m.abs().compare(VectorOperators.LT, Float.MIN_NORMAL));
            m.intoMemorySegment(ss, firstAt + at, ORDER);
            FloatVector s = FloatVector.fromMemorySegment(SPECIES, ss, secondAt + at, ORDER);
            s = s.fma(beta2, g.mul(g).mul(rest2));
            s = s.blend(zero, s.compare(VectorOperators.LT, Float.MIN_NORMAL));
            s.intoMemorySegment(ss, secondAt + at, ORDER);
            FloatVector d = m.div(s.sqrt().fma(rootFactor, epsilon));
            FloatVector w = FloatVector.fromMemorySegment(SPECIES, ws, valuesAt + at, ORDER).mul(keep);
            d.fma(rate, w).intoMemorySegment(ws, valuesAt + at, ORDER);
            zero.intoMemorySegment(gs, gradientsAt + at, ORDER);
        }
    }
}
