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
    public long packedBytes(int k, int n) {
        return (long) k * GemmBlocksF32.panels(n) * PANEL_BYTES;
    }

    @Override
    public void pack(
            boolean transposeB, int k, int n, int firstColumn, int lastColumn,
            MemorySegment b, long bOffset, long bStride, MemorySegment packed, long pOffset) {
        GemmPackingF32 packing = GemmProductF32.ofThread().packing();
        int step = k == 0 ? 0 : GemmBlocksF32.depth(k);
        int columns = lastColumn - firstColumn;
        for (int p = 0, depth; p < k; p += depth) {
            depth = Math.min(step, k - p);
            long before = (long) p * GemmBlocksF32.panels(n) + (long) depth * (firstColumn / PANEL);
            long to = pOffset + before * PANEL_BYTES;
            long panelBytes = (long) depth * PANEL_BYTES;
            if (transposeB) {
                long from = bOffset + (firstColumn * bStride + p) * Float.BYTES;
                packing.transposedPanels(depth, columns, b, from, bStride, packed, to, panelBytes);
            } else {
                long from = bOffset + (p * bStride + firstColumn) * Float.BYTES;
                packing.panels(depth, columns, b, from, bStride, packed, to, panelBytes);
            }
        }
    }
}
