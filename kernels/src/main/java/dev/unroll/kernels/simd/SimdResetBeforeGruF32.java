package dev.unroll.kernels.simd;

import static dev.unroll.kernels.simd.math.VectorsF32.BYTES;
import static dev.unroll.kernels.simd.math.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;
import static dev.unroll.kernels.simd.math.VectorsF32.TINY;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.provider.ResetBeforeGruKernel;
import dev.unroll.kernels.simd.math.SimdActivationF32;
import dev.unroll.kernels.simd.math.SimdElementwiseF32;
import dev.unroll.kernels.simd.math.TailF32;
import dev.unroll.kernels.simd.math.VectorsF32;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** The passes of a GRU step with the reset before the product, row by row. */
final class SimdResetBeforeGruF32 implements ResetBeforeGruKernel {
    @Override
    public void gates(
            int rows, int hidden,
            MemorySegment p, long pOffset, long ldp,
            MemorySegment gates, long gatesOffset, long ldGates,
            MemorySegment h, long hOffset, long ldh,
            MemorySegment s, long sOffset, long lds) {
        for (int row = 0; row < rows; row++) {
            long pAt = pOffset + row * ldp * Float.BYTES;
            long r = gatesOffset + row * ldGates * Float.BYTES;
            SimdActivationF32.ofSum(Activation.SIGMOID, 2 * hidden, p, pAt, gates, r, 1, gates, r);
            SimdElementwiseF32.multiplyRow(
                    hidden, gates, r, h, hOffset + row * ldh * Float.BYTES, s, sOffset + row * lds * Float.BYTES);
        }
    }

    @Override
    public void candidate(
            int rows, int hidden,
            MemorySegment p, long pOffset, long ldp,
            MemorySegment gates, long gatesOffset, long ldGates,
            MemorySegment h, long hOffset, long ldh,
            MemorySegment nextH, long nextHOffset, long ldNextH) {
        for (int row = 0; row < rows; row++) {
            GruForwardF32.state(
                    hidden, p, pOffset + row * ldp * Float.BYTES, gates, gatesOffset + row * ldGates * Float.BYTES,
                    h, hOffset + row * ldh * Float.BYTES, nextH, nextHOffset + row * ldNextH * Float.BYTES);
        }
    }

    @Override
    public void candidateBackward(
            int rows, int hidden,
            MemorySegment gates, long gatesOffset, long ldGates,
            MemorySegment h, long hOffset, long ldh,
            MemorySegment dNextH, long dNextHOffset, long ldDNextH,
            MemorySegment delta, long deltaOffset, long ldDelta,
            MemorySegment dh, long dhOffset, long ldDh) {
        long block = (long) hidden * Float.BYTES;
        int left = TailF32.count(hidden);
        int whole = hidden - left;
        for (int row = 0; row < rows; row++) {
            long zAt = gatesOffset + row * ldGates * Float.BYTES + block;
            long hAt = hOffset + row * ldh * Float.BYTES;
            long dNextHAt = dNextHOffset + row * ldDNextH * Float.BYTES;
            long dzAt = deltaOffset + row * ldDelta * Float.BYTES + block;
            long dhAt = dhOffset + row * ldDh * Float.BYTES;
            candidateVectors(whole, block, gates, zAt, h, hAt, dNextH, dNextHAt, delta, dzAt, dh, dhAt);
            if (left > 0) {
                TailF32 tail = TailF32.ofThread();
                MemorySegment t = tail.memory;
                long at = (long) whole * Float.BYTES;
                tail.load(0, left, gates, zAt + at);
                tail.load(1, left, gates, zAt + block + at);
                tail.load(2, left, h, hAt + at);
                tail.load(3, left, dNextH, dNextHAt + at);
                tail.load(4, left, dh, dhAt + at);
                candidateVectors(LENGTH, BYTES, t, 0, t, 2 * BYTES, t, 3 * BYTES, t, 5 * BYTES, t, 4 * BYTES);
                tail.store(5, left, delta, dzAt + at);
                tail.store(6, left, delta, dzAt + block + at);
                tail.store(4, left, dh, dhAt + at);
            }
        }
    }

    /** The gates z and n, and their gradients, lie {@code block} bytes apart. */
    private static void candidateVectors(
            int length, long block, MemorySegment gates, long zAt, MemorySegment h, long hAt,
            MemorySegment dNextH, long dNextHAt, MemorySegment delta, long dzAt, MemorySegment dh, long dhAt) {
        MemorySegment gs = VectorsF32.offHeap(gates);
        MemorySegment hs = VectorsF32.offHeap(h);
        MemorySegment dNextHs = VectorsF32.offHeap(dNextH);
        MemorySegment deltas = VectorsF32.offHeap(delta);
        MemorySegment dhs = VectorsF32.offHeap(dh);
        FloatVector one = FloatVector.broadcast(SPECIES, 1);
        for (int j = 0; j < length; j += LENGTH) {
            long at = (long) j * Float.BYTES;
            FloatVector z = FloatVector.fromMemorySegment(SPECIES, gs, zAt + at, ORDER);
            FloatVector n = FloatVector.fromMemorySegment(SPECIES, gs, zAt + block + at, ORDER);
            FloatVector state = FloatVector.fromMemorySegment(SPECIES, hs, hAt + at, ORDER);
            FloatVector gradient = FloatVector.fromMemorySegment(SPECIES, dNextHs, dNextHAt + at, ORDER);
            FloatVector old = FloatVector.fromMemorySegment(SPECIES, dhs, dhAt + at, ORDER);

            FloatVector dn = n.neg().fma(n, one).mul(one.sub(z)).mul(gradient); // sigmoid' = s - s^2, tanh' = 1 - t^2
            FloatVector dz = z.neg().fma(z, z).mul(state.sub(n)).mul(gradient);
            FloatVector dState = z.fma(gradient, old);

            dz.blend(0, dz.abs().compare(VectorOperators.LT, TINY)).intoMemorySegment(deltas, dzAt + at, ORDER);
            dn.blend(0, dn.abs().compare(VectorOperators.LT, TINY))
                    .intoMemorySegment(deltas, dzAt + block + at, ORDER);
            dState.blend(0, dState.abs().compare(VectorOperators.LT, TINY)).intoMemorySegment(dhs, dhAt + at, ORDER);
        }
    }

    @Override
    public void gatesBackward(
            int rows, int hidden,
            MemorySegment gates, long gatesOffset, long ldGates,
            MemorySegment h, long hOffset, long ldh,
            MemorySegment ds, long dsOffset, long ldDs,
            MemorySegment delta, long deltaOffset, long ldDelta,
            MemorySegment dh, long dhOffset, long ldDh) {
        int left = TailF32.count(hidden);
        int whole = hidden - left;
        for (int row = 0; row < rows; row++) {
            long rAt = gatesOffset + row * ldGates * Float.BYTES;
            long hAt = hOffset + row * ldh * Float.BYTES;
            long dsAt = dsOffset + row * ldDs * Float.BYTES;
            long drAt = deltaOffset + row * ldDelta * Float.BYTES;
            long dhAt = dhOffset + row * ldDh * Float.BYTES;
            resetVectors(whole, gates, rAt, h, hAt, ds, dsAt, delta, drAt, dh, dhAt);
            if (left > 0) {
                TailF32 tail = TailF32.ofThread();
                MemorySegment t = tail.memory;
                long at = (long) whole * Float.BYTES;
                tail.load(0, left, gates, rAt + at);
                tail.load(1, left, h, hAt + at);
                tail.load(2, left, ds, dsAt + at);
                tail.load(3, left, dh, dhAt + at);
                resetVectors(LENGTH, t, 0, t, BYTES, t, 2 * BYTES, t, 4 * BYTES, t, 3 * BYTES);
                tail.store(4, left, delta, drAt + at);
                tail.store(3, left, dh, dhAt + at);
            }
        }
    }

    private static void resetVectors(
            int length, MemorySegment gates, long rAt, MemorySegment h, long hAt, MemorySegment ds, long dsAt,
            MemorySegment delta, long drAt, MemorySegment dh, long dhAt) {
        MemorySegment gs = VectorsF32.offHeap(gates);
        MemorySegment hs = VectorsF32.offHeap(h);
        MemorySegment dss = VectorsF32.offHeap(ds);
        MemorySegment deltas = VectorsF32.offHeap(delta);
        MemorySegment dhs = VectorsF32.offHeap(dh);
        for (int j = 0; j < length; j += LENGTH) {
            long at = (long) j * Float.BYTES;
            FloatVector r = FloatVector.fromMemorySegment(SPECIES, gs, rAt + at, ORDER);
            FloatVector state = FloatVector.fromMemorySegment(SPECIES, hs, hAt + at, ORDER);
            FloatVector gradient = FloatVector.fromMemorySegment(SPECIES, dss, dsAt + at, ORDER);
            FloatVector old = FloatVector.fromMemorySegment(SPECIES, dhs, dhAt + at, ORDER);
            FloatVector dr = r.neg().fma(r, r).mul(state).mul(gradient);
            FloatVector dState = r.fma(gradient, old);
            dr.blend(0, dr.abs().compare(VectorOperators.LT, TINY)).intoMemorySegment(deltas, drAt + at, ORDER);
            dState.blend(0, dState.abs().compare(VectorOperators.LT, TINY)).intoMemorySegment(dhs, dhAt + at, ORDER);
        }
    }
}
