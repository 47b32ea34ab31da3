package dev.unroll.kernels.simd;

import static dev.unroll.kernels.simd.AtanhTable.F32.FRACTION_MASK;
import static dev.unroll.kernels.simd.AtanhTable.F32.ONE_BITS;
import static dev.unroll.kernels.simd.AtanhTable.F32.Q0;
import static dev.unroll.kernels.simd.AtanhTable.F32.Q1;
import static dev.unroll.kernels.simd.AtanhTable.F32.Q2;
import static dev.unroll.kernels.simd.AtanhTable.F32.Q3;
import static dev.unroll.kernels.simd.AtanhTable.F32.Q4;
import static dev.unroll.kernels.simd.AtanhTable.F32.Q5;
import static dev.unroll.kernels.simd.AtanhTable.F32.Q6;
import static dev.unroll.kernels.simd.AtanhTable.F32.Q7;
import static dev.unroll.kernels.simd.AtanhTable.F32.Q8;
import static dev.unroll.kernels.simd.AtanhTable.F32.Q9;
import static dev.unroll.kernels.simd.AtanhTable.F32.ROOT_BITS;
import static dev.unroll.kernels.simd.AtanhTable.F32.TO_INTEGER_BITS;
import static dev.unroll.kernels.simd.ExpTable.F32.EXPONENT_BIAS;
import static dev.unroll.kernels.simd.ExpTable.F32.FRACTION_BITS;
import static dev.unroll.kernels.simd.ExpTable.F32.LN2_HIGH;
import static dev.unroll.kernels.simd.ExpTable.F32.LN2_LOW;
import static dev.unroll.kernels.simd.ExpTable.F32.TO_INTEGER;
import static dev.unroll.kernels.simd.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.VectorsF32.SPECIES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The natural logarithm of positive normal numbers, over whole vectors: that of {@code 2^k m}, with m between the roots of
 * 1/2 and of 2, is {@code k ln 2 + 2 atanh s} with {@code s = (m - 1) / (m + 1)}.
 */
final class PositiveLogF32 {
    private PositiveLogF32() {}

    /** {@code y = log x}; NaN gives NaN and infinity too, anything else that is no positive normal number any number. */
    static void log(int n, MemorySegment x, long xAt, MemorySegment y, long yAt) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment ys = VectorsF32.offHeap(y);
        final float bias = TO_INTEGER + EXPONENT_BIAS;
        for (int i = 0; i < n; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER);
            IntVector bits = v.reinterpretAsInts().add(ONE_BITS - ROOT_BITS);
            FloatVector k = bits.lanewise(VectorOperators.LSHR, FRACTION_BITS)
                    .add(TO_INTEGER_BITS)
                    .reinterpretAsFloats()
                    .sub(bias);
            FloatVector f = bits.lanewise(VectorOperators.AND, FRACTION_MASK)
                    .add(ROOT_BITS)
                    .reinterpretAsFloats()
                    .sub(1);
            FloatVector s = f.div(f.add(2));
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
            log = k.fma(FloatVector.broadcast(SPECIES, LN2_LOW), log);
            log = k.fma(FloatVector.broadcast(SPECIES, LN2_HIGH), log);
            log.add(v.sub(v)).intoMemorySegment(ys, yAt + at, ORDER); // NaN is passed on
        }
    }
}
