package dev.unroll.kernels.simd;

import static dev.unroll.kernels.simd.math.VectorsF32.BYTES;
import static dev.unroll.kernels.simd.math.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;
import static dev.unroll.kernels.simd.math.VectorsF32.TINY;

import dev.unroll.kernels.provider.LstmKernel;
import dev.unroll.kernels.simd.math.TailF32;
import dev.unroll.kernels.simd.math.VectorsF32;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** The pass of an LSTM step, row by row. */
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
        for (int r = 0; r < rows; r++) {
            forwardRow(
                    hidden,
                    p, pOffset + r * ldp * Float.BYTES,
                    gates, gatesOffset + r * ldGates * Float.BYTES,
                    c, cOffset + r * ldc * Float.BYTES,
                    nextC, nextCOffset + r * ldNextC * Float.BYTES,
                    tanhC, tanhCOffset + r * ldTanhC * Float.BYTES,
                    nextH, nextHOffset + r * ldNextH * Float.BYTES);
        }
    }

    private static void forwardRow(
            int hidden,
            MemorySegment p, long pAt, MemorySegment gates, long gatesAt, MemorySegment c, long cAt,
            MemorySegment nextC, long nextCAt, MemorySegment tanhC, long tanhCAt, MemorySegment nextH, long nextHAt) {
        long block = (long) hidden * Float.BYTES;
        int left = TailF32.count(hidden);
        int whole = hidden - left;
        LstmForwardF32.cell(whole, block, p, pAt, gates, gatesAt, c, cAt, nextC, nextCAt);
        LstmForwardF32.output(whole, block, p, pAt, gates, gatesAt, nextC, nextCAt, tanhC, tanhCAt, nextH, nextHAt);
        if (left > 0) {
            TailF32 tail = TailF32.ofThread();
            MemorySegment t = tail.memory;
            long at = (long) whole * Float.BYTES;
            for (int gate = 0; gate < 4; gate++) {
                tail.load(gate, left, p, pAt + gate * block + at);
                tail.load(4 + gate, left, gates, gatesAt + gate * block + at);
            }
            tail.load(8, left, c, cAt + at);
            LstmForwardF32.cell(LENGTH, BYTES, t, 0, t, 4 * BYTES, t, 8 * BYTES, t, 9 * BYTES);
            LstmForwardF32.output(LENGTH, BYTES, t, 0, t, 4 * BYTES, t, 9 * BYTES, t, 10 * BYTES, t, 11 * BYTES);
            for (int gate = 0; gate < 4; gate++) {
                tail.store(4 + gate, left, gates, gatesAt + gate * block + at);
            }
            tail.store(9, left, nextC, nextCAt + at);
            tail.store(10, left, tanhC, tanhCAt + at);
            tail.store(11, left, nextH, nextHAt + at);
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
