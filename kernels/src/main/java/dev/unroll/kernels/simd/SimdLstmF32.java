package dev.unroll.kernels.simd;

import static dev.unroll.kernels.simd.VectorsF32.BYTES;
import static dev.unroll.kernels.simd.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.VectorsF32.NOTHING;
import static dev.unroll.kernels.simd.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.VectorsF32.SPECIES;
import static dev.unroll.kernels.simd.VectorsF32.TINY;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.provider.LstmKernel;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The pass of an LSTM step, row by row: a row stays in the nearest cache while loops over its parts follow each other.
 * One loop for all of it would be too large for the compiler to keep its vectors in registers.
 */
final class SimdLstmF32 implements LstmKernel {
    @Override
    public void forward(
            int rows, int hidden,
            MemorySegment p, long pOffset, long ldp,
            MemorySegment gates, long gatesOffset, long ldGates,
            MemorySegment c, long cOffset, long ldc,
            MemorySegment nextC, long nextCOffset, long ldNextC,
            MemorySegment tanhC, long tanhCOffset, long ldTanhC,
            MemorySegment nextH, long nextHOffset, long ldNextH) {
        long block = (long) hidden * Float.BYTES;
        for (int r = 0; r < rows; r++) {
            long pAt = pOffset + r * ldp * Float.BYTES;
            long i = gatesOffset + r * ldGates * Float.BYTES;
            long g = i + 2 * block;
            long o = i + 3 * block;
            long nextCAt = nextCOffset + r * ldNextC * Float.BYTES;
            long tanhCAt = tanhCOffset + r * ldTanhC * Float.BYTES;
            long nextHAt = nextHOffset + r * ldNextH * Float.BYTES;
            SimdActivationF32.ofSum(Activation.SIGMOID, 2 * hidden, p, pAt, gates, i, 1, gates, i);
            SimdActivationF32.ofSum(Activation.TANH, hidden, p, pAt + 2 * block, gates, g, 1, gates, g);
            SimdActivationF32.ofSum(Activation.SIGMOID, hidden, p, pAt + 3 * block, gates, o, 1, gates, o);
            cell(hidden, gates, i, c, cOffset + r * ldc * Float.BYTES, nextC, nextCAt);
            SimdActivationF32.ofSum(Activation.TANH, hidden, nextC, nextCAt, NOTHING, 0, 0, tanhC, tanhCAt);
            SimdElementwiseF32.multiplyRow(hidden, gates, o, tanhC, tanhCAt, nextH, nextHAt);
        }
    }

    /** {@code c' = f c + i g}. */
    private static void cell(
            int hidden, MemorySegment gates, long gatesAt, MemorySegment c, long cAt, MemorySegment nextC,
            long nextCAt) {
        MemorySegment gs = VectorsF32.offHeap(gates);
        MemorySegment cs = VectorsF32.offHeap(c);
        MemorySegment nextCs = VectorsF32.offHeap(nextC);
        long block = (long) hidden * Float.BYTES;
        int whole = SPECIES.loopBound(hidden);
        for (int j = 0; j < whole; j += LENGTH) {
            long at = (long) j * Float.BYTES;
            FloatVector i = FloatVector.fromMemorySegment(SPECIES, gs, gatesAt + at, ORDER);
            FloatVector f = FloatVector.fromMemorySegment(SPECIES, gs, gatesAt + block + at, ORDER);
            FloatVector g = FloatVector.fromMemorySegment(SPECIES, gs, gatesAt + 2 * block + at, ORDER);
            FloatVector old = FloatVector.fromMemorySegment(SPECIES, cs, cAt + at, ORDER);
            f.fma(old, i.mul(g)).intoMemorySegment(nextCs, nextCAt + at, ORDER);
        }
        if (whole < hidden) {
            long at = (long) whole * Float.BYTES;
            VectorMask<Float> mask = SPECIES.indexInRange(whole, hidden);
            FloatVector i = FloatVector.fromMemorySegment(SPECIES, gs, gatesAt + at, ORDER, mask);
            FloatVector f = FloatVector.fromMemorySegment(SPECIES, gs, gatesAt + block + at, ORDER, mask);
            FloatVector g = FloatVector.fromMemorySegment(SPECIES, gs, gatesAt + 2 * block + at, ORDER, mask);
            FloatVector old = FloatVector.fromMemorySegment(SPECIES, cs, cAt + at, ORDER, mask);
            f.fma(old, i.mul(g)).intoMemorySegment(nextCs, nextCAt + at, ORDER, mask);
        }
    }

    @Override
    public void backward(
            int rows, int hidden,
            MemorySegment gates, long gatesOffset, long ldGates,
            MemorySegment c, long cOffset, long ldc,
            MemorySegment tanhC, long tanhCOffset, long ldTanhC,
            MemorySegment dNextH, long dNextHOffset, long ldDNextH,
            MemorySegment dNextC, long dNextCOffset, long ldDNextC,
            MemorySegment delta, long deltaOffset, long ldDelta,
            MemorySegment dc, long dcOffset, long ldDc) {
        for (int r = 0; r < rows; r++) {
            backwardRow(
                    hidden,
                    gates, gatesOffset + r * ldGates * Float.BYTES,
                    c, cOffset + r * ldc * Float.BYTES,
                    tanhC, tanhCOffset + r * ldTanhC * Float.BYTES,
                    dNextH, dNextHOffset + r * ldDNextH * Float.BYTES,
                    dNextC, dNextCOffset + r * ldDNextC * Float.BYTES,
                    delta, deltaOffset + r * ldDelta * Float.BYTES,
                    dc, dcOffset + r * ldDc * Float.BYTES);
        }
    }

    private static void backwardRow(
            int hidden,
            MemorySegment gates, long gatesAt, MemorySegment c, long cAt, MemorySegment tanhC, long tanhCAt,
            MemorySegment dNextH, long dNextHAt, MemorySegment dNextC, long dNextCAt,
            MemorySegment delta, long deltaAt, MemorySegment dc, long dcAt) {
        long block = (long) hidden * Float.BYTES;
        int left = TailF32.count(hidden);
        int whole = hidden - left;
        backwardVectors(
                whole, block, gates, gatesAt, c, cAt, tanhC, tanhCAt,
                dNextH, dNextHAt, dNextC, dNextCAt, delta, deltaAt, dc, dcAt);
        if (left > 0) {
            TailF32 tail = TailF32.ofThread();
            MemorySegment t = tail.memory;
            long at = (long) whole * Float.BYTES;
            for (int gate = 0; gate < 4; gate++) {
                tail.load(gate, left, gates, gatesAt + gate * block + at);
            }
            tail.load(4, left, c, cAt + at);
            tail.load(5, left, tanhC, tanhCAt + at);
            tail.load(6, left, dNextH, dNextHAt + at);
            tail.load(7, left, dNextC, dNextCAt + at);
            tail.load(8, left, dc, dcAt + at);
            backwardVectors(
                    LENGTH, BYTES, t, 0, t, 4 * BYTES, t, 5 * BYTES,
                    t, 6 * BYTES, t, 7 * BYTES, t, 9 * BYTES, t, 8 * BYTES);
            for (int gate = 0; gate < 4; gate++) {
                tail.store(9 + gate, left, delta, deltaAt + gate * block + at);
            }
            tail.store(8, left, dc, dcAt + at);
        }
    }

    /** Gates, and their deltas, lie {@code block} bytes apart. */
    private static void backwardVectors(
            int n, long block,
            MemorySegment gates, long gatesAt, MemorySegment c, long cAt, MemorySegment tanhC, long tanhCAt,
            MemorySegment dNextH, long dNextHAt, MemorySegment dNextC, long dNextCAt,
            MemorySegment delta, long deltaAt, MemorySegment dc, long dcAt) {
        MemorySegment gs = VectorsF32.offHeap(gates);
        MemorySegment cs = VectorsF32.offHeap(c);
        MemorySegment tanhCs = VectorsF32.offHeap(tanhC);
        MemorySegment dNextHs = VectorsF32.offHeap(dNextH);
        MemorySegment dNextCs = VectorsF32.offHeap(dNextC);
        MemorySegment deltas = VectorsF32.offHeap(delta);
        MemorySegment dcs = VectorsF32.offHeap(dc);
        FloatVector one = FloatVector.broadcast(SPECIES, 1);
        for (int j = 0; j < n; j += LENGTH) {
            long at = (long) j * Float.BYTES;
            FloatVector i = FloatVector.fromMemorySegment(SPECIES, gs, gatesAt + at, ORDER);
            FloatVector f = FloatVector.fromMemorySegment(SPECIES, gs, gatesAt + block + at, ORDER);
            FloatVector g = FloatVector.fromMemorySegment(SPECIES, gs, gatesAt + 2 * block + at, ORDER);
            FloatVector o = FloatVector.fromMemorySegment(SPECIES, gs, gatesAt + 3 * block + at, ORDER);
            FloatVector cell = FloatVector.fromMemorySegment(SPECIES, cs, cAt + at, ORDER);
            FloatVector squashed = FloatVector.fromMemorySegment(SPECIES, tanhCs, tanhCAt + at, ORDER);
            FloatVector dh = FloatVector.fromMemorySegment(SPECIES, dNextHs, dNextHAt + at, ORDER);
            FloatVector dCell = FloatVector.fromMemorySegment(SPECIES, dNextCs, dNextCAt + at, ORDER);
            FloatVector old = FloatVector.fromMemorySegment(SPECIES, dcs, dcAt + at, ORDER);

            dCell = squashed.neg().fma(squashed, one).mul(o).fma(dh, dCell); // sigmoid' = s - s^2, tanh' = 1 - t^2
            FloatVector di = i.neg().fma(i, i).mul(g).mul(dCell);
            FloatVector df = f.neg().fma(f, f).mul(cell).mul(dCell);
            FloatVector dg = g.neg().fma(g, one).mul(i).mul(dCell);
            FloatVector dO = o.neg().fma(o, o).mul(squashed).mul(dh);
            FloatVector dOld = f.fma(dCell, old);

            di.blend(0, di.abs().compare(VectorOperators.LT, TINY)).intoMemorySegment(deltas, deltaAt + at, ORDER);
            df.blend(0, df.abs().compare(VectorOperators.LT, TINY))
                    .intoMemorySegment(deltas, deltaAt + block + at, ORDER);
            dg.blend(0, dg.abs().compare(VectorOperators.LT, TINY))
                    .intoMemorySegment(deltas, deltaAt + 2 * block + at, ORDER);
            dO.blend(0, dO.abs().compare(VectorOperators.LT, TINY))
                    .intoMemorySegment(deltas, deltaAt + 3 * block + at, ORDER);
            dOld.blend(0, dOld.abs().compare(VectorOperators.LT, TINY)).intoMemorySegment(dcs, dcAt + at, ORDER);
        }
    }
}
