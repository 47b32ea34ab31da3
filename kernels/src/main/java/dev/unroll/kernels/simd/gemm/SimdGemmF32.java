package dev.unroll.kernels.simd.gemm;

import static dev.unroll.kernels.simd.gemm.GemmBlocksF32.PANEL;
import static dev.unroll.kernels.simd.gemm.GemmBlocksF32.PANEL_BYTES;

import dev.unroll.kernels.provider.GemmKernel;
import dev.unroll.kernels.provider.GemmProblem;
import java.lang.foreign.MemorySegment;

/** Matrix products by packed panels and register tiles; {@link GemmProductF32} describes the loops. */
public final class SimdGemmF32 implements GemmKernel {
    /** Creates a kernel; all of them are alike. */
    public SimdGemmF32() {}

    @Override
    public void multiply(GemmProblem problem, int firstRow, int lastRow, int firstColumn, int lastColumn) {
        int rows = lastRow - firstRow;
        int columns = lastColumn - firstColumn;
        if (rows == 0 || columns == 0) {
            return;
        }
        if (problem.k() == 0 || (float) problem.alpha() == 0) { // as in BLAS, A and B are not read
            long at = problem.offsetInC(firstRow, firstColumn, Float.BYTES);
            long rowBytes = problem.cStride() * Float.BYTES;
            GemmUpdateF32.scale(rows, columns, (float) problem.beta(), problem.c(), at, rowBytes);
            GemmEpilogueF32.apply(problem, rows, firstColumn, columns, at);
        } else {
            GemmProductF32.ofThread().run(problem, firstRow, rows, firstColumn, lastColumn);
        }
    }

    @Override
    public int panelColumns() {
        return PANEL;
    }

    @Override
    public long packedBytes(int k, int n, boolean halved) {
        return (long) k * GemmBlocksF32.panels(n) * (halved ? PANEL_BYTES / 2 : PANEL_BYTES);
    }

    @Override
    public void pack(
            boolean transposeB, boolean halved, int k, int n, int firstColumn, int lastColumn,
            MemorySegment b, long bOffset, long bStride, MemorySegment packed, long pOffset) {
        int step = k == 0 ? 0 : GemmBlocksF32.depth(k);
        int columns = lastColumn - firstColumn;
        long rowBytes = halved ? PANEL_BYTES / 2 : PANEL_BYTES;
        for (int p = 0, depth; p < k; p += depth) {
            depth = Math.min(step, k - p);
            long before = (long) p * GemmBlocksF32.panels(n) + (long) depth * (firstColumn / PANEL);
            long from = bOffset + (transposeB ? firstColumn * bStride + p : p * bStride + firstColumn) * Float.BYTES;
            long to = pOffset + before * rowBytes;
            if (halved) {
                packHalves(transposeB, depth, columns, b, from, bStride, packed, to);
            } else {
                packPanels(transposeB, depth, columns, b, from, bStride, packed, to);
            }
        }
    }

    private static void packPanels(
            boolean transposeB, int depth, int columns, MemorySegment b, long bAt, long ldb,
            MemorySegment packed, long packedAt) {
        GemmPackingF32 packing = GemmProductF32.ofThread().packing();
        long panelBytes = (long) depth * PANEL_BYTES;
        if (transposeB) {
            packing.transposedPanels(depth, columns, b, bAt, ldb, packed, packedAt, panelBytes);
        } else {
            packing.panels(depth, columns, b, bAt, ldb, packed, packedAt, panelBytes);
        }
    }

    private static void packHalves(
            boolean transposeB, int depth, int columns, MemorySegment b, long bAt, long ldb,
            MemorySegment packed, long packedAt) {
        MemorySegment panel = GemmProductF32.ofThread().block();
        long to = packedAt;
        for (int j = 0; j < columns; j += PANEL) {
            long from = bAt + (transposeB ? j * ldb : j) * Float.BYTES;
            packPanels(transposeB, depth, Math.min(PANEL, columns - j), b, from, ldb, panel, 0);
            GemmHalvesF32.narrow(depth, panel, 0, packed, to);
            to += (long) depth * (PANEL_BYTES / 2);
        }
    }
}
