package dev.unroll.kernels.simd;

import static dev.unroll.kernels.simd.math.ExpTable.F32.EXPONENT_BIAS;
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

import dev.unroll.kernels.simd.math.ExpF32;
import dev.unroll.kernels.simd.math.VectorsF32;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The two loops of the forward pass of an LSTM over whole vectors of a row. The activations are those of {@link
 * dev.unroll.kernels.simd.math.ExpF32}, bit for bit, written out as straight-line code: that saves reading the gates
 * again, and the start of a loop for each of them. Each loop has two or three activations that do not depend on each
 * other: with all five in one loop, the dependency chain of a vector is so long that the processor does not see enough
 * of the next vector to fill the gaps (32 x 256 on Zen 4: 1.83 ns per element; in two loops 1.65, in six 1.9).
 */
final class LstmForwardF32 {
    private LstmForwardF32() {}

    /** {@code i, f = sigmoid}, {@code g = tanh}, {@code c' = f c + i g}; gates lie {@code block} bytes apart. */
    static void cell(
            int n, long block,
            MemorySegment p, long pAt, MemorySegment gates, long gatesAt, MemorySegment c, long cAt,
            MemorySegment nextC, long nextCAt) {
        MemorySegment ps = VectorsF32.offHeap(p);
        MemorySegment gs = VectorsF32.offHeap(gates);
        MemorySegment cs = VectorsF32.offHeap(c);
        MemorySegment nextCs = VectorsF32.offHeap(nextC);
        final float sigmoidBias = TO_INTEGER + EXPONENT_BIAS - SIGMOID_SCALE;
        final float tanhBias = TO_INTEGER + EXPONENT_BIAS - 1;
        for (int j = 0; j < n; j += LENGTH) {
            long at = (long) j * Float.BYTES;
            FloatVector v, biased, k, r, e, power;

            v = FloatVector.fromMemorySegment(SPECIES, ps, pAt + at, ORDER)
                    .add(FloatVector.fromMemorySegment(SPECIES, gs, gatesAt + at, ORDER));
            v = v.blend(EXP_LOWEST, v.compare(VectorOperators.LT, EXP_LOWEST));
            v = v.blend(SIGMOID_HIGHEST, v.compare(VectorOperators.GT, SIGMOID_HIGHEST));
            biased = v.fma(-LOG2_E, sigmoidBias);
            k = biased.sub(sigmoidBias);
            r = k.fma(FloatVector.broadcast(SPECIES, LN2_HIGH), v);
            r = k.fma(FloatVector.broadcast(SPECIES, LN2_LOW), r);
            e = FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P6);
            if (Float.BYTES == 8) {
                e = r.fma(SIGMOID_FACTOR * P11, SIGMOID_FACTOR * P10)
                        .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P9))
                        .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P8))
                        .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P7))
                        .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P6));
            }
            e = e.fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P5))
                    .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P4))
                    .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P3))
                    .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P2))
                    .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR))
                    .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR));
            power = biased.reinterpretAsInts()
                    .lanewise(VectorOperators.LSHL, FRACTION_BITS)
                    .lanewise(VectorOperators.OR, HALF_BITS)
                    .reinterpretAsFloats();
            FloatVector i = e.div(power.add(e));
            i.intoMemorySegment(gs, gatesAt + at, ORDER);

            v = FloatVector.fromMemorySegment(SPECIES, ps, pAt + block + at, ORDER)
                    .add(FloatVector.fromMemorySegment(SPECIES, gs, gatesAt + block + at, ORDER));
            v = v.blend(EXP_LOWEST, v.compare(VectorOperators.LT, EXP_LOWEST));
            v = v.blend(SIGMOID_HIGHEST, v.compare(VectorOperators.GT, SIGMOID_HIGHEST));
            biased = v.fma(-LOG2_E, sigmoidBias);
            k = biased.sub(sigmoidBias);
            r = k.fma(FloatVector.broadcast(SPECIES, LN2_HIGH), v);
            r = k.fma(FloatVector.broadcast(SPECIES, LN2_LOW), r);
            e = FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P6);
            if (Float.BYTES == 8) {
                e = r.fma(SIGMOID_FACTOR * P11, SIGMOID_FACTOR * P10)
                        .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P9))
                        .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P8))
                        .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P7))
                        .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P6));
            }
            e = e.fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P5))
                    .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P4))
                    .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P3))
                    .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P2))
                    .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR))
                    .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR));
            power = biased.reinterpretAsInts()
                    .lanewise(VectorOperators.LSHL, FRACTION_BITS)
                    .lanewise(VectorOperators.OR, HALF_BITS)
                    .reinterpretAsFloats();
            FloatVector f = e.div(power.add(e));
            f.intoMemorySegment(gs, gatesAt + block + at, ORDER);

            v = FloatVector.fromMemorySegment(SPECIES, ps, pAt + 2 * block + at, ORDER)
                    .add(FloatVector.fromMemorySegment(SPECIES, gs, gatesAt + 2 * block + at, ORDER));
            FloatVector size = v.abs();
            size = size.blend(TANH_HIGHEST, size.compare(VectorOperators.GT, TANH_HIGHEST));
            biased = size.fma(2 * LOG2_E, tanhBias);
            k = biased.sub(tanhBias);
            r = k.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH / 2), size);
            r = k.fma(FloatVector.broadcast(SPECIES, -LN2_LOW / 2), r);
            FloatVector square = r.mul(r.blend(0f, r.abs().compare(VectorOperators.LT, TANH_LINEAR)));
            e = FloatVector.broadcast(SPECIES, -32 * P6);
            if (Float.BYTES == 8) {
                e = square.fma(r.fma(1024 * P11, -512 * P10), r.fma(256 * P9, -128 * P8))
                        .fma(square, r.fma(64 * P7, -32 * P6));
            }
            e = e.fma(square, r.fma(16 * P5, -8 * P4)).fma(square, r.fma(4 * P3, -2 * P2)).fma(square, r);
            power = biased.reinterpretAsInts().lanewise(VectorOperators.LSHL, FRACTION_BITS).reinterpretAsFloats();
            e = power.sub(0.5f).add(e).div(power.add(0.5f).sub(e));
            FloatVector g = e.reinterpretAsInts()
                    .lanewise(VectorOperators.OR, v.reinterpretAsInts().lanewise(VectorOperators.AND, SIGN_BIT))
                    .reinterpretAsFloats();
            g.intoMemorySegment(gs, gatesAt + 2 * block + at, ORDER);

            FloatVector old = FloatVector.fromMemorySegment(SPECIES, cs, cAt + at, ORDER);
            f.fma(old, i.mul(g)).intoMemorySegment(nextCs, nextCAt + at, ORDER);
        }
    }

    /** {@code o = sigmoid}, {@code tanhC = tanh c'}, {@code h' = o tanhC}. */
    static void output(
            int n, long block,
            MemorySegment p, long pAt, MemorySegment gates, long gatesAt, MemorySegment nextC, long nextCAt,
            MemorySegment tanhC, long tanhCAt, MemorySegment nextH, long nextHAt) {
        MemorySegment ps = VectorsF32.offHeap(p);
        MemorySegment gs = VectorsF32.offHeap(gates);
        MemorySegment nextCs = VectorsF32.offHeap(nextC);
        MemorySegment tanhCs = VectorsF32.offHeap(tanhC);
        MemorySegment nextHs = VectorsF32.offHeap(nextH);
        final float sigmoidBias = TO_INTEGER + EXPONENT_BIAS - SIGMOID_SCALE;
        final float tanhBias = TO_INTEGER + EXPONENT_BIAS - 1;
        for (int j = 0; j < n; j += LENGTH) {
            long at = (long) j * Float.BYTES;
            FloatVector v, biased, k, r, e, power;

            v = FloatVector.fromMemorySegment(SPECIES, ps, pAt + 3 * block + at, ORDER)
                    .add(FloatVector.fromMemorySegment(SPECIES, gs, gatesAt + 3 * block + at, ORDER));
            v = v.blend(EXP_LOWEST, v.compare(VectorOperators.LT, EXP_LOWEST));
            v = v.blend(SIGMOID_HIGHEST, v.compare(VectorOperators.GT, SIGMOID_HIGHEST));
            biased = v.fma(-LOG2_E, sigmoidBias);
            k = biased.sub(sigmoidBias);
            r = k.fma(FloatVector.broadcast(SPECIES, LN2_HIGH), v);
            r = k.fma(FloatVector.broadcast(SPECIES, LN2_LOW), r);
            e = FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P6);
            if (Float.BYTES == 8) {
                e = r.fma(SIGMOID_FACTOR * P11, SIGMOID_FACTOR * P10)
                        .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P9))
                        .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P8))
                        .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P7))
                        .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P6));
            }
            e = e.fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P5))
                    .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P4))
                    .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P3))
                    .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR * P2))
                    .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR))
                    .fma(r, FloatVector.broadcast(SPECIES, SIGMOID_FACTOR));
            power = biased.reinterpretAsInts()
                    .lanewise(VectorOperators.LSHL, FRACTION_BITS)
                    .lanewise(VectorOperators.OR, HALF_BITS)
                    .reinterpretAsFloats();
            FloatVector o = e.div(power.add(e));
            o.intoMemorySegment(gs, gatesAt + 3 * block + at, ORDER);

            v = FloatVector.fromMemorySegment(SPECIES, nextCs, nextCAt + at, ORDER);
            FloatVector size = v.abs();
            size = size.blend(TANH_HIGHEST, size.compare(VectorOperators.GT, TANH_HIGHEST));
            biased = size.fma(2 * LOG2_E, tanhBias);
            k = biased.sub(tanhBias);
            r = k.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH / 2), size);
            r = k.fma(FloatVector.broadcast(SPECIES, -LN2_LOW / 2), r);
            FloatVector square = r.mul(r.blend(0f, r.abs().compare(VectorOperators.LT, TANH_LINEAR)));
            e = FloatVector.broadcast(SPECIES, -32 * P6);
            if (Float.BYTES == 8) {
                e = square.fma(r.fma(1024 * P11, -512 * P10), r.fma(256 * P9, -128 * P8))
                        .fma(square, r.fma(64 * P7, -32 * P6));
            }
            e = e.fma(square, r.fma(16 * P5, -8 * P4)).fma(square, r.fma(4 * P3, -2 * P2)).fma(square, r);
            power = biased.reinterpretAsInts().lanewise(VectorOperators.LSHL, FRACTION_BITS).reinterpretAsFloats();
            e = power.sub(0.5f).add(e).div(power.add(0.5f).sub(e));
            FloatVector t = e.reinterpretAsInts()
                    .lanewise(VectorOperators.OR, v.reinterpretAsInts().lanewise(VectorOperators.AND, SIGN_BIT))
                    .reinterpretAsFloats();
            t.intoMemorySegment(tanhCs, tanhCAt + at, ORDER);
            o.mul(t).intoMemorySegment(nextHs, nextHAt + at, ORDER);
        }
    }
}
