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
import static dev.unroll.kernels.simd.math.VectorsF32.BYTES;
import static dev.unroll.kernels.simd.math.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;

import dev.unroll.kernels.simd.math.TailF32;
import dev.unroll.kernels.simd.math.VectorsF32;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** The two loops of the forward pass of a GRU over a row, written as {@link LstmForwardF32} is. */
final class GruForwardF32 {
    private GruForwardF32() {}

    /** {@code r, z = sigmoid}, {@code q = gates_n + bias}; the block n of the gates becomes {@code r q}. */
    static void gates(
            int hidden, MemorySegment p, long pAt, MemorySegment gates, long gatesAt, MemorySegment bias, long biasAt,
            MemorySegment q, long qAt) {
        long block = (long) hidden * Float.BYTES;
        int left = TailF32.count(hidden);
        int whole = hidden - left;
        gatesOfVectors(whole, block, p, pAt, gates, gatesAt, bias, biasAt, q, qAt);
        if (left > 0) {
            TailF32 tail = TailF32.ofThread();
            MemorySegment t = tail.memory;
            long at = (long) whole * Float.BYTES;
            for (int gate = 0; gate < 3; gate++) {
                tail.load(gate, left, p, pAt + gate * block + at);
                tail.load(3 + gate, left, gates, gatesAt + gate * block + at);
            }
            tail.load(6, left, bias, biasAt + at);
            gatesOfVectors(LENGTH, BYTES, t, 0, t, 3 * BYTES, t, 6 * BYTES, t, 7 * BYTES);
            for (int gate = 0; gate < 3; gate++) {
                tail.store(3 + gate, left, gates, gatesAt + gate * block + at);
            }
            tail.store(7, left, q, qAt + at);
        }
    }

    /** Gates lie {@code block} bytes apart. */
    private static void gatesOfVectors(
            int n, long block,
            MemorySegment p, long pAt, MemorySegment gates, long gatesAt, MemorySegment bias, long biasAt,
            MemorySegment q, long qAt) {
        MemorySegment ps = VectorsF32.offHeap(p);
        MemorySegment gs = VectorsF32.offHeap(gates);
        MemorySegment biases = VectorsF32.offHeap(bias);
        MemorySegment qs = VectorsF32.offHeap(q);
        final float sigmoidBias = TO_INTEGER + EXPONENT_BIAS - SIGMOID_SCALE;
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
            FloatVector reset = e.div(power.add(e));
            reset.intoMemorySegment(gs, gatesAt + at, ORDER);

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
            FloatVector update = e.div(power.add(e));
            update.intoMemorySegment(gs, gatesAt + block + at, ORDER);

            FloatVector inner = FloatVector.fromMemorySegment(SPECIES, gs, gatesAt + 2 * block + at, ORDER)
                    .add(FloatVector.fromMemorySegment(SPECIES, biases, biasAt + at, ORDER));
            inner.intoMemorySegment(qs, qAt + at, ORDER);
            reset.mul(inner).intoMemorySegment(gs, gatesAt + 2 * block + at, ORDER);
        }
    }

    /** {@code n = tanh(p_n + gates_n)}, {@code h' = n + z (h - n)}; also for the GRU that resets before the product. */
    static void state(
            int hidden, MemorySegment p, long pAt, MemorySegment gates, long gatesAt, MemorySegment h, long hAt,
            MemorySegment nextH, long nextHAt) {
        long block = (long) hidden * Float.BYTES;
        int left = TailF32.count(hidden);
        int whole = hidden - left;
        stateOfVectors(whole, block, p, pAt, gates, gatesAt, h, hAt, nextH, nextHAt);
        if (left > 0) {
            TailF32 tail = TailF32.ofThread();
            MemorySegment t = tail.memory;
            long at = (long) whole * Float.BYTES;
            tail.load(2, left, p, pAt + 2 * block + at);
            tail.load(4, left, gates, gatesAt + block + at);
            tail.load(5, left, gates, gatesAt + 2 * block + at);
            tail.load(6, left, h, hAt + at);
            stateOfVectors(LENGTH, BYTES, t, 0, t, 3 * BYTES, t, 6 * BYTES, t, 7 * BYTES);
            tail.store(5, left, gates, gatesAt + 2 * block + at);
            tail.store(7, left, nextH, nextHAt + at);
        }
    }

    private static void stateOfVectors(
            int n, long block,
            MemorySegment p, long pAt, MemorySegment gates, long gatesAt, MemorySegment h, long hAt,
            MemorySegment nextH, long nextHAt) {
        MemorySegment ps = VectorsF32.offHeap(p);
        MemorySegment gs = VectorsF32.offHeap(gates);
        MemorySegment hs = VectorsF32.offHeap(h);
        MemorySegment nextHs = VectorsF32.offHeap(nextH);
        final float tanhBias = TO_INTEGER + EXPONENT_BIAS - 1;
        for (int j = 0; j < n; j += LENGTH) {
            long at = (long) j * Float.BYTES;
            FloatVector v, biased, k, r, e, power;

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
            FloatVector candidate = e.reinterpretAsInts()
                    .lanewise(VectorOperators.OR, v.reinterpretAsInts().lanewise(VectorOperators.AND, SIGN_BIT))
                    .reinterpretAsFloats();
            candidate.intoMemorySegment(gs, gatesAt + 2 * block + at, ORDER);

            FloatVector update = FloatVector.fromMemorySegment(SPECIES, gs, gatesAt + block + at, ORDER);
            FloatVector old = FloatVector.fromMemorySegment(SPECIES, hs, hAt + at, ORDER);
            update.fma(old.sub(candidate), candidate).intoMemorySegment(nextHs, nextHAt + at, ORDER);
        }
    }
}
