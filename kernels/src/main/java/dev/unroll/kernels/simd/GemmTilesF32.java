package dev.unroll.kernels.simd;

import static dev.unroll.kernels.simd.GemmBlocksF32.LDA;
import static dev.unroll.kernels.simd.GemmBlocksF32.PANEL_BYTES;
import static dev.unroll.kernels.simd.VectorsF32.BYTES;
import static dev.unroll.kernels.simd.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.VectorsF32.SPECIES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * The micro-kernels: {@code tile = A B} for some rows of a packed block of A, {@link GemmBlocksF32#LDA} elements apart,
 * and one panel of B. Each element is a chain of fused multiply-adds with p upwards, in whatever tile it lies.
 *
 * <p>They are straight lines because the compiler keeps vectors in registers only where it sees them defined and used
 * in one method; and small ones, because it gives up on inlining past 18,000 nodes.
 */
final class GemmTilesF32 {
    private GemmTilesF32() {}

    /** Computes one tile of 1, 2, 4, 6, 8, 10 or 12 rows. */
    static void multiply(int rows, int depth, float[] a, MemorySegment b, long bAt, float[] tile) {
        switch (rows) {
            case 12 -> tile12(depth, a, b, bAt, tile);
            case 10 -> tile10(depth, a, b, bAt, tile);
            case 8 -> tile8(depth, a, b, bAt, tile);
            case 6 -> tile6(depth, a, b, bAt, tile);
            case 4 -> tile4(depth, a, b, bAt, tile);
            case 2 -> tile2(depth, a, b, bAt, tile);
            case 1 -> tile1(depth, a, b, bAt, tile);
            default -> throw new AssertionError(rows);
        }
    }

    private static void tile12(int depth, float[] a, MemorySegment b, long bAt, float[] tile) {
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
        FloatVector c6a = FloatVector.zero(SPECIES);
        FloatVector c6b = FloatVector.zero(SPECIES);
        FloatVector c7a = FloatVector.zero(SPECIES);
        FloatVector c7b = FloatVector.zero(SPECIES);
        FloatVector c8a = FloatVector.zero(SPECIES);
        FloatVector c8b = FloatVector.zero(SPECIES);
        FloatVector c9a = FloatVector.zero(SPECIES);
        FloatVector c9b = FloatVector.zero(SPECIES);
        FloatVector c10a = FloatVector.zero(SPECIES);
        FloatVector c10b = FloatVector.zero(SPECIES);
        FloatVector c11a = FloatVector.zero(SPECIES);
        FloatVector c11b = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            FloatVector ba = FloatVector.fromMemorySegment(SPECIES, b, bAt + (long) p * PANEL_BYTES, ORDER);
            FloatVector bb = FloatVector.fromMemorySegment(SPECIES, b, bAt + (long) p * PANEL_BYTES + BYTES, ORDER);
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
            ap = FloatVector.broadcast(SPECIES, a[p + 6 * LDA]);
            c6a = ba.fma(ap, c6a);
            c6b = bb.fma(ap, c6b);
            ap = FloatVector.broadcast(SPECIES, a[p + 7 * LDA]);
            c7a = ba.fma(ap, c7a);
            c7b = bb.fma(ap, c7b);
            ap = FloatVector.broadcast(SPECIES, a[p + 8 * LDA]);
            c8a = ba.fma(ap, c8a);
            c8b = bb.fma(ap, c8b);
            ap = FloatVector.broadcast(SPECIES, a[p + 9 * LDA]);
            c9a = ba.fma(ap, c9a);
            c9b = bb.fma(ap, c9b);
            ap = FloatVector.broadcast(SPECIES, a[p + 10 * LDA]);
            c10a = ba.fma(ap, c10a);
            c10b = bb.fma(ap, c10b);
            ap = FloatVector.broadcast(SPECIES, a[p + 11 * LDA]);
            c11a = ba.fma(ap, c11a);
            c11b = bb.fma(ap, c11b);
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
        c6a.intoArray(tile, 12 * LENGTH);
        c6b.intoArray(tile, 13 * LENGTH);
        c7a.intoArray(tile, 14 * LENGTH);
        c7b.intoArray(tile, 15 * LENGTH);
        c8a.intoArray(tile, 16 * LENGTH);
        c8b.intoArray(tile, 17 * LENGTH);
        c9a.intoArray(tile, 18 * LENGTH);
        c9b.intoArray(tile, 19 * LENGTH);
        c10a.intoArray(tile, 20 * LENGTH);
        c10b.intoArray(tile, 21 * LENGTH);
        c11a.intoArray(tile, 22 * LENGTH);
        c11b.intoArray(tile, 23 * LENGTH);
    }

    private static void tile10(int depth, float[] a, MemorySegment b, long bAt, float[] tile) {
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
        FloatVector c6a = FloatVector.zero(SPECIES);
        FloatVector c6b = FloatVector.zero(SPECIES);
        FloatVector c7a = FloatVector.zero(SPECIES);
        FloatVector c7b = FloatVector.zero(SPECIES);
        FloatVector c8a = FloatVector.zero(SPECIES);
        FloatVector c8b = FloatVector.zero(SPECIES);
        FloatVector c9a = FloatVector.zero(SPECIES);
        FloatVector c9b = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            FloatVector ba = FloatVector.fromMemorySegment(SPECIES, b, bAt + (long) p * PANEL_BYTES, ORDER);
            FloatVector bb = FloatVector.fromMemorySegment(SPECIES, b, bAt + (long) p * PANEL_BYTES + BYTES, ORDER);
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
            ap = FloatVector.broadcast(SPECIES, a[p + 6 * LDA]);
            c6a = ba.fma(ap, c6a);
            c6b = bb.fma(ap, c6b);
            ap = FloatVector.broadcast(SPECIES, a[p + 7 * LDA]);
            c7a = ba.fma(ap, c7a);
            c7b = bb.fma(ap, c7b);
            ap = FloatVector.broadcast(SPECIES, a[p + 8 * LDA]);
            c8a = ba.fma(ap, c8a);
            c8b = bb.fma(ap, c8b);
            ap = FloatVector.broadcast(SPECIES, a[p + 9 * LDA]);
            c9a = ba.fma(ap, c9a);
            c9b = bb.fma(ap, c9b);
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
        c6a.intoArray(tile, 12 * LENGTH);
        c6b.intoArray(tile, 13 * LENGTH);
        c7a.intoArray(tile, 14 * LENGTH);
        c7b.intoArray(tile, 15 * LENGTH);
        c8a.intoArray(tile, 16 * LENGTH);
        c8b.intoArray(tile, 17 * LENGTH);
        c9a.intoArray(tile, 18 * LENGTH);
        c9b.intoArray(tile, 19 * LENGTH);
    }

    private static void tile8(int depth, float[] a, MemorySegment b, long bAt, float[] tile) {
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
        FloatVector c6a = FloatVector.zero(SPECIES);
        FloatVector c6b = FloatVector.zero(SPECIES);
        FloatVector c7a = FloatVector.zero(SPECIES);
        FloatVector c7b = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            FloatVector ba = FloatVector.fromMemorySegment(SPECIES, b, bAt + (long) p * PANEL_BYTES, ORDER);
            FloatVector bb = FloatVector.fromMemorySegment(SPECIES, b, bAt + (long) p * PANEL_BYTES + BYTES, ORDER);
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
            ap = FloatVector.broadcast(SPECIES, a[p + 6 * LDA]);
            c6a = ba.fma(ap, c6a);
            c6b = bb.fma(ap, c6b);
            ap = FloatVector.broadcast(SPECIES, a[p + 7 * LDA]);
            c7a = ba.fma(ap, c7a);
            c7b = bb.fma(ap, c7b);
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
        c6a.intoArray(tile, 12 * LENGTH);
        c6b.intoArray(tile, 13 * LENGTH);
        c7a.intoArray(tile, 14 * LENGTH);
        c7b.intoArray(tile, 15 * LENGTH);
    }

    private static void tile6(int depth, float[] a, MemorySegment b, long bAt, float[] tile) {
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
            FloatVector ba = FloatVector.fromMemorySegment(SPECIES, b, bAt + (long) p * PANEL_BYTES, ORDER);
            FloatVector bb = FloatVector.fromMemorySegment(SPECIES, b, bAt + (long) p * PANEL_BYTES + BYTES, ORDER);
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

    private static void tile4(int depth, float[] a, MemorySegment b, long bAt, float[] tile) {
        FloatVector c0a = FloatVector.zero(SPECIES);
        FloatVector c0b = FloatVector.zero(SPECIES);
        FloatVector c1a = FloatVector.zero(SPECIES);
        FloatVector c1b = FloatVector.zero(SPECIES);
        FloatVector c2a = FloatVector.zero(SPECIES);
        FloatVector c2b = FloatVector.zero(SPECIES);
        FloatVector c3a = FloatVector.zero(SPECIES);
        FloatVector c3b = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            FloatVector ba = FloatVector.fromMemorySegment(SPECIES, b, bAt + (long) p * PANEL_BYTES, ORDER);
            FloatVector bb = FloatVector.fromMemorySegment(SPECIES, b, bAt + (long) p * PANEL_BYTES + BYTES, ORDER);
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

    private static void tile2(int depth, float[] a, MemorySegment b, long bAt, float[] tile) {
        FloatVector c0a = FloatVector.zero(SPECIES);
        FloatVector c0b = FloatVector.zero(SPECIES);
        FloatVector c1a = FloatVector.zero(SPECIES);
        FloatVector c1b = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            FloatVector ba = FloatVector.fromMemorySegment(SPECIES, b, bAt + (long) p * PANEL_BYTES, ORDER);
            FloatVector bb = FloatVector.fromMemorySegment(SPECIES, b, bAt + (long) p * PANEL_BYTES + BYTES, ORDER);
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

    private static void tile1(int depth, float[] a, MemorySegment b, long bAt, float[] tile) {
        FloatVector c0a = FloatVector.zero(SPECIES);
        FloatVector c0b = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            FloatVector ba = FloatVector.fromMemorySegment(SPECIES, b, bAt + (long) p * PANEL_BYTES, ORDER);
            FloatVector bb = FloatVector.fromMemorySegment(SPECIES, b, bAt + (long) p * PANEL_BYTES + BYTES, ORDER);
            FloatVector ap = FloatVector.broadcast(SPECIES, a[p]);
            c0a = ba.fma(ap, c0a);
            c0b = bb.fma(ap, c0b);
        }
        c0a.intoArray(tile, 0);
        c0b.intoArray(tile, LENGTH);
    }
}
