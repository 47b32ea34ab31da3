package dev.unroll.kernels.simd.gemm;

import static dev.unroll.kernels.simd.gemm.GemmBlocksF32.LDA;
import static dev.unroll.kernels.simd.gemm.GemmHalvesF32.HALF;
import static dev.unroll.kernels.simd.math.VectorsF32.BYTES;
import static dev.unroll.kernels.simd.math.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;

import dev.unroll.kernels.simd.math.VectorsF32;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The micro-kernels of {@link GemmTilesF32} for few rows and panels in halves, which they widen in registers: such a
 * product waits for B, and half of it comes in half the time. A tile covers several panels that begin {@code panelBytes}
 * apart, and holds one after the other.
 */
final class GemmHalfTilesF32 {
    /**
     * The maximum number of rows of a product. For more, a block of B is widened once for all rows of tiles, which for 16
     * rows took 17% longer than the product with an F32 B, and for 64 rows 2% (Zen 3, 256 bits).
     */
    static final int MAX_ROWS = 16;

    /** The height of the highest tile: one of six rows needs more than 16 registers, and takes twice the time. */
    private static final int MAX_HEIGHT = 4;

    private GemmHalfTilesF32() {}

    /** The height of the next tile, dividing the remaining rows evenly over tiles; it may be more than there are rows. */
    static int height(int left) {
        int tiles = (left + MAX_HEIGHT - 1) / MAX_HEIGHT;
        int rows = (left + tiles - 1) / tiles;
        return rows == 3 ? 4 : rows;
    }

    /**
     * The number of panels that a tile of some height covers at once, if there are so many. With five panels one row
     * reached 47 GB/s of halves in the second cache, and with four 35: those the compiler unrolls four times, and then
     * keeps sums in memory (Zen 3, 256 bits, Temurin 25.0.3).
     */
    static int panelsAtOnce(int height, int count) {
        return height == 1 && count >= 5 ? 5 : 1;
    }

    /** Computes one tile. */
    static void multiply(
            int height, int panels, int depth, float[] a, MemorySegment b, long bAt, long panelBytes, float[] tile) {
        switch (10 * height + panels) {
            case 15 -> tile1x5(depth, a, b, bAt, panelBytes, tile);
            case 11 -> tile1(depth, a, b, bAt, tile);
            case 21 -> tile2(depth, a, b, bAt, tile);
            case 41 -> tile4(depth, a, b, bAt, tile);
            default -> throw new AssertionError(height + " rows, " + panels + " panels");
        }
    }

    private static void tile1x5(
            int depth, float[] a, MemorySegment b, long bAt, long panelBytes, float[] tile) {
        MemorySegment bs = VectorsF32.offHeap(b);
        IntVector upper = GemmHalvesF32.upper();
        FloatVector c0pa = FloatVector.zero(SPECIES);
        FloatVector c0pb = FloatVector.zero(SPECIES);
        FloatVector c0qa = FloatVector.zero(SPECIES);
        FloatVector c0qb = FloatVector.zero(SPECIES);
        FloatVector c0ra = FloatVector.zero(SPECIES);
        FloatVector c0rb = FloatVector.zero(SPECIES);
        FloatVector c0sa = FloatVector.zero(SPECIES);
        FloatVector c0sb = FloatVector.zero(SPECIES);
        FloatVector c0ta = FloatVector.zero(SPECIES);
        FloatVector c0tb = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            long row = bAt + (long) p * BYTES;
            FloatVector a0 = FloatVector.broadcast(SPECIES, a[p]);
            IntVector both = FloatVector.fromMemorySegment(SPECIES, bs, row, ORDER).reinterpretAsInts();
            FloatVector ba = both.lanewise(VectorOperators.LSHL, HALF).reinterpretAsFloats();
            FloatVector bb = both.and(upper).reinterpretAsFloats();
            c0pa = ba.fma(a0, c0pa);
            c0pb = bb.fma(a0, c0pb);
            row += panelBytes;
            both = FloatVector.fromMemorySegment(SPECIES, bs, row, ORDER).reinterpretAsInts();
            ba = both.lanewise(VectorOperators.LSHL, HALF).reinterpretAsFloats();
            bb = both.and(upper).reinterpretAsFloats();
            c0qa = ba.fma(a0, c0qa);
            c0qb = bb.fma(a0, c0qb);
            row += panelBytes;
            both = FloatVector.fromMemorySegment(SPECIES, bs, row, ORDER).reinterpretAsInts();
            ba = both.lanewise(VectorOperators.LSHL, HALF).reinterpretAsFloats();
            bb = both.and(upper).reinterpretAsFloats();
            c0ra = ba.fma(a0, c0ra);
            c0rb = bb.fma(a0, c0rb);
            row += panelBytes;
            both = FloatVector.fromMemorySegment(SPECIES, bs, row, ORDER).reinterpretAsInts();
            ba = both.lanewise(VectorOperators.LSHL, HALF).reinterpretAsFloats();
            bb = both.and(upper).reinterpretAsFloats();
            c0sa = ba.fma(a0, c0sa);
            c0sb = bb.fma(a0, c0sb);
            row += panelBytes;
            both = FloatVector.fromMemorySegment(SPECIES, bs, row, ORDER).reinterpretAsInts();
            ba = both.lanewise(VectorOperators.LSHL, HALF).reinterpretAsFloats();
            bb = both.and(upper).reinterpretAsFloats();
            c0ta = ba.fma(a0, c0ta);
            c0tb = bb.fma(a0, c0tb);
        }
        c0pa.intoArray(tile, 0);
        c0pb.intoArray(tile, LENGTH);
        c0qa.intoArray(tile, 2 * LENGTH);
        c0qb.intoArray(tile, 3 * LENGTH);
        c0ra.intoArray(tile, 4 * LENGTH);
        c0rb.intoArray(tile, 5 * LENGTH);
        c0sa.intoArray(tile, 6 * LENGTH);
        c0sb.intoArray(tile, 7 * LENGTH);
        c0ta.intoArray(tile, 8 * LENGTH);
        c0tb.intoArray(tile, 9 * LENGTH);
    }

    private static void tile1(int depth, float[] a, MemorySegment b, long bAt, float[] tile) {
        MemorySegment bs = VectorsF32.offHeap(b);
        IntVector upper = GemmHalvesF32.upper();
        FloatVector c0a = FloatVector.zero(SPECIES);
        FloatVector c0b = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            long row = bAt + (long) p * BYTES;
            IntVector both = FloatVector.fromMemorySegment(SPECIES, bs, row, ORDER).reinterpretAsInts();
            FloatVector ba = both.lanewise(VectorOperators.LSHL, HALF).reinterpretAsFloats();
            FloatVector bb = both.and(upper).reinterpretAsFloats();
            FloatVector ap = FloatVector.broadcast(SPECIES, a[p]);
            c0a = ba.fma(ap, c0a);
            c0b = bb.fma(ap, c0b);
        }
        c0a.intoArray(tile, 0);
        c0b.intoArray(tile, LENGTH);
    }

    private static void tile2(int depth, float[] a, MemorySegment b, long bAt, float[] tile) {
        MemorySegment bs = VectorsF32.offHeap(b);
        IntVector upper = GemmHalvesF32.upper();
        FloatVector c0a = FloatVector.zero(SPECIES);
        FloatVector c0b = FloatVector.zero(SPECIES);
        FloatVector c1a = FloatVector.zero(SPECIES);
        FloatVector c1b = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            long row = bAt + (long) p * BYTES;
            IntVector both = FloatVector.fromMemorySegment(SPECIES, bs, row, ORDER).reinterpretAsInts();
            FloatVector ba = both.lanewise(VectorOperators.LSHL, HALF).reinterpretAsFloats();
            FloatVector bb = both.and(upper).reinterpretAsFloats();
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

    private static void tile4(int depth, float[] a, MemorySegment b, long bAt, float[] tile) {
        MemorySegment bs = VectorsF32.offHeap(b);
        IntVector upper = GemmHalvesF32.upper();
        FloatVector c0a = FloatVector.zero(SPECIES);
        FloatVector c0b = FloatVector.zero(SPECIES);
        FloatVector c1a = FloatVector.zero(SPECIES);
        FloatVector c1b = FloatVector.zero(SPECIES);
        FloatVector c2a = FloatVector.zero(SPECIES);
        FloatVector c2b = FloatVector.zero(SPECIES);
        FloatVector c3a = FloatVector.zero(SPECIES);
        FloatVector c3b = FloatVector.zero(SPECIES);
        for (int p = 0; p < depth; p++) {
            long row = bAt + (long) p * BYTES;
            IntVector both = FloatVector.fromMemorySegment(SPECIES, bs, row, ORDER).reinterpretAsInts();
            FloatVector ba = both.lanewise(VectorOperators.LSHL, HALF).reinterpretAsFloats();
            FloatVector bb = both.and(upper).reinterpretAsFloats();
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
}
