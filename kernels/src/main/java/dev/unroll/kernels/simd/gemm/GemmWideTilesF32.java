package dev.unroll.kernels.simd.gemm;

import static dev.unroll.kernels.simd.gemm.GemmBlocksF32.LDA;
import static dev.unroll.kernels.simd.math.VectorsF32.BYTES;
import static dev.unroll.kernels.simd.math.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;

import dev.unroll.kernels.simd.math.VectorsF32;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * The micro-kernels of {@link GemmTilesF32} for few rows, over several panels of B that begin {@code panelBytes} apart;
 * the tile holds one panel after the other.
 */
final class GemmWideTilesF32 {
    private GemmWideTilesF32() {}

    /** Computes one tile of {@link GemmBlocksF32#panelsAtOnce} panels, more than one. */
    static void multiply(
            int height, int depth, float[] a, MemorySegment b, long bAt, long panelBytes, long rowBytes, float[] tile) {
        switch (height) {
            case 1 -> tile1x4(depth, a, b, bAt, panelBytes, rowBytes, tile);
            case 2 -> tile2x4(depth, a, b, bAt, panelBytes, rowBytes, tile);
            case 4 -> tile4x2(depth, a, b, bAt, panelBytes, rowBytes, tile);
            default -> throw new AssertionError(height);
        }
    }

    private static void tile1x4(
            int depth, float[] a, MemorySegment b, long bAt, long panelBytes, long rowBytes, float[] tile) {
        MemorySegment bs = VectorsF32.offHeap(b);
        FloatVector c0pa = FloatVector.zero(SPECIES);
        FloatVector c0pb = FloatVector.zero(SPECIES);
        FloatVector c0qa = FloatVector.zero(SPECIES);
        FloatVector c0qb = FloatVector.zero(SPECIES);
        FloatVector c0ra = FloatVector.zero(SPECIES);
        FloatVector c0rb = FloatVector.zero(SPECIES);
        FloatVector c0sa = FloatVector.zero(SPECIES);
        FloatVector c0sb = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            long row = bAt + p * rowBytes;
            FloatVector a0 = FloatVector.broadcast(SPECIES, a[p]);
            FloatVector ba = FloatVector.fromMemorySegment(SPECIES, bs, row, ORDER);
            FloatVector bb = FloatVector.fromMemorySegment(SPECIES, bs, row + BYTES, ORDER);
            c0pa = ba.fma(a0, c0pa);
            c0pb = bb.fma(a0, c0pb);
            row += panelBytes;
            ba = FloatVector.fromMemorySegment(SPECIES, bs, row, ORDER);
            bb = FloatVector.fromMemorySegment(SPECIES, bs, row + BYTES, ORDER);
            c0qa = ba.fma(a0, c0qa);
            c0qb = bb.fma(a0, c0qb);
            row += panelBytes;
            ba = FloatVector.fromMemorySegment(SPECIES, bs, row, ORDER);
            bb = FloatVector.fromMemorySegment(SPECIES, bs, row + BYTES, ORDER);
            c0ra = ba.fma(a0, c0ra);
            c0rb = bb.fma(a0, c0rb);
            row += panelBytes;
            ba = FloatVector.fromMemorySegment(SPECIES, bs, row, ORDER);
            bb = FloatVector.fromMemorySegment(SPECIES, bs, row + BYTES, ORDER);
            c0sa = ba.fma(a0, c0sa);
            c0sb = bb.fma(a0, c0sb);
        }
        c0pa.intoArray(tile, 0);
        c0pb.intoArray(tile, LENGTH);
        c0qa.intoArray(tile, 2 * LENGTH);
        c0qb.intoArray(tile, 3 * LENGTH);
        c0ra.intoArray(tile, 4 * LENGTH);
        c0rb.intoArray(tile, 5 * LENGTH);
        c0sa.intoArray(tile, 6 * LENGTH);
        c0sb.intoArray(tile, 7 * LENGTH);
    }

    private static void tile2x4(
            int depth, float[] a, MemorySegment b, long bAt, long panelBytes, long rowBytes, float[] tile) {
        MemorySegment bs = VectorsF32.offHeap(b);
        FloatVector c0pa = FloatVector.zero(SPECIES);
        FloatVector c0pb = FloatVector.zero(SPECIES);
        FloatVector c1pa = FloatVector.zero(SPECIES);
        FloatVector c1pb = FloatVector.zero(SPECIES);
        FloatVector c0qa = FloatVector.zero(SPECIES);
        FloatVector c0qb = FloatVector.zero(SPECIES);
        FloatVector c1qa = FloatVector.zero(SPECIES);
        FloatVector c1qb = FloatVector.zero(SPECIES);
        FloatVector c0ra = FloatVector.zero(SPECIES);
        FloatVector c0rb = FloatVector.zero(SPECIES);
        FloatVector c1ra = FloatVector.zero(SPECIES);
        FloatVector c1rb = FloatVector.zero(SPECIES);
        FloatVector c0sa = FloatVector.zero(SPECIES);
        FloatVector c0sb = FloatVector.zero(SPECIES);
        FloatVector c1sa = FloatVector.zero(SPECIES);
        FloatVector c1sb = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            long row = bAt + p * rowBytes;
            FloatVector a0 = FloatVector.broadcast(SPECIES, a[p]);
            FloatVector a1 = FloatVector.broadcast(SPECIES, a[p + LDA]);
            FloatVector ba = FloatVector.fromMemorySegment(SPECIES, bs, row, ORDER);
            FloatVector bb = FloatVector.fromMemorySegment(SPECIES, bs, row + BYTES, ORDER);
            c0pa = ba.fma(a0, c0pa);
            c0pb = bb.fma(a0, c0pb);
            c1pa = ba.fma(a1, c1pa);
            c1pb = bb.fma(a1, c1pb);
            row += panelBytes;
            ba = FloatVector.fromMemorySegment(SPECIES, bs, row, ORDER);
            bb = FloatVector.fromMemorySegment(SPECIES, bs, row + BYTES, ORDER);
            c0qa = ba.fma(a0, c0qa);
            c0qb = bb.fma(a0, c0qb);
            c1qa = ba.fma(a1, c1qa);
            c1qb = bb.fma(a1, c1qb);
            row += panelBytes;
            ba = FloatVector.fromMemorySegment(SPECIES, bs, row, ORDER);
            bb = FloatVector.fromMemorySegment(SPECIES, bs, row + BYTES, ORDER);
            c0ra = ba.fma(a0, c0ra);
            c0rb = bb.fma(a0, c0rb);
            c1ra = ba.fma(a1, c1ra);
            c1rb = bb.fma(a1, c1rb);
            row += panelBytes;
            ba = FloatVector.fromMemorySegment(SPECIES, bs, row, ORDER);
            bb = FloatVector.fromMemorySegment(SPECIES, bs, row + BYTES, ORDER);
            c0sa = ba.fma(a0, c0sa);
            c0sb = bb.fma(a0, c0sb);
            c1sa = ba.fma(a1, c1sa);
            c1sb = bb.fma(a1, c1sb);
        }
        c0pa.intoArray(tile, 0);
        c0pb.intoArray(tile, LENGTH);
        c1pa.intoArray(tile, 2 * LENGTH);
        c1pb.intoArray(tile, 3 * LENGTH);
        c0qa.intoArray(tile, 4 * LENGTH);
        c0qb.intoArray(tile, 5 * LENGTH);
        c1qa.intoArray(tile, 6 * LENGTH);
        c1qb.intoArray(tile, 7 * LENGTH);
        c0ra.intoArray(tile, 8 * LENGTH);
        c0rb.intoArray(tile, 9 * LENGTH);
        c1ra.intoArray(tile, 10 * LENGTH);
        c1rb.intoArray(tile, 11 * LENGTH);
        c0sa.intoArray(tile, 12 * LENGTH);
        c0sb.intoArray(tile, 13 * LENGTH);
        c1sa.intoArray(tile, 14 * LENGTH);
        c1sb.intoArray(tile, 15 * LENGTH);
    }

    private static void tile4x2(
            int depth, float[] a, MemorySegment b, long bAt, long panelBytes, long rowBytes, float[] tile) {
        MemorySegment bs = VectorsF32.offHeap(b);
        FloatVector c0pa = FloatVector.zero(SPECIES);
        FloatVector c0pb = FloatVector.zero(SPECIES);
        FloatVector c1pa = FloatVector.zero(SPECIES);
        FloatVector c1pb = FloatVector.zero(SPECIES);
        FloatVector c2pa = FloatVector.zero(SPECIES);
        FloatVector c2pb = FloatVector.zero(SPECIES);
        FloatVector c3pa = FloatVector.zero(SPECIES);
        FloatVector c3pb = FloatVector.zero(SPECIES);
        FloatVector c0qa = FloatVector.zero(SPECIES);
        FloatVector c0qb = FloatVector.zero(SPECIES);
        FloatVector c1qa = FloatVector.zero(SPECIES);
        FloatVector c1qb = FloatVector.zero(SPECIES);
        FloatVector c2qa = FloatVector.zero(SPECIES);
        FloatVector c2qb = FloatVector.zero(SPECIES);
        FloatVector c3qa = FloatVector.zero(SPECIES);
        FloatVector c3qb = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            long row = bAt + p * rowBytes;
            FloatVector a0 = FloatVector.broadcast(SPECIES, a[p]);
            FloatVector a1 = FloatVector.broadcast(SPECIES, a[p + LDA]);
            FloatVector a2 = FloatVector.broadcast(SPECIES, a[p + 2 * LDA]);
            FloatVector a3 = FloatVector.broadcast(SPECIES, a[p + 3 * LDA]);
            FloatVector ba = FloatVector.fromMemorySegment(SPECIES, bs, row, ORDER);
            FloatVector bb = FloatVector.fromMemorySegment(SPECIES, bs, row + BYTES, ORDER);
            c0pa = ba.fma(a0, c0pa);
            c0pb = bb.fma(a0, c0pb);
            c1pa = ba.fma(a1, c1pa);
            c1pb = bb.fma(a1, c1pb);
            c2pa = ba.fma(a2, c2pa);
            c2pb = bb.fma(a2, c2pb);
            c3pa = ba.fma(a3, c3pa);
            c3pb = bb.fma(a3, c3pb);
            row += panelBytes;
            ba = FloatVector.fromMemorySegment(SPECIES, bs, row, ORDER);
            bb = FloatVector.fromMemorySegment(SPECIES, bs, row + BYTES, ORDER);
            c0qa = ba.fma(a0, c0qa);
            c0qb = bb.fma(a0, c0qb);
            c1qa = ba.fma(a1, c1qa);
            c1qb = bb.fma(a1, c1qb);
            c2qa = ba.fma(a2, c2qa);
            c2qb = bb.fma(a2, c2qb);
            c3qa = ba.fma(a3, c3qa);
            c3qb = bb.fma(a3, c3qb);
        }
        c0pa.intoArray(tile, 0);
        c0pb.intoArray(tile, LENGTH);
        c1pa.intoArray(tile, 2 * LENGTH);
        c1pb.intoArray(tile, 3 * LENGTH);
        c2pa.intoArray(tile, 4 * LENGTH);
        c2pb.intoArray(tile, 5 * LENGTH);
        c3pa.intoArray(tile, 6 * LENGTH);
        c3pb.intoArray(tile, 7 * LENGTH);
        c0qa.intoArray(tile, 8 * LENGTH);
        c0qb.intoArray(tile, 9 * LENGTH);
        c1qa.intoArray(tile, 10 * LENGTH);
        c1qb.intoArray(tile, 11 * LENGTH);
        c2qa.intoArray(tile, 12 * LENGTH);
        c2qb.intoArray(tile, 13 * LENGTH);
        c3qa.intoArray(tile, 14 * LENGTH);
        c3qb.intoArray(tile, 15 * LENGTH);
    }
}
