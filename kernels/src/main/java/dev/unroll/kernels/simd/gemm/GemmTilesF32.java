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
 * The micro-kernels: {@code tile = A B} for some rows of A, packed {@link GemmBlocksF32#LDA} elements apart, and a
 * panel of B, whose rows may have gaps. Each element is a chain of fused multiply-adds in ascending p, whatever its
 * tile.
 *
 * <p>They are straight-line code because the compiler keeps vectors in registers only if it sees them defined and used
 * in one method. Those of this class need 16 registers, those of {@link GemmTallTilesF32} 32. The loops begin with
 * {@link VectorsF32#offHeap}: without it some virtual machines reached 94% of peak and some 62% or 54% (6 rows, Zen 4,
 * -XX:UseAVX=2); with it both that were tried reached 94%.
 */
final class GemmTilesF32 {
    private GemmTilesF32() {}

    /** Computes one tile of any height that {@link GemmBlocksF32#height} returns. */
    static void multiply(int height, int depth, float[] a, MemorySegment b, long bAt, long rowBytes, float[] tile) {
        switch (height) {
            case 12 -> GemmTallTilesF32.tile12(depth, a, b, bAt, rowBytes, tile);
            case 10 -> GemmTallTilesF32.tile10(depth, a, b, bAt, rowBytes, tile);
            case 8 -> GemmTallTilesF32.tile8(depth, a, b, bAt, rowBytes, tile);
            case 6 -> tile6(depth, a, b, bAt, rowBytes, tile);
            case 5 -> tile5(depth, a, b, bAt, rowBytes, tile);
            case 4 -> tile4(depth, a, b, bAt, rowBytes, tile);
            case 2 -> tile2(depth, a, b, bAt, rowBytes, tile);
            case 1 -> tile1(depth, a, b, bAt, rowBytes, tile);
            default -> throw new AssertionError(height);
        }
    }

    private static void tile6(int depth, float[] a, MemorySegment b, long bAt, long rowBytes, float[] tile) {
        MemorySegment bs = VectorsF32.offHeap(b);
        FloatVector c0a = FloatVector.zero(SPECIES);
        FloatVector c0b = FloatVector.zero(SPECIES);
        FloatVector c1a = FloatVector.zero(SPECIES);
        FloatVector c1b = FloatVector.zero(SPECIES);
        FloatVector c2a = FloatVector.zero(SPECIES);
        FloatVector c2b = FloatVector.zero(SPECIES);
        FloatVector c3a = FloatVector.zero(SPECIES);
        FloatVector c3b = FloatVector.zero(SPECIES);
        FloatVector c4a = FloatVector.zero(SPECIES);
        FloatVector c4b = FloatVector.zero(SPECIES);
        FloatVector c5a = FloatVector.zero(SPECIES);
        FloatVector c5b = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            long row = bAt + p * rowBytes;
            FloatVector ba = FloatVector.fromMemorySegment(SPECIES, bs, row, ORDER);
            FloatVector bb = FloatVector.fromMemorySegment(SPECIES, bs, row + BYTES, ORDER);
            FloatVector ap = FloatVector.broadcast(SPECIES, a[p]);
            c0a = ba.fma(ap, c0a);
            c0b = bb.fma(ap, c0b);
            ap = FloatVector.broadcast(SPECIES, a[p + LDA]);
            c1a = ba.fma(ap, c1a);
            c1b = bb.fma(ap, c1b);
            ap = FloatVector.broadcast(SPECIES, a[p + 2 * LDA]);
            c2a = ba.fma(ap, c2a);
            c2b = bb.fma(ap, c2b);
            ap = FloatVector.broadcast(SPECIES, a[p + 3 * LDA]);
            c3a = ba.fma(ap, c3a);
            c3b = bb.fma(ap, c3b);
            ap = FloatVector.broadcast(SPECIES, a[p + 4 * LDA]);
            c4a = ba.fma(ap, c4a);
            c4b = bb.fma(ap, c4b);
            ap = FloatVector.broadcast(SPECIES, a[p + 5 * LDA]);
            c5a = ba.fma(ap, c5a);
            c5b = bb.fma(ap, c5b);
        }
        c0a.intoArray(tile, 0);
        c0b.intoArray(tile, LENGTH);
        c1a.intoArray(tile, 2 * LENGTH);
        c1b.intoArray(tile, 3 * LENGTH);
        c2a.intoArray(tile, 4 * LENGTH);
        c2b.intoArray(tile, 5 * LENGTH);
        c3a.intoArray(tile, 6 * LENGTH);
        c3b.intoArray(tile, 7 * LENGTH);
        c4a.intoArray(tile, 8 * LENGTH);
        c4b.intoArray(tile, 9 * LENGTH);
        c5a.intoArray(tile, 10 * LENGTH);
        c5b.intoArray(tile, 11 * LENGTH);
    }

    private static void tile5(int depth, float[] a, MemorySegment b, long bAt, long rowBytes, float[] tile) {
        MemorySegment bs = VectorsF32.offHeap(b);
        FloatVector c0a = FloatVector.zero(SPECIES);
        FloatVector c0b = FloatVector.zero(SPECIES);
        FloatVector c1a = FloatVector.zero(SPECIES);
        FloatVector c1b = FloatVector.zero(SPECIES);
        FloatVector c2a = FloatVector.zero(SPECIES);
        FloatVector c2b = FloatVector.zero(SPECIES);
        FloatVector c3a = FloatVector.zero(SPECIES);
        FloatVector c3b = FloatVector.zero(SPECIES);
        FloatVector c4a = FloatVector.zero(SPECIES);
        FloatVector c4b = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            long row = bAt + p * rowBytes;
            FloatVector ba = FloatVector.fromMemorySegment(SPECIES, bs, row, ORDER);
            FloatVector bb = FloatVector.fromMemorySegment(SPECIES, bs, row + BYTES, ORDER);
            FloatVector ap = FloatVector.broadcast(SPECIES, a[p]);
            c0a = ba.fma(ap, c0a);
            c0b = bb.fma(ap, c0b);
            ap = FloatVector.broadcast(SPECIES, a[p + LDA]);
            c1a = ba.fma(ap, c1a);
            c1b = bb.fma(ap, c1b);
            ap = FloatVector.broadcast(SPECIES, a[p + 2 * LDA]);
            c2a = ba.fma(ap, c2a);
            c2b = bb.fma(ap, c2b);
            ap = FloatVector.broadcast(SPECIES, a[p + 3 * LDA]);
            c3a = ba.fma(ap, c3a);
            c3b = bb.fma(ap, c3b);
            ap = FloatVector.broadcast(SPECIES, a[p + 4 * LDA]);
            c4a = ba.fma(ap, c4a);
            c4b = bb.fma(ap, c4b);
        }
        c0a.intoArray(tile, 0);
        c0b.intoArray(tile, LENGTH);
        c1a.intoArray(tile, 2 * LENGTH);
        c1b.intoArray(tile, 3 * LENGTH);
        c2a.intoArray(tile, 4 * LENGTH);
        c2b.intoArray(tile, 5 * LENGTH);
        c3a.intoArray(tile, 6 * LENGTH);
        c3b.intoArray(tile, 7 * LENGTH);
        c4a.intoArray(tile, 8 * LENGTH);
        c4b.intoArray(tile, 9 * LENGTH);
    }

    private static void tile4(int depth, float[] a, MemorySegment b, long bAt, long rowBytes, float[] tile) {
        MemorySegment bs = VectorsF32.offHeap(b);
        FloatVector c0a = FloatVector.zero(SPECIES);
        FloatVector c0b = FloatVector.zero(SPECIES);
        FloatVector c1a = FloatVector.zero(SPECIES);
        FloatVector c1b = FloatVector.zero(SPECIES);
        FloatVector c2a = FloatVector.zero(SPECIES);
        FloatVector c2b = FloatVector.zero(SPECIES);
        FloatVector c3a = FloatVector.zero(SPECIES);
        FloatVector c3b = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            long row = bAt + p * rowBytes;
            FloatVector ba = FloatVector.fromMemorySegment(SPECIES, bs, row, ORDER);
            FloatVector bb = FloatVector.fromMemorySegment(SPECIES, bs, row + BYTES, ORDER);
            FloatVector ap = FloatVector.broadcast(SPECIES, a[p]);
            c0a = ba.fma(ap, c0a);
            c0b = bb.fma(ap, c0b);
            ap = FloatVector.broadcast(SPECIES, a[p + LDA]);
            c1a = ba.fma(ap, c1a);
            c1b = bb.fma(ap, c1b);
            ap = FloatVector.broadcast(SPECIES, a[p + 2 * LDA]);
            c2a = ba.fma(ap, c2a);
            c2b = bb.fma(ap, c2b);
            ap = FloatVector.broadcast(SPECIES, a[p + 3 * LDA]);
            c3a = ba.fma(ap, c3a);
            c3b = bb.fma(ap, c3b);
        }
        c0a.intoArray(tile, 0);
        c0b.intoArray(tile, LENGTH);
        c1a.intoArray(tile, 2 * LENGTH);
        c1b.intoArray(tile, 3 * LENGTH);
        c2a.intoArray(tile, 4 * LENGTH);
        c2b.intoArray(tile, 5 * LENGTH);
        c3a.intoArray(tile, 6 * LENGTH);
        c3b.intoArray(tile, 7 * LENGTH);
    }

    private static void tile2(int depth, float[] a, MemorySegment b, long bAt, long rowBytes, float[] tile) {
        MemorySegment bs = VectorsF32.offHeap(b);
        FloatVector c0a = FloatVector.zero(SPECIES);
        FloatVector c0b = FloatVector.zero(SPECIES);
        FloatVector c1a = FloatVector.zero(SPECIES);
        FloatVector c1b = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            long row = bAt + p * rowBytes;
            FloatVector ba = FloatVector.fromMemorySegment(SPECIES, bs, row, ORDER);
            FloatVector bb = FloatVector.fromMemorySegment(SPECIES, bs, row + BYTES, ORDER);
            FloatVector ap = FloatVector.broadcast(SPECIES, a[p]);
            c0a = ba.fma(ap, c0a);
            c0b = bb.fma(ap, c0b);
            ap = FloatVector.broadcast(SPECIES, a[p + LDA]);
            c1a = ba.fma(ap, c1a);
            c1b = bb.fma(ap, c1b);
        }
        c0a.intoArray(tile, 0);
        c0b.intoArray(tile, LENGTH);
        c1a.intoArray(tile, 2 * LENGTH);
        c1b.intoArray(tile, 3 * LENGTH);
    }

    private static void tile1(int depth, float[] a, MemorySegment b, long bAt, long rowBytes, float[] tile) {
        MemorySegment bs = VectorsF32.offHeap(b);
        FloatVector c0a = FloatVector.zero(SPECIES);
        FloatVector c0b = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            long row = bAt + p * rowBytes;
            FloatVector ba = FloatVector.fromMemorySegment(SPECIES, bs, row, ORDER);
            FloatVector bb = FloatVector.fromMemorySegment(SPECIES, bs, row + BYTES, ORDER);
            FloatVector ap = FloatVector.broadcast(SPECIES, a[p]);
            c0a = ba.fma(ap, c0a);
            c0b = bb.fma(ap, c0b);
        }
        c0a.intoArray(tile, 0);
        c0b.intoArray(tile, LENGTH);
    }
}
