package dev.unroll.kernels.simd.gemm;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.provider.GemmProblem;
import dev.unroll.kernels.simd.math.SimdActivationF32;
import dev.unroll.kernels.simd.math.SimdElementwiseF32;
import dev.unroll.kernels.simd.math.VectorsF32;
import java.lang.foreign.MemorySegment;

/** The epilogue of a matrix product, applied to rows of C when their sums are complete. */
final class GemmEpilogueF32 {
    private static final SimdElementwiseF32 ELEMENTWISE = new SimdElementwiseF32();

    private GemmEpilogueF32() {}

    /** {@code C = f(C + bias)} for some rows and columns of C, which begin at {@code cAt}. */
    static void apply(GemmProblem problem, int rows, int column, int columns, long cAt) {
        Activation f = problem.activation();
        MemorySegment bias = problem.bias();
        if (f == null && bias == null) {
            return;
        }
        MemorySegment c = problem.c();
        long rowBytes = problem.cStride() * Float.BYTES;
        long biasAt = problem.biasOffset() + (long) column * Float.BYTES;
        for (int r = 0; r < rows; r++) {
            long at = cAt + r * rowBytes;
            if (f == null) {
                ELEMENTWISE.add(columns, c, at, bias, biasAt, c, at);
            } else if (bias == null) {
                SimdActivationF32.ofSum(f, columns, c, at, VectorsF32.NOTHING, 0, 0, c, at);
            } else {
                SimdActivationF32.ofSum(f, columns, c, at, bias, biasAt, 1, c, at);
            }
        }
    }
}
