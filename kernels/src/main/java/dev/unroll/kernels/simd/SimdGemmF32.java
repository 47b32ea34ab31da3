package dev.unroll.kernels.simd;

import static dev.unroll.kernels.simd.GemmBlocksF32.PANEL;
import static dev.unroll.kernels.simd.GemmBlocksF32.PANEL_BYTES;

import dev.unroll.kernels.provider.GemmKernel;
import java.lang.foreign.MemorySegment;

/** Matrix products by packed panels and register tiles; see {@link GemmProductF32} for how. */
public final class SimdGemmF32 implements GemmKernel {
    /** A kernel; all of them are alike. */
    public SimdGemmF32() {}

    @Override
    public void gemm(
            boolean transposeA, boolean transposeB, int m, int n, int k, double alpha,
            MemorySegment a, long aOffset, long lda,
            MemorySegment b, long bOffset, long ldb,
            double beta, MemorySegment c, long cOffset, long ldc) {
        if (isEmpty(m, k, alpha)) {
            GemmUpdateF32.scale(m, n, (float) beta, c, cOffset, ldc * Float.BYTES);
            return;
        }
        GemmProductF32 product = GemmProductF32.ofThread();
        product.setA(transposeA, a, aOffset, lda);
        product.setB(transposeB, b, bOffset, ldb);
        product.setC(c, cOffset, ldc);
        product.run(m, 0, n, k, (float) alpha, (float) beta);
    }

    /** Whether there is nothing to sum; as in BLAS, A and B are not read then. */
    private static boolean isEmpty(int m, int k, double alpha) {
        return m == 0 || k == 0 || (float) alpha == 0;
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
            boolean transposeB, int k, int n,
            MemorySegment b, long bOffset, long ldb, MemorySegment packed, long pOffset) {
        GemmPackingF32 packing = GemmProductF32.ofThread().packing();
        int step = k == 0 ? 0 : GemmBlocksF32.depth(k);
        for (int p = 0, depth; p < k; p += depth) {
            depth = Math.min(step, k - p);
            long to = pOffset + (long) p * GemmBlocksF32.panels(n) * PANEL_BYTES;
            if (transposeB) {
                packing.transposedPanels(depth, n, b, bOffset + (long) p * Float.BYTES, ldb, packed, to);
            } else {
                packing.panels(depth, n, b, bOffset + p * ldb * Float.BYTES, ldb, packed, to);
            }
        }
    }

    @Override
    public void gemmPacked(
            boolean transposeA, int m, int n, int k, int from, int to, double alpha,
            MemorySegment a, long aOffset, long lda,
            MemorySegment packed, long pOffset,
            double beta, MemorySegment c, long cOffset, long ldc) {
        if (isEmpty(m, k, alpha)) {
            GemmUpdateF32.scale(m, to - from, (float) beta, c, cOffset + (long) from * Float.BYTES, ldc * Float.BYTES);
            return;
        }
        GemmProductF32 product = GemmProductF32.ofThread();
        product.setA(transposeA, a, aOffset, lda);
        product.setPackedB(GemmBlocksF32.panels(n), packed, pOffset);
        product.setC(c, cOffset, ldc);
        product.run(m, from, to, k, (float) alpha, (float) beta);
    }
}
