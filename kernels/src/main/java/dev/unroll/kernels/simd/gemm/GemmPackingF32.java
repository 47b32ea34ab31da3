package dev.unroll.kernels.simd.gemm;

import static dev.unroll.kernels.simd.gemm.GemmBlocksF32.LDA;
import static dev.unroll.kernels.simd.gemm.GemmBlocksF32.PANEL;
import static dev.unroll.kernels.simd.gemm.GemmBlocksF32.PANEL_BYTES;
import static dev.unroll.kernels.simd.math.VectorsF32.BYTES;
import static dev.unroll.kernels.simd.math.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.simd.math.VectorsF32;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Packs operands into the order in which the micro-kernels read them: rows of A at the constant distance {@link
 * GemmBlocksF32#LDA}; B as panels of {@link GemmBlocksF32#PANEL} columns, each contiguous, the last one padded with
 * zeros. Operands in the other order are transposed square by square.
 */
final class GemmPackingF32 {
    private final SquareF32 square = new SquareF32();

    /** Packs rows of A as they lie in memory, the first one from {@code packed[at]} on. */
    void rows(int rows, int depth, MemorySegment a, long aAt, long lda, float[] packed, int at) {
        for (int r = 0; r < rows; r++) {
            MemorySegment.copy(a, JAVA_FLOAT, aAt + r * lda * Float.BYTES, packed, at + r * LDA, depth);
        }
    }

    /**
     * Packs rows of op(A) that are columns in memory. Up to a vector is written beyond each row: padding, or elements
     * that the next piece of the row overwrites.
     */
    void columns(int rows, int depth, MemorySegment a, long aAt, long lda, float[] packed, int at) {
        for (int p = 0; p < depth; p += LENGTH) { // along the rows of memory
            for (int r = 0; r < rows; r += LENGTH) {
                int count = Math.min(LENGTH, rows - r);
                long from = aAt + (p * lda + r) * Float.BYTES;
                square.load(Math.min(LENGTH, depth - p), count, a, from, lda * Float.BYTES);
                square.transpose();
                square.store(count, packed, at + r * LDA + p, LDA);
            }
        }
    }

    /**
     * Packs rows of some columns of B, which is stored row by row. The first panel begins at {@code packedAt}, the next
     * ones at distances of {@code panelBytes}.
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
        int halves = 2 * GemmBlocksF32.panels(columns);
        for (int half = 0; half < halves; half++) {
            int j = half * LENGTH;
            int count = Math.max(0, Math.min(LENGTH, columns - j));
            long from = bAt + j * ldb * Float.BYTES;
            halfPanel(depth, count, b, from, ldb, packed, packedAt + half / 2 * panelBytes + half % 2 * BYTES);
        }
    }

    private void halfPanel(
            int depth, int columns, MemorySegment b, long bAt, long ldb, MemorySegment packed, long packedAt) {
        for (int p = 0; p < depth; p += LENGTH) {
            int rows = Math.min(LENGTH, depth - p);
            square.load(columns, rows, b, bAt + (long) p * Float.BYTES, ldb * Float.BYTES);
            square.transpose();
            square.store(rows, packed, packedAt + (long) p * PANEL_BYTES, PANEL_BYTES);
        }
    }
}
