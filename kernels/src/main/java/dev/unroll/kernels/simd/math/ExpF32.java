package dev.unroll.kernels.simd.math;

import static dev.unroll.kernels.simd.math.ExpTable.F32.EXPONENT_BIAS;
import static dev.unroll.kernels.simd.math.ExpTable.F32.EXP_HIGHEST;
import static dev.unroll.kernels.simd.math.ExpTable.F32.EXP_LOWEST;
import static dev.unroll.kernels.simd.math.ExpTable.F32.FRACTION_BITS;
import static dev.unroll.kernels.simd.math.ExpTable.F32.HALF_BITS;
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
import static dev.unroll.kernels.simd.math.ExpTable.F32.SIGMOID_FACTOR;
import static dev.unroll.kernels.simd.math.ExpTable.F32.SIGMOID_HIGHEST;
import static dev.unroll.kernels.simd.math.ExpTable.F32.SIGMOID_SCALE;
import static dev.unroll.kernels.simd.math.ExpTable.F32.SIGN_BIT;
import static dev.unroll.kernels.simd.math.ExpTable.F32.TANH_HIGHEST;
import static dev.unroll.kernels.simd.math.ExpTable.F32.TANH_LINEAR;
import static dev.unroll.kernels.simd.math.ExpTable.F32.TO_INTEGER;
import static dev.unroll.kernels.simd.math.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The exponential, the logistic function and the hyperbolic tangent of the sum of two rows, over whole vectors: {@code
 * y = f(x + b)}, where b is a row too ({@code bStep == 1}) or one vector for all of x ({@code bStep == 0}). Rows may be
 * the same.
 *
 * <p>All three reduce their argument to {@code n ln 2 + r} with {@code |r| <= ln(2) / 2}. Adding a number so large that
 * the sum is rounded to an integer gives n, whose bits a shift turns into those of {@code 2^n}; {@code e^r} is {@code 1
 * + r + r^2 P(r)}, with a minimax polynomial P of degree 4, for doubles 9 ({@link ExpTable}). The results are within 2
 * units in the last place of the exact ones.
 *
 * <p>The formulas are written out in the loops, not in methods of one vector: if the compiler does not inline such a
 * method, which depends on what it compiled before, every call allocates two vectors. Only operations that IEEE 754
 * defines to the last bit are used, so interpreted and compiled code agree at every width.
 */
public final class ExpF32 {
    private ExpF32() {}

    /** {@code y = e^(x + b)}; 2^n is multiplied in two factors, so that subnormal results are rounded once. */
    public static void exp(int n, MemorySegment x, long xAt, MemorySegment b, long bAt, int bStep, MemorySegment y,
            long yAt) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment bs = VectorsF32.offHeap(b);
        MemorySegment ys = VectorsF32.offHeap(y);
        final float bias = TO_INTEGER + 2 * EXPONENT_BIAS;
        for (int i = 0; i < n; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER)
                    .add(FloatVector.fromMemorySegment(SPECIES, bs, bAt + at * bStep, ORDER));
            v = v.blend(EXP_LOWEST, v.compare(VectorOperators.LT, EXP_LOWEST));
            v = v.blend(EXP_HIGHEST, v.compare(VectorOperators.GT, EXP_HIGHEST));
            FloatVector biased = v.fma(LOG2_E, bias);
            FloatVector k = biased.sub(bias);
            FloatVector r = k.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH), v);
            r = k.fma(FloatVector.broadcast(SPECIES, -LN2_LOW), r);
            FloatVector p = FloatVector.broadcast(SPECIES, P6);
            if (Float.BYTES == 8) { // doubles have more terms
                p = r.fma(P11, P10)
                        .fma(r, FloatVector.broadcast(SPECIES, P9))
                        .fma(r, FloatVector.broadcast(SPECIES, P8))
                        .fma(r, FloatVector.broadcast(SPECIES, P7))
                        .fma(r, FloatVector.broadcast(SPECIES, P6));
            }
            FloatVector e = p.fma(r, FloatVector.broadcast(SPECIES, P5))
                    .fma(r, FloatVector.broadcast(SPECIES, P4))
                    .fma(r, FloatVector.broadcast(SPECIES, P3))
                    .fma(r, FloatVector.broadcast(SPECIES, P2))
                    .fma(r, FloatVector.broadcast(SPECIES, 1))
                    .fma(r, FloatVector.broadcast(SPECIES, 1));
            IntVector exponents = biased.reinterpretAsInts();
            IntVector half = exponents.lanewise(VectorOperators.LSHR, 1);
            FloatVector power = half.lanewise(VectorOperators.LSHL, FRACTION_BITS).reinterpretAsFloats();
            FloatVector otherPower =
                    exponents.sub(half).lanewise(VectorOperators.LSHL, FRACTION_BITS).reinterpretAsFloats();
            e.mul(power).mul(otherPower).intoMemorySegment(ys, yAt + at, ORDER);
        }
    }

    /**
     * {@code y = 1 / (1 + e^-(x + b))} as {@code e^r / (2^-n + e^r)}, so that subnormal results are rounded once, by
     * the division. Both sides of it are multiplied by 1.5 2^-24 (for doubles 2^-53), at no cost: the power of two
     * against overflow, and 1.5 because errors of e^r near 1 and of the sum near a power of two would add up to 2.4
     * units.
     */
    static void sigmoid(
            int n, MemorySegment x, long xAt, MemorySegment b, long bAt, int bStep, MemorySegment y, long yAt) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment bs = VectorsF32.offHeap(b);
        MemorySegment ys = VectorsF32.offHeap(y);
        final float bias = TO_INTEGER + EXPONENT_BIAS - SIGMOID_SCALE;
        for (int i = 0; i < n; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER)
                    .add(FloatVector.fromMemorySegment(SPECIES, bs, bAt + at * bStep, ORDER));
            v = v.blend(EXP_LOWEST, v.compare(VectorOperators.LT, EXP_LOWEST));
            v = v.blend(SIGMOID_HIGHEST, v.compare(VectorOperators.GT, SIGMOID_HIGHEST));
            FloatVector biased = v.fma(-LOG2_E, bias);
            FloatVector k = biased.sub(bias);
            FloatVector r = k.fma(FloatVector.broadcast(SPECIES, LN2_HIGH), v);
            r = k.fma(FloatVector.broadcast(SPECIES, LN2_LOW), r);
            FloatVector p = FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P6);
            if (Float.BYTES == 8) { // doubles have more terms
                p = r.fma(SIGMOID_FACTOR * P11, SIGMOID_FACTOR * P10)
                        .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P9))
                        .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P8))
                        .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P7))
                        .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P6));
            }
            FloatVector e = p.fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P5))
                    .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P4))
                    .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P3))
                    .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P2))
                    .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR))
                    .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR));
            FloatVector power = biased.reinterpretAsInts()
                    .lanewise(VectorOperators.LSHL, FRACTION_BITS)
                    .lanewise(VectorOperators.OR, HALF_BITS)
                    .reinterpretAsFloats();
            e.div(power.add(e)).intoMemorySegment(ys, yAt + at, ORDER);
        }
    }

    /**
     * {@code y = tanh(x + b)} as {@code (1 - e^-2|v|) / (1 + e^-2|v|)}, both sides multiplied by {@code 2^n / 2}: with
     * {@code q = (1 - e^-2r) / 2} that is {@code ((2^n - 1) / 2 + q) / ((2^n + 1) / 2 - q)}, which is exact enough next
     * to 0 too. Here r is half of what it is above, and so q is {@code r + r^2} times a polynomial with coefficients of
     * P multiplied by powers of -2; summed by halves, which are sooner done than a chain.
     */
    static void tanh(int n, MemorySegment x, long xAt, MemorySegment b, long bAt, int bStep, MemorySegment y,
            long yAt) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment bs = VectorsF32.offHeap(b);
        MemorySegment ys = VectorsF32.offHeap(y);
        final float bias = TO_INTEGER + EXPONENT_BIAS - 1;
        for (int i = 0; i < n; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER)
                    .add(FloatVector.fromMemorySegment(SPECIES, bs, bAt + at * bStep, ORDER));
            FloatVector size = v.abs();
            size = size.blend(TANH_HIGHEST, size.compare(VectorOperators.GT, TANH_HIGHEST));
            FloatVector biased = size.fma(2 * LOG2_E, bias);
            FloatVector k = biased.sub(bias);
            FloatVector r = k.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH / 2), size);
            r = k.fma(FloatVector.broadcast(SPECIES, -LN2_LOW / 2), r);
            FloatVector square = r.mul(r.blend(0f, r.abs().compare(VectorOperators.LT, TANH_LINEAR)));
            FloatVector p = FloatVector.broadcast(SPECIES, -32 * P6);
            if (Float.BYTES == 8) { // doubles have more terms
                p = square.fma(r.fma(1024 * P11, -512 * P10), r.fma(256 * P9, -128 * P8))
                        .fma(square, r.fma(64 * P7, -32 * P6));
            }
            FloatVector high = r.fma(16 * P5, -8 * P4);
            p = p.fma(square, high);
            p = p.fma(square, r.fma(4 * P3, -2 * P2));
            FloatVector q = p.fma(square, r);
            FloatVector power = biased.reinterpretAsInts()
                    .lanewise(VectorOperators.LSHL, FRACTION_BITS)
                    .reinterpretAsFloats();
            FloatVector result = power.sub(0.5f).add(q).div(power.add(0.5f).sub(q));
            IntVector sign = v.reinterpretAsInts().lanewise(VectorOperators.AND, SIGN_BIT);
            result.reinterpretAsInts().lanewise(VectorOperators.OR, sign).reinterpretAsFloats()
                    .intoMemorySegment(ys, yAt + at, ORDER);
        }
    }
}
