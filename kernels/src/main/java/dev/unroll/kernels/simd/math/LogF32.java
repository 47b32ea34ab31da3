package dev.unroll.kernels.simd.math;

import static dev.unroll.kernels.simd.math.ExpTable.F32.EXPONENT_BIAS;
import static dev.unroll.kernels.simd.math.ExpTable.F32.EXP_HIGHEST;
import static dev.unroll.kernels.simd.math.ExpTable.F32.EXP_LOWEST;
import static dev.unroll.kernels.simd.math.ExpTable.F32.FRACTION_BITS;
import static dev.unroll.kernels.simd.math.ExpTable.F32.LN2_HIGH;
import static dev.unroll.kernels.simd.math.ExpTable.F32.LN2_LOW;
import static dev.unroll.kernels.simd.math.ExpTable.F32.LOG2_E;
import static dev.unroll.kernels.simd.math.ExpTable.F32.P10;
import static dev.unroll.kernels.simd.math.ExpTable.F32.P11;
import static dev.unroll.kernels.simd.math.ExpTable.F32.P2;
import static dev.unroll.kernels.simd.math.ExpTable.F32.P3;
import static dev.unroll.kernels.simd.math.ExpTable.F32.P4;
import static dev.unroll.kernels.simd.math.ExpTable.F32.P5;
import static dev.unroll.kernels.simd.math.ExpTable.F32.P6;
import static dev.unroll.kernels.simd.math.ExpTable.F32.P7;
import static dev.unroll.kernels.simd.math.ExpTable.F32.P8;
import static dev.unroll.kernels.simd.math.ExpTable.F32.P9;
import static dev.unroll.kernels.simd.math.ExpTable.F32.TANH_HIGHEST;
import static dev.unroll.kernels.simd.math.ExpTable.F32.TO_INTEGER;
import static dev.unroll.kernels.simd.math.LogTable.F32.FRACTION_MASK;
import static dev.unroll.kernels.simd.math.LogTable.F32.L1;
import static dev.unroll.kernels.simd.math.LogTable.F32.L2;
import static dev.unroll.kernels.simd.math.LogTable.F32.L3;
import static dev.unroll.kernels.simd.math.LogTable.F32.L4;
import static dev.unroll.kernels.simd.math.LogTable.F32.L5;
import static dev.unroll.kernels.simd.math.LogTable.F32.L6;
import static dev.unroll.kernels.simd.math.LogTable.F32.L7;
import static dev.unroll.kernels.simd.math.LogTable.F32.LARGE;
import static dev.unroll.kernels.simd.math.LogTable.F32.ONE_BITS;
import static dev.unroll.kernels.simd.math.LogTable.F32.ROOT_BITS;
import static dev.unroll.kernels.simd.math.LogTable.F32.SCALE;
import static dev.unroll.kernels.simd.math.LogTable.F32.SCALE_FACTOR;
import static dev.unroll.kernels.simd.math.LogTable.F32.TO_INTEGER_BITS;
import static dev.unroll.kernels.simd.math.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The natural logarithm and softplus of the sum of two rows, over whole vectors as in {@link ExpF32}, and their
 * derivatives from their values, {@code dx = old + dy f'(x)}, where old is a row ({@code step == 1}) or one vector for
 * all of x ({@code step == 0}).
 *
 * <p>The argument of a logarithm is {@code 2^k (1 + f)} with {@code 1 + f} between the roots of 1/2 and of 2. With
 * {@code s = f / (2 + f)}, {@code log(1 + f) = 2 atanh s = f - (f^2 / 2 - s (f^2 / 2 + s^2 R(s^2)))}, which keeps full
 * precision near 0 (the form of Ng in the libm of FreeBSD). The results are within 2 units in the last place of the
 * exact ones.
 */
public final class LogF32 {
    private LogF32() {}

    /** {@code y = log(x + b)}: -infinity at zeros, NaN below. */
    public static void log(
            int n, MemorySegment x, long xAt, MemorySegment b, long bAt, int bStep, MemorySegment y, long yAt) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment bs = VectorsF32.offHeap(b);
        MemorySegment ys = VectorsF32.offHeap(y);
        final float bias = TO_INTEGER + EXPONENT_BIAS;
        for (int i = 0; i < n; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER)
                    .add(FloatVector.fromMemorySegment(SPECIES, bs, bAt + at * bStep, ORDER));
            VectorMask<Float> small = v.compare(VectorOperators.LT, Float.MIN_NORMAL);
            IntVector bits = v.blend(v.mul(SCALE_FACTOR), small).reinterpretAsInts().add(ONE_BITS - ROOT_BITS);
            FloatVector k =
                    bits.lanewise(VectorOperators.LSHR, FRACTION_BITS).add(TO_INTEGER_BITS).reinterpretAsFloats()
                            .sub(FloatVector.broadcast(SPECIES, bias).blend(bias + SCALE, small));
            FloatVector f =
                    bits.lanewise(VectorOperators.AND, FRACTION_MASK).add(ROOT_BITS).reinterpretAsFloats().sub(1);
            FloatVector s = f.div(f.add(2));
            FloatVector z = s.mul(s);
            FloatVector p = FloatVector.broadcast(SPECIES, L3);
            if (Float.BYTES == 8) { // doubles have more terms
                p = z.fma(L7, L6)
                        .fma(z, FloatVector.broadcast(SPECIES, L5))
                        .fma(z, FloatVector.broadcast(SPECIES, L4))
                        .fma(z, FloatVector.broadcast(SPECIES, L3));
            }
            p = p.fma(z, FloatVector.broadcast(SPECIES, L2)).fma(z, FloatVector.broadcast(SPECIES, L1)).mul(z);
            FloatVector half = f.mul(f).mul(0.5f);
            FloatVector low = s.mul(half.add(p));
            low = k.fma(FloatVector.broadcast(SPECIES, LN2_LOW), low);
            FloatVector log = k.fma(FloatVector.broadcast(SPECIES, LN2_HIGH), f.sub(half.sub(low)));
            v.blend(log, v.compare(VectorOperators.LE, Float.MAX_VALUE)) // otherwise it is infinite or NaN
                    .blend(Float.NEGATIVE_INFINITY, v.compare(VectorOperators.EQ, 0))
                    .blend(Float.NaN, v.compare(VectorOperators.LT, 0))
                    .intoMemorySegment(ys, yAt + at, ORDER);
        }
    }

    /** {@code dx = old + dy / x}, x being {@code e^y}. */
    static void logDerivative(
            int n, MemorySegment y, long yAt, MemorySegment dy, long dyAt,
            MemorySegment old, long oldAt, int step, MemorySegment dx, long dxAt) {
        MemorySegment ys = VectorsF32.offHeap(y);
        MemorySegment dys = VectorsF32.offHeap(dy);
        MemorySegment olds = VectorsF32.offHeap(old);
        MemorySegment dxs = VectorsF32.offHeap(dx);
        final float bias = TO_INTEGER + 2 * EXPONENT_BIAS;
        for (int i = 0; i < n; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, ys, yAt + at, ORDER).neg();
            FloatVector gradient = FloatVector.fromMemorySegment(SPECIES, dys, dyAt + at, ORDER);
            FloatVector sum = FloatVector.fromMemorySegment(SPECIES, olds, oldAt + at * step, ORDER);
            v = v.blend(EXP_LOWEST, v.compare(VectorOperators.LT, EXP_LOWEST));
            v = v.blend(EXP_HIGHEST, v.compare(VectorOperators.GT, EXP_HIGHEST));
            FloatVector biased = v.fma(LOG2_E, bias);
            FloatVector k = biased.sub(bias);
            FloatVector r = k.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH), v);
            r = k.fma(FloatVector.broadcast(SPECIES, -LN2_LOW), r);
            FloatVector e = FloatVector.broadcast(SPECIES, P6);
            if (Float.BYTES == 8) {
                e = r.fma(P11, P10)
                        .fma(r, FloatVector.broadcast(SPECIES, P9))
                        .fma(r, FloatVector.broadcast(SPECIES, P8))
                        .fma(r, FloatVector.broadcast(SPECIES, P7))
                        .fma(r, FloatVector.broadcast(SPECIES, P6));
            }
            e = e.fma(r, FloatVector.broadcast(SPECIES, P5))
                    .fma(r, FloatVector.broadcast(SPECIES, P4))
                    .fma(r, FloatVector.broadcast(SPECIES, P3))
                    .fma(r, FloatVector.broadcast(SPECIES, P2))
                    .fma(r, FloatVector.broadcast(SPECIES, 1))
                    .fma(r, FloatVector.broadcast(SPECIES, 1));
            IntVector exponents = biased.reinterpretAsInts();
            IntVector halfExponents = exponents.lanewise(VectorOperators.LSHR, 1);
            FloatVector power = halfExponents.lanewise(VectorOperators.LSHL, FRACTION_BITS).reinterpretAsFloats();
            FloatVector otherPower = exponents.sub(halfExponents)
                    .lanewise(VectorOperators.LSHL, FRACTION_BITS).reinterpretAsFloats();
            e.mul(power).mul(otherPower).fma(gradient, sum).intoMemorySegment(dxs, dxAt + at, ORDER);
        }
    }

    /** {@code y = log(1 + e^(x + b))} as {@code max(x + b, 0) + log(1 + t)}, {@code t = e^-|x + b|}. */
    static void softplus(
            int n, MemorySegment x, long xAt, MemorySegment b, long bAt, int bStep, MemorySegment y, long yAt) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment bs = VectorsF32.offHeap(b);
        MemorySegment ys = VectorsF32.offHeap(y);
        final float bias = TO_INTEGER + 2 * EXPONENT_BIAS;
        for (int i = 0; i < n; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector sum = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER)
                    .add(FloatVector.fromMemorySegment(SPECIES, bs, bAt + at * bStep, ORDER));
            FloatVector v = sum.abs().neg();
            v = v.blend(EXP_LOWEST, v.compare(VectorOperators.LT, EXP_LOWEST));
            FloatVector biased = v.fma(LOG2_E, bias);
            FloatVector k = biased.sub(bias);
            FloatVector r = k.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH), v);
            r = k.fma(FloatVector.broadcast(SPECIES, -LN2_LOW), r);
            FloatVector e = FloatVector.broadcast(SPECIES, P6);
            if (Float.BYTES == 8) {
                e = r.fma(P11, P10)
                        .fma(r, FloatVector.broadcast(SPECIES, P9))
                        .fma(r, FloatVector.broadcast(SPECIES, P8))
                        .fma(r, FloatVector.broadcast(SPECIES, P7))
                        .fma(r, FloatVector.broadcast(SPECIES, P6));
            }
            e = e.fma(r, FloatVector.broadcast(SPECIES, P5))
                    .fma(r, FloatVector.broadcast(SPECIES, P4))
                    .fma(r, FloatVector.broadcast(SPECIES, P3))
                    .fma(r, FloatVector.broadcast(SPECIES, P2))
                    .fma(r, FloatVector.broadcast(SPECIES, 1))
                    .fma(r, FloatVector.broadcast(SPECIES, 1));
            IntVector exponents = biased.reinterpretAsInts();
            IntVector halfExponents = exponents.lanewise(VectorOperators.LSHR, 1);
            FloatVector power = halfExponents.lanewise(VectorOperators.LSHL, FRACTION_BITS).reinterpretAsFloats();
            FloatVector otherPower = exponents.sub(halfExponents)
                    .lanewise(VectorOperators.LSHL, FRACTION_BITS).reinterpretAsFloats();
            FloatVector t = e.mul(power).mul(otherPower);

            VectorMask<Float> large = t.compare(VectorOperators.GT, LARGE);
            FloatVector f = t.blend(t.sub(1).mul(0.5f), large);
            FloatVector s = f.div(f.add(2));
            FloatVector z = s.mul(s);
            FloatVector p = FloatVector.broadcast(SPECIES, L3);
            if (Float.BYTES == 8) { // doubles have more terms
                p = z.fma(L7, L6)
                        .fma(z, FloatVector.broadcast(SPECIES, L5))
                        .fma(z, FloatVector.broadcast(SPECIES, L4))
                        .fma(z, FloatVector.broadcast(SPECIES, L3));
            }
            p = p.fma(z, FloatVector.broadcast(SPECIES, L2)).fma(z, FloatVector.broadcast(SPECIES, L1)).mul(z);
            FloatVector half = f.mul(f).mul(0.5f);
            FloatVector low = s.fma(half.add(p), FloatVector.zero(SPECIES).blend(LN2_LOW, large));
            FloatVector log = f.sub(half.sub(low)).add(FloatVector.zero(SPECIES).blend(LN2_HIGH, large));
            sum.blend(0, sum.compare(VectorOperators.LT, 0)).add(log).intoMemorySegment(ys, yAt + at, ORDER);
        }
    }

    /** {@code dx = old + dy (1 - e^-y)}, as {@code (1 - 2^n) - 2^n (e^r - 1)}, which is exact enough next to 0 too. */
    static void softplusDerivative(
            int n, MemorySegment y, long yAt, MemorySegment dy, long dyAt,
            MemorySegment old, long oldAt, int step, MemorySegment dx, long dxAt) {
        MemorySegment ys = VectorsF32.offHeap(y);
        MemorySegment dys = VectorsF32.offHeap(dy);
        MemorySegment olds = VectorsF32.offHeap(old);
        MemorySegment dxs = VectorsF32.offHeap(dx);
        final float bias = TO_INTEGER + EXPONENT_BIAS;
        FloatVector one = FloatVector.broadcast(SPECIES, 1);
        for (int i = 0; i < n; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, ys, yAt + at, ORDER).neg();
            FloatVector gradient = FloatVector.fromMemorySegment(SPECIES, dys, dyAt + at, ORDER);
            FloatVector sum = FloatVector.fromMemorySegment(SPECIES, olds, oldAt + at * step, ORDER);
            v = v.blend(-2 * TANH_HIGHEST, v.compare(VectorOperators.LT, -2 * TANH_HIGHEST));
            FloatVector biased = v.fma(LOG2_E, bias);
            FloatVector k = biased.sub(bias);
            FloatVector r = k.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH), v);
            r = k.fma(FloatVector.broadcast(SPECIES, -LN2_LOW), r);
            FloatVector p = FloatVector.broadcast(SPECIES, P6);
            if (Float.BYTES == 8) {
                p = r.fma(P11, P10)
                        .fma(r, FloatVector.broadcast(SPECIES, P9))
                        .fma(r, FloatVector.broadcast(SPECIES, P8))
                        .fma(r, FloatVector.broadcast(SPECIES, P7))
                        .fma(r, FloatVector.broadcast(SPECIES, P6));
            }
            p = p.fma(r, FloatVector.broadcast(SPECIES, P5))
                    .fma(r, FloatVector.broadcast(SPECIES, P4))
                    .fma(r, FloatVector.broadcast(SPECIES, P3))
                    .fma(r, FloatVector.broadcast(SPECIES, P2));
            FloatVector q = r.mul(r).fma(p, r);
            FloatVector power = biased.reinterpretAsInts()
                    .lanewise(VectorOperators.LSHL, FRACTION_BITS)
                    .reinterpretAsFloats();
            power.neg().fma(q, one.sub(power)).fma(gradient, sum).intoMemorySegment(dxs, dxAt + at, ORDER);
        }
    }
}
