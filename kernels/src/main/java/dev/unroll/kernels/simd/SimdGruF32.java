package dev.unroll.kernels.simd;

import static dev.unroll.kernels.simd.math.VectorsF32.BYTES;
import static dev.unroll.kernels.simd.math.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;
import static dev.unroll.kernels.simd.math.VectorsF32.TINY;

import dev.unroll.kernels.provider.GruKernel;
import dev.unroll.kernels.simd.math.TailF32;
import dev.unroll.kernels.simd.math.VectorsF32;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** The pass of a GRU step, row by row. */
final class SimdGruF32 implements GruKernel {
    @Override
    public void forward(
            int rows, int hidden,
            MemorySegment p, long pOffset, long ldp,
            MemorySegment gates, long gatesOffset, long ldGates,
            MemorySegment bias, long biasOffset,
            MemorySegment h, long hOffset, long ldh,
            MemorySegment q, long qOffset, long ldq,
            MemorySegment nextH, long nextHOffset, long ldNextH) {
        for (int row = 0; row < rows; row++) {
            long pAt = pOffset + row * ldp * Float.BYTES;
            long gatesAt = gatesOffset + row * ldGates * Float.BYTES;
            GruForwardF32.gates(
                    hidden, p, pAt, gates, gatesAt, bias, biasOffset, q, qOffset + row * ldq * Float.BYTES);
            GruForwardF32.state(
                    hidden, p, pAt, gates, gatesAt, h, hOffset + row * ldh * Float.BYTES,
                    nextH, nextHOffset + row * ldNextH * Float.BYTES);
        }
    }

    @Override
    public void backward(
            int rows, int hidden,
            MemorySegment gates, long gatesOffset, long ldGates,
            MemorySegment h, long hOffset, long ldh,
            MemorySegment q, long qOffset, long ldq,
            MemorySegment dNextH, long dNextHOffset, long ldDNextH,
            MemorySegment delta, long deltaOffset, long ldDelta,
            MemorySegment recurrent, long recurrentOffset, long ldRecurrent,
            MemorySegment dh, long dhOffset, long ldDh) {
        for (int row = 0; row < rows; row++) {
            backwardRow(
                    hidden,
                    gates, gatesOffset + row * ldGates * Float.BYTES,
                    h, hOffset + row * ldh * Float.BYTES,
                    q, qOffset + row * ldq * Float.BYTES,
                    dNextH, dNextHOffset + row * ldDNextH * Float.BYTES,
                    delta, deltaOffset + row * ldDelta * Float.BYTES,
                    recurrent, recurrentOffset + row * ldRecurrent * Float.BYTES,
                    dh, dhOffset + row * ldDh * Float.BYTES);
        }
    }

    private static void backwardRow(
            int hidden,
            MemorySegment gates, long gatesAt, MemorySegment h, long hAt, MemorySegment q, long qAt,
            MemorySegment dNextH, long dNextHAt,
            MemorySegment delta, long deltaAt, MemorySegment recurrent, long recurrentAt, MemorySegment dh, long dhAt) {
        long block = (long) hidden * Float.BYTES;
        int left = TailF32.count(hidden);
        int whole = hidden - left;
        backwardVectors(
                whole, block, gates, gatesAt, h, hAt, q, qAt, dNextH, dNextHAt,
                delta, deltaAt, recurrent, recurrentAt, dh, dhAt);
        if (left > 0) {
            TailF32 tail = TailF32.ofThread();
            MemorySegment t = tail.memory;
            long at = (long) whole * Float.BYTES;
            for (int gate = 0; gate < 3; gate++) {
                tail.load(gate, left, gates, gatesAt + gate * block + at);
            }
            tail.load(3, left, h, hAt + at);
            tail.load(4, left, q, qAt + at);
            tail.load(5, left, dNextH, dNextHAt + at);
            tail.load(6, left, dh, dhAt + at);
            backwardVectors(
                    LENGTH, BYTES, t, 0, t, 3 * BYTES, t, 4 * BYTES, t, 5 * BYTES,
                    t, 7 * BYTES, t, 10 * BYTES, t, 6 * BYTES);
            for (int gate = 0; gate < 3; gate++) {
                tail.store(7 + gate, left, delta, deltaAt + gate * block + at);
                tail.store(10 + gate, left, recurrent, recurrentAt + gate * block + at);
            }
            tail.store(6, left, dh, dhAt + at);
        }
    }

    /** Gates, and their gradients, lie {@code block} bytes apart. */
    private static void backwardVectors(
            int length, long block,
            MemorySegment gates, long gatesAt, MemorySegment h, long hAt, MemorySegment q, long qAt,
            MemorySegment dNextH, long dNextHAt,
            MemorySegment delta, long deltaAt, MemorySegment recurrent, long recurrentAt, MemorySegment dh, long dhAt) {
        MemorySegment gs = VectorsF32.offHeap(gates);
        MemorySegment hs = VectorsF32.offHeap(h);
        MemorySegment qs = VectorsF32.offHeap(q);
        MemorySegment dNextHs = VectorsF32.offHeap(dNextH);
        MemorySegment deltas = VectorsF32.offHeap(delta);
        MemorySegment recurrents = VectorsF32.offHeap(recurrent);
        MemorySegment dhs = VectorsF32.offHeap(dh);
        FloatVector one = FloatVector.broadcast(SPECIES, 1);
        for (int j = 0; j < length; j += LENGTH) {
            long at = (long) j * Float.BYTES;
            FloatVector r = FloatVector.fromMemorySegment(SPECIES, gs, gatesAt + at, ORDER);
            FloatVector z = FloatVector.fromMemorySegment(SPECIES, gs, gatesAt + block + at, ORDER);
            FloatVector n = FloatVector.fromMemorySegment(SPECIES, gs, gatesAt + 2 * block + at, ORDER);
            FloatVector state = FloatVector.fromMemorySegment(SPECIES, hs, hAt + at, ORDER);
            FloatVector inner = FloatVector.fromMemorySegment(SPECIES, qs, qAt + at, ORDER);
            FloatVector gradient = FloatVector.fromMemorySegment(SPECIES, dNextHs, dNextHAt + at, ORDER);
            FloatVector old = FloatVector.fromMemorySegment(SPECIES, dhs, dhAt + at, ORDER);

            FloatVector dn = n.neg().fma(n, one).mul(one.sub(z)).mul(gradient); // sigmoid' = s - s^2, tanh' = 1 - t^2
            FloatVector dInner = dn.mul(r);
            FloatVector dr = r.neg().fma(r, r).mul(inner).mul(dn);
            FloatVector dz = z.neg().fma(z, z).mul(state.sub(n)).mul(gradient);
            FloatVector dState = z.fma(gradient, old);

            dr = dr.blend(0, dr.abs().compare(VectorOperators.LT, TINY));
            dz = dz.blend(0, dz.abs().compare(VectorOperators.LT, TINY));
            dr.intoMemorySegment(deltas, deltaAt + at, ORDER);
            dr.intoMemorySegment(recurrents, recurrentAt + at, ORDER);
            dz.intoMemorySegment(deltas, deltaAt + block + at, ORDER);
            dz.intoMemorySegment(recurrents, recurrentAt + block + at, ORDER);
            dn.blend(0, dn.abs().compare(VectorOperators.LT, TINY))
                    .intoMemorySegment(deltas, deltaAt + 2 * block + at, ORDER);
            dInner.blend(0, dInner.abs().compare(VectorOperators.LT, TINY))
                    .intoMemorySegment(recurrents, recurrentAt + 2 * block + at, ORDER);
            dState.blend(0, dState.abs().compare(VectorOperators.LT, TINY)).intoMemorySegment(dhs, dhAt + at, ORDER);
        }
    }
}
