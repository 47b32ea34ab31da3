package dev.unroll.kernels.simd;

import static dev.unroll.kernels.simd.GemmBlocksF32.LDA;
import static dev.unroll.kernels.simd.GemmBlocksF32.MAX_DEPTH;
import static dev.unroll.kernels.simd.GemmBlocksF32.PANEL;
import static dev.unroll.kernels.simd.GemmBlocksF32.PANEL_BYTES;
import static dev.unroll.kernels.simd.VectorsF32.BYTES;
import static dev.unroll.kernels.simd.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.VectorsF32.SPECIES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Copies operands into the order in which the micro-kernels read them: rows of A at the constant distance of
 * {@link GemmBlocksF32#LDA}; B as panels of {@link GemmBlocksF32#PANEL} columns, each one run of memory, the last one
 * filled up with zeros. Operands that lie the other way round are turned in a small array, a strip, where single
 * elements are reached without the checks of a segment.
 */
final class GemmPackingF32 {
    /** Elements between rows of the strip: no multiple of a cache line, so that columns of it use all sets. */
    private static final int STRIP_ROW = MAX_DEPTH + 4;

    private final float[] strip = new float[PANEL * STRIP_ROW];

    /** Packs rows of A as they lie in memory, the first one from {@code packed[at]} on. */
    void rows(int rows, int depth, MemorySegment a, long aAt, long lda, float[] packed, int at) {
        for (int r = 0; r < rows; r++) {
            MemorySegment.copy(a, JAVA_FLOAT, aAt + r * lda * Float.BYTES, packed, at + r * LDA, depth);
        }
    }

    /** Packs rows of op(A) that are columns in memory. */
    void columns(int rows, int depth, MemorySegment a, long aAt, long lda, float[] packed, int at) {
        for (int first = 0; first < rows; first += LENGTH) {
            int count = Math.min(LENGTH, rows - first);
            copyColumns(count, depth, a, aAt + (long) first * Float.BYTES, lda * Float.BYTES, strip);
            for (int r = 0; r < count; r++) {
                turnColumn(depth, strip, r, packed, at + (first + r) * LDA);
            }
        }
    }

    private static void copyColumns(int count, int depth, MemorySegment a, long aAt, long rowBytes, float[] strip) {
        MemorySegment as = VectorsF32.offHeap(a);
        VectorMask<Float> mask = SPECIES.indexInRange(0, count);
        for (int p = 0; p < depth; p++) {
            FloatVector.fromMemorySegment(SPECIES, as, aAt + p * rowBytes, ORDER, mask).intoArray(strip, p * LENGTH);
        }
    }

    private static void turnColumn(int depth, float[] strip, int from, float[] packed, int to) {
        for (int p = 0; p < depth; p++) {
            packed[to + p] = strip[from + p * LENGTH];
        }
    }

    /**
     * Packs rows of some columns of B, which lies in memory row by row. The first panel begins at {@code packedAt}, the
     * next ones at distances of {@code panelBytes}.
     */
    void panels(
            int depth, int columns, MemorySegment b, long bAt, long ldb,
            MemorySegment packed, long packedAt, long panelBytes) {
        for (int panel = 0; panel < GemmBlocksF32.panels(columns); panel++) {
            int j = panel * PANEL;
            long from = bAt + (long) j * Float.BYTES;
            long to = packedAt + panel * panelBytes;
            if (columns - j >= PANEL) {
                panel(depth, b, from, ldb * Float.BYTES, packed, to);
            } else {
                lastPanel(depth, columns - j, b, from, ldb * Float.BYTES, packed, to);
            }
        }
    }

    private static void panel(
            int depth, MemorySegment b, long bAt, long rowBytes, MemorySegment packed, long packedAt) {
        MemorySegment bs = VectorsF32.offHeap(b);
        MemorySegment ps = VectorsF32.offHeap(packed);
        for (int p = 0; p < depth; p++) {
            long from = bAt + p * rowBytes;
            long to = packedAt + (long) p * PANEL_BYTES;
            FloatVector.fromMemorySegment(SPECIES, bs, from, ORDER).intoMemorySegment(ps, to, ORDER);
            FloatVector.fromMemorySegment(SPECIES, bs, from + BYTES, ORDER).intoMemorySegment(ps, to + BYTES, ORDER);
        }
    }

    private static void lastPanel(
            int depth, int columns, MemorySegment b, long bAt, long rowBytes, MemorySegment packed, long packedAt) {
        MemorySegment bs = VectorsF32.offHeap(b);
        MemorySegment ps = VectorsF32.offHeap(packed);
        VectorMask<Float> ma = SPECIES.indexInRange(0, columns);
        VectorMask<Float> mb = SPECIES.indexInRange(LENGTH, columns);
        for (int p = 0; p < depth; p++) {
            long from = bAt + p * rowBytes;
            long to = packedAt + (long) p * PANEL_BYTES;
            FloatVector.fromMemorySegment(SPECIES, bs, from, ORDER, ma).intoMemorySegment(ps, to, ORDER);
            FloatVector vb = columns > LENGTH
                    ? FloatVector.fromMemorySegment(SPECIES, bs, from + BYTES, ORDER, mb)
                    : FloatVector.zero(SPECIES);
            vb.intoMemorySegment(ps, to + BYTES, ORDER);
        }
    }

    /** Packs columns of op(B) that are rows in memory. */
    void transposedPanels(
            int depth, int columns, MemorySegment b, long bAt, long ldb,
            MemorySegment packed, long packedAt, long panelBytes) {
        for (int panel = 0; panel < GemmBlocksF32.panels(columns); panel++) {
            int first = panel * PANEL;
            int count = Math.min(PANEL, columns - first);
            for (int j = 0; j < count; j++) {
                long from = bAt + (first + j) * ldb * Float.BYTES;
                MemorySegment.copy(b, JAVA_FLOAT, from, strip, j * STRIP_ROW, depth);
            }
            Arrays.fill(strip, count * STRIP_ROW, PANEL * STRIP_ROW, 0);
            turnRows(depth, strip, packed, packedAt + panel * panelBytes);
        }
    }

    private static void turnRows(int depth, float[] strip, MemorySegment packed, long packedAt) {
        MemorySegment ps = VectorsF32.offHeap(packed);
        for (int p = 0; p < depth; p++) {
            for (int j = 0; j < PANEL; j++) {
                long to = packedAt + (long) p * PANEL_BYTES + (long) j * Float.BYTES;
                ps.set(JAVA_FLOAT, to, strip[p + j * STRIP_ROW]);
            }
        }
    }
}
