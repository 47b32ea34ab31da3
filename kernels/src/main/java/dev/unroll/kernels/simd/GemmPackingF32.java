package dev.unroll.kernels.simd;

import static dev.unroll.kernels.simd.GemmBlocksF32.LDA;
import static dev.unroll.kernels.simd.GemmBlocksF32.PANEL;
import static dev.unroll.kernels.simd.GemmBlocksF32.PANEL_BYTES;
import static dev.unroll.kernels.simd.VectorsF32.BYTES;
import static dev.unroll.kernels.simd.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.VectorsF32.SPECIES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Copies operands into the order in which the micro-kernels read them. A block of A becomes rows of a constant leading
 * dimension, so that a tile may start at any row and its rows are at constant distances. B becomes panels of
 * {@link GemmBlocksF32#PANEL} columns, each one run of memory, the last one filled up with zeros.
 */
final class GemmPackingF32 {
    /** A cache line's worth of columns, read whole while it is there. */
    private static final int LINE = 64 / Float.BYTES;

    private GemmPackingF32() {}

    /** Packs rows of A as they lie in memory. */
    static void rows(int rows, int depth, MemorySegment a, long aAt, long lda, float[] packed) {
        for (int r = 0; r < rows; r++) {
            MemorySegment.copy(a, JAVA_FLOAT, aAt + r * lda * Float.BYTES, packed, r * LDA, depth);
        }
    }

    /** Packs rows of op(A) that are columns in memory. */
    static void columns(int rows, int depth, MemorySegment a, long aAt, long lda, float[] packed) {
        long stride = lda * Float.BYTES;
        for (int first = 0; first < rows; first += LINE) {
            int end = Math.min(first + LINE, rows);
            for (int r = first; r < end; r++) {
                long at = aAt + (long) r * Float.BYTES;
                int to = r * LDA;
                for (int p = 0; p < depth; p++) {
                    packed[to + p] = a.get(JAVA_FLOAT, at + p * stride);
                }
            }
        }
    }

    /** Packs columns of B, which lies in memory row by row. */
    static void panels(
            int depth, int columns, MemorySegment b, long bAt, long ldb, MemorySegment packed, long packedAt) {
        for (int panel = 0; panel < GemmBlocksF32.panels(columns); panel++) {
            int j = panel * PANEL;
            long from = bAt + (long) j * Float.BYTES;
            long to = packedAt + (long) panel * depth * PANEL_BYTES;
            if (columns - j >= PANEL) {
                panel(depth, b, from, ldb * Float.BYTES, packed, to);
            } else {
                lastPanel(depth, columns - j, b, from, ldb * Float.BYTES, packed, to);
            }
        }
    }

    private static void panel(
            int depth, MemorySegment b, long bAt, long rowBytes, MemorySegment packed, long packedAt) {
        for (int p = 0; p < depth; p++) {
            long from = bAt + p * rowBytes;
            long to = packedAt + (long) p * PANEL_BYTES;
            FloatVector.fromMemorySegment(SPECIES, b, from, ORDER).intoMemorySegment(packed, to, ORDER);
            FloatVector.fromMemorySegment(SPECIES, b, from + BYTES, ORDER).intoMemorySegment(packed, to + BYTES, ORDER);
        }
    }

    private static void lastPanel(
            int depth, int columns, MemorySegment b, long bAt, long rowBytes, MemorySegment packed, long packedAt) {
        VectorMask<Float> ma = SPECIES.indexInRange(0, columns);
        VectorMask<Float> mb = SPECIES.indexInRange(LENGTH, columns);
        for (int p = 0; p < depth; p++) {
            long from = bAt + p * rowBytes;
            long to = packedAt + (long) p * PANEL_BYTES;
            FloatVector.fromMemorySegment(SPECIES, b, from, ORDER, ma).intoMemorySegment(packed, to, ORDER);
            FloatVector vb = columns > LENGTH
                    ? FloatVector.fromMemorySegment(SPECIES, b, from + BYTES, ORDER, mb)
                    : FloatVector.zero(SPECIES);
            vb.intoMemorySegment(packed, to + BYTES, ORDER);
        }
    }

    /** Packs columns of op(B) that are rows in memory. */
    static void transposedPanels(
            int depth, int columns, MemorySegment b, long bAt, long ldb, MemorySegment packed, long packedAt) {
        for (int panel = 0; panel < GemmBlocksF32.panels(columns); panel++) {
            int j = panel * PANEL;
            long from = bAt + j * ldb * Float.BYTES;
            long to = packedAt + (long) panel * depth * PANEL_BYTES;
            transposedPanel(depth, Math.min(PANEL, columns - j), b, from, ldb * Float.BYTES, packed, to);
        }
    }

    private static void transposedPanel(
            int depth, int columns, MemorySegment b, long bAt, long rowBytes, MemorySegment packed, long packedAt) {
        for (int p = 0; p < depth; p++) {
            long from = bAt + (long) p * Float.BYTES;
            long to = packedAt + (long) p * PANEL_BYTES;
            for (int j = 0; j < columns; j++) {
                packed.set(JAVA_FLOAT, to + (long) j * Float.BYTES, b.get(JAVA_FLOAT, from + j * rowBytes));
            }
            for (int j = columns; j < PANEL; j++) {
                packed.set(JAVA_FLOAT, to + (long) j * Float.BYTES, 0);
            }
        }
    }
}
