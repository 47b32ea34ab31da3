package dev.unroll.kernels.simd.gemm;

import static dev.unroll.kernels.simd.gemm.GemmBlocksF32.PANEL;
import static dev.unroll.kernels.simd.math.VectorsF32.BYTES;
import static dev.unroll.kernels.simd.math.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;

import dev.unroll.kernels.simd.math.VectorsF32;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Updates C with a finished tile. Separate from the micro-kernels, whose code grows by hundreds of compiler nodes with
 * every access to a segment; reading a tile back from the nearest cache costs little.
 */
final class GemmUpdateF32 {
    private GemmUpdateF32() {}

    /** {@code C = alpha tile}; C is not read. */
    static void overwrite(int rows, int columns, float alpha, float[] tile, int tileAt, MemorySegment c, long cAt,
            long rowBytes) {
        if (columns < PANEL) {
            overwritePart(rows, columns, alpha, tile, tileAt, c, cAt, rowBytes);
            return;
        }
        MemorySegment cs = VectorsF32.offHeap(c);
        for (int r = 0; r < rows; r++) {
            long at = cAt + r * rowBytes;
            FloatVector ta = FloatVector.fromArray(SPECIES, tile, tileAt + r * PANEL);
            FloatVector tb = FloatVector.fromArray(SPECIES, tile, tileAt + r * PANEL + LENGTH);
            ta.mul(alpha).intoMemorySegment(cs, at, ORDER);
            tb.mul(alpha).intoMemorySegment(cs, at + BYTES, ORDER);
        }
    }

    private static void overwritePart(
            int rows, int columns, float alpha, float[] tile, int tileAt, MemorySegment c, long cAt, long rowBytes) {
        MemorySegment cs = VectorsF32.offHeap(c);
        VectorMask<Float> ma = SPECIES.indexInRange(0, columns);
        VectorMask<Float> mb = SPECIES.indexInRange(LENGTH, columns);
        for (int r = 0; r < rows; r++) {
            long at = cAt + r * rowBytes;
            FloatVector ta = FloatVector.fromArray(SPECIES, tile, tileAt + r * PANEL);
            ta.mul(alpha).intoMemorySegment(cs, at, ORDER, ma);
            if (columns > LENGTH) {
                FloatVector tb = FloatVector.fromArray(SPECIES, tile, tileAt + r * PANEL + LENGTH);
                tb.mul(alpha).intoMemorySegment(cs, at + BYTES, ORDER, mb);
            }
        }
    }

    /** {@code C = alpha tile + beta C}, rounded as {@code fma(alpha, tile, beta C)}. */
    static void add(
            int rows, int columns, float alpha, float[] tile, int tileAt, float beta, MemorySegment c, long cAt,
            long rowBytes) {
        if (columns < PANEL) {
            addPart(rows, columns, alpha, tile, tileAt, beta, c, cAt, rowBytes);
            return;
        }
        MemorySegment cs = VectorsF32.offHeap(c);
        FloatVector factor = FloatVector.broadcast(SPECIES, alpha);
        for (int r = 0; r < rows; r++) {
            long at = cAt + r * rowBytes;
            FloatVector ca = FloatVector.fromMemorySegment(SPECIES, cs, at, ORDER).mul(beta);
            FloatVector cb = FloatVector.fromMemorySegment(SPECIES, cs, at + BYTES, ORDER).mul(beta);
            FloatVector ta = FloatVector.fromArray(SPECIES, tile, tileAt + r * PANEL);
            FloatVector tb = FloatVector.fromArray(SPECIES, tile, tileAt + r * PANEL + LENGTH);
            ta.fma(factor, ca).intoMemorySegment(cs, at, ORDER);
            tb.fma(factor, cb).intoMemorySegment(cs, at + BYTES, ORDER);
        }
    }

    private static void addPart(
            int rows, int columns, float alpha, float[] tile, int tileAt, float beta, MemorySegment c, long cAt,
            long rowBytes) {
        MemorySegment cs = VectorsF32.offHeap(c);
        VectorMask<Float> ma = SPECIES.indexInRange(0, columns);
        VectorMask<Float> mb = SPECIES.indexInRange(LENGTH, columns);
        FloatVector factor = FloatVector.broadcast(SPECIES, alpha);
        for (int r = 0; r < rows; r++) {
            long at = cAt + r * rowBytes;
            FloatVector ca = FloatVector.fromMemorySegment(SPECIES, cs, at, ORDER, ma).mul(beta);
            FloatVector ta = FloatVector.fromArray(SPECIES, tile, tileAt + r * PANEL);
            ta.fma(factor, ca).intoMemorySegment(cs, at, ORDER, ma);
            if (columns > LENGTH) {
                FloatVector cb = FloatVector.fromMemorySegment(SPECIES, cs, at + BYTES, ORDER, mb).mul(beta);
                FloatVector tb = FloatVector.fromArray(SPECIES, tile, tileAt + r * PANEL + LENGTH);
                tb.fma(factor, cb).intoMemorySegment(cs, at + BYTES, ORDER, mb);
            }
        }
    }

    /** {@code C = beta C}: the product with {@code k == 0}. */
    static void scale(int rows, int columns, float beta, MemorySegment c, long cAt, long rowBytes) {
        MemorySegment cs = VectorsF32.offHeap(c);
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < columns; j += LENGTH) {
                long at = cAt + r * rowBytes + (long) j * Float.BYTES;
                VectorMask<Float> mask = SPECIES.indexInRange(j, columns);
                FloatVector old = beta == 0
                        ? FloatVector.zero(SPECIES)
                        : FloatVector.fromMemorySegment(SPECIES, cs, at, ORDER, mask).mul(beta);
                old.intoMemorySegment(cs, at, ORDER, mask);
            }
        }
    }
}
