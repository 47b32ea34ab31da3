package dev.unroll.kernels.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.provider.GemmKernel;
import java.lang.foreign.MemorySegment;

/**
 * Matrix products, written to be read: {@code c = beta c} and then {@code c += (alpha a[i,p]) b[p,j]} for p upwards. A
 * packed B is op(B) row by row. Products and sums are rounded apart: {@code Math.fma} is very slow without hardware.
 */
public final class ScalarGemmF32 implements GemmKernel {
    /** A kernel; all of them are alike. */
    public ScalarGemmF32() {}

    @Override
    public void gemm(
            boolean transposeA, boolean transposeB, int m, int n, int k, double alpha,
            MemorySegment a, long aOffset, long lda,
            MemorySegment b, long bOffset, long ldb,
            double beta, MemorySegment c, long cOffset, long ldc) {
        float factor = (float) alpha;
        long aRow = transposeA ? Float.BYTES : lda * Float.BYTES;
        long aColumn = transposeA ? lda * Float.BYTES : Float.BYTES;
        for (int i = 0; i < m; i++) {
            long cRow = cOffset + i * ldc * Float.BYTES;
            scaleRow(n, (float) beta, c, cRow);
            if (factor == 0) {
                continue; // as in BLAS, A and B are not read
            }
            long aAt = aOffset + i * aRow;
            if (transposeB) {
                addDotProducts(n, k, factor, a, aAt, aColumn, b, bOffset, ldb, c, cRow);
            } else {
                addRows(n, k, factor, a, aAt, aColumn, b, bOffset, ldb, c, cRow);
            }
        }
    }

    private static void scaleRow(int n, float beta, MemorySegment c, long cRow) {
        for (int j = 0; j < n; j++) {
            long at = cRow + (long) j * Float.BYTES;
            c.set(JAVA_FLOAT, at, beta == 0 ? 0 : beta * c.get(JAVA_FLOAT, at));
        }
    }

    /** One row of C, from rows of B. */
    private static void addRows(
            int n, int k, float alpha, MemorySegment a, long aAt, long aColumn,
            MemorySegment b, long bOffset, long ldb, MemorySegment c, long cRow) {
        for (int p = 0; p < k; p++) {
            float ap = alpha * a.get(JAVA_FLOAT, aAt + p * aColumn);
            long bRow = bOffset + p * ldb * Float.BYTES;
            for (int j = 0; j < n; j++) {
                long at = cRow + (long) j * Float.BYTES;
                float product = ap * b.get(JAVA_FLOAT, bRow + (long) j * Float.BYTES);
                c.set(JAVA_FLOAT, at, c.get(JAVA_FLOAT, at) + product);
            }
        }
    }

    /** One row of C, where columns of op(B) are rows in memory; the same sums in the same order. */
    private static void addDotProducts(
            int n, int k, float alpha, MemorySegment a, long aAt, long aColumn,
            MemorySegment b, long bOffset, long ldb, MemorySegment c, long cRow) {
        for (int j = 0; j < n; j++) {
            long bRow = bOffset + j * ldb * Float.BYTES;
            float sum = c.get(JAVA_FLOAT, cRow + (long) j * Float.BYTES);
            for (int p = 0; p < k; p++) {
                float ap = alpha * a.get(JAVA_FLOAT, aAt + p * aColumn);
                sum += ap * b.get(JAVA_FLOAT, bRow + (long) p * Float.BYTES);
            }
            c.set(JAVA_FLOAT, cRow + (long) j * Float.BYTES, sum);
        }
    }

    @Override
    public int panelColumns() {
        return 1;
    }

    @Override
    public long packedBytes(int k, int n) {
        return (long) k * n * Float.BYTES;
    }

    @Override
    public void pack(
            boolean transposeB, int k, int n,
            MemorySegment b, long bOffset, long ldb, MemorySegment packed, long pOffset) {
        long bRow = transposeB ? Float.BYTES : ldb * Float.BYTES;
        long bColumn = transposeB ? ldb * Float.BYTES : Float.BYTES;
        for (int p = 0; p < k; p++) {
            for (int j = 0; j < n; j++) {
                long to = pOffset + ((long) p * n + j) * Float.BYTES;
                packed.set(JAVA_FLOAT, to, b.get(JAVA_FLOAT, bOffset + p * bRow + j * bColumn));
            }
        }
    }

    @Override
    public void gemmPacked(
            boolean transposeA, int m, int n, int k, int from, int to, double alpha,
            MemorySegment a, long aOffset, long lda,
            MemorySegment packed, long pOffset,
            double beta, MemorySegment c, long cOffset, long ldc) {
        long skipped = (long) from * Float.BYTES;
        gemm(
                transposeA, false, m, to - from, k, alpha,
                a, aOffset, lda,
                packed, pOffset + skipped, n,
                beta, c, cOffset + skipped, ldc);
    }
}
