package dev.unroll.kernels.simd;

import static dev.unroll.kernels.simd.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.VectorsF32.SPECIES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The exponential, the logistic function and the hyperbolic tangent of the sum of two rows, over whole vectors:
 * {@code y = f(x + b)}, where the elements of b lie in a row too ({@code bStep == 1}) or are one vector for all of x
 * ({@code bStep == 0}). Rows may be the same.
 *
 * <p>All three write their argument as {@code n ln 2 + r} with {@code |r| <= ln(2) / 2}, n being found by adding a number
 * so large that the sum is rounded to an integer, whose bits then become those of {@code 2^n} by a shift; {@code e^r} is
 * {@code 1 + r + r^2 P(r)}, with a minimax polynomial P of degree 4 (error of {@code e^r - 1}: 0.25 x 2^-24, relative).
 * The functions are within 2 units in the last place of the exact ones.
 *
 * <p>They stand in the loops, not in methods of one vector: where the compiler does not inline such a method, which
 * depends on what it compiled before, every call allocates two vectors. They use nothing but operations that IEEE 754
 * defines to the last bit, so interpreted and compiled code agree, and all widths.
 */
final class ExpF32 {
    private static final float LOG2_E = 0x1.715476p0f;

    /** ln 2 in two parts, the first so short that its product with n is exact. */
    private static final float LN2_HIGH = 0x1.63p-1f;
    private static final float LN2_LOW = -0x1.bd0106p-13f;

    /** Above 2^23 floats are integers; what is added to this stands in the last bits of the sum. */
    private static final float TO_INTEGER = 0x1.8p23f;

    private static final int FRACTION_BITS = 23;
    private static final int EXPONENT_BIAS = 127;

    /** Coefficients of P, for r^2 to r^6. */
    private static final float P2 = 0x1.fffffep-2f;
    private static final float P3 = 0x1.5554aap-3f;
    private static final float P4 = 0x1.55579ep-5f;
    private static final float P5 = 0x1.122c58p-7f;
    private static final float P6 = 0x1.6aae80p-10f;

    /** Where e^x is zero, and where it is infinite, to the nearest float. */
    private static final float EXP_LOWEST = -104;
    private static final float EXP_HIGHEST = 89;

    private ExpF32() {}

    /** {@code y = e^(x + b)}; 2^n is multiplied in two factors, so that subnormal results are rounded once. */
    static void exp(int n, MemorySegment x, long xAt, MemorySegment b, long bAt, int bStep, MemorySegment y, long yAt) {
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
            FloatVector e = r.fma(P6, P5)
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

    /** Beyond this the logistic function is 1, to the nearest float. */
    private static final float SIGMOID_HIGHEST = 18;

    /** A power of two that keeps 2^-n finite down to the smallest result. */
    private static final int SIGMOID_SCALE = 24;

    /**
     * {@code y = 1 / (1 + e^-(x + b))} as {@code e^r / (2^-n + e^r)}, so that subnormal results are rounded once, by the
     * division. Both sides of it are multiplied by 1.5 2^-24, which costs nothing: the power of two against overflow,
     * and 1.5 because errors of e^r near 1 and of the sum near a power of two would add up to 2.4 units.
     */
    static void sigmoid(
            int n, MemorySegment x, long xAt, MemorySegment b, long bAt, int bStep, MemorySegment y, long yAt) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment bs = VectorsF32.offHeap(b);
        MemorySegment ys = VectorsF32.offHeap(y);
        final float bias = TO_INTEGER + EXPONENT_BIAS - SIGMOID_SCALE;
        final float scale = 1.5f / (1 << SIGMOID_SCALE);
        final int half = 1 << (FRACTION_BITS - 1);
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
            FloatVector e = r.fma(scale * P6, scale * P5)
                    .fma(r, FloatVector.broadcast(SPECIES, scale * P4))
                    .fma(r, FloatVector.broadcast(SPECIES, scale * P3))
                    .fma(r, FloatVector.broadcast(SPECIES, scale * P2))
                    .fma(r, FloatVector.broadcast(SPECIES, scale))
                    .fma(r, FloatVector.broadcast(SPECIES, scale));
            FloatVector power = biased.reinterpretAsInts()
                    .lanewise(VectorOperators.LSHL, FRACTION_BITS)
                    .lanewise(VectorOperators.OR, half)
                    .reinterpretAsFloats();
            e.div(power.add(e)).intoMemorySegment(ys, yAt + at, ORDER);
        }
    }

    /** Below this, as minus twice its argument, the hyperbolic tangent is -1, to the nearest float. */
    private static final float TANH_LOWEST = -20;

    /**
     * {@code y = tanh(x + b)} as {@code (1 - e^-2|v|) / (1 + e^-2|v|)}, both sides multiplied by 2^-n: with
     * {@code q = e^r - 1} that is {@code ((2^-n - 1) - q) / ((2^-n + 1) + q)}, which is exact enough next to 0 too.
     */
    static void tanh(int n, MemorySegment x, long xAt, MemorySegment b, long bAt, int bStep, MemorySegment y,
            long yAt) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment bs = VectorsF32.offHeap(b);
        MemorySegment ys = VectorsF32.offHeap(y);
        final float bias = TO_INTEGER + EXPONENT_BIAS;
        for (int i = 0; i < n; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER)
                    .add(FloatVector.fromMemorySegment(SPECIES, bs, bAt + at * bStep, ORDER));
            FloatVector z = v.abs().mul(-2);
            z = z.blend(TANH_LOWEST, z.compare(VectorOperators.LT, TANH_LOWEST));
            FloatVector biased = z.fma(-LOG2_E, bias);
            FloatVector k = biased.sub(bias);
            FloatVector r = k.fma(FloatVector.broadcast(SPECIES, LN2_HIGH), z);
            r = k.fma(FloatVector.broadcast(SPECIES, LN2_LOW), r);
            FloatVector p = r.fma(P6, P5)
                    .fma(r, FloatVector.broadcast(SPECIES, P4))
                    .fma(r, FloatVector.broadcast(SPECIES, P3))
                    .fma(r, FloatVector.broadcast(SPECIES, P2));
            FloatVector q = r.mul(r).fma(p, r);
            FloatVector power = biased.reinterpretAsInts()
                    .lanewise(VectorOperators.LSHL, FRACTION_BITS)
                    .reinterpretAsFloats();
            FloatVector size = power.sub(1).sub(q).div(power.add(1).add(q));
            IntVector sign = v.reinterpretAsInts().lanewise(VectorOperators.AND, Integer.MIN_VALUE);
            size.reinterpretAsInts().lanewise(VectorOperators.OR, sign).reinterpretAsFloats()
                    .intoMemorySegment(ys, yAt + at, ORDER);
        }
    }
}
