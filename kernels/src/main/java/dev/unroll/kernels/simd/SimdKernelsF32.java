package dev.unroll.kernels.simd;

import dev.unroll.kernels.provider.KernelSet;
import dev.unroll.kernels.simd.gemm.SimdGemmF32;
import dev.unroll.kernels.simd.math.SimdActivationF32;
import dev.unroll.kernels.simd.math.SimdElementwiseF32;

/** The vector kernels of one element type. */
final class SimdKernelsF32 {
    private SimdKernelsF32() {}

    /** Returns one kernel of each family. */
    static KernelSet set() {
        return new KernelSet(
                new SimdGemmF32(),
                new SimdElementwiseF32(),
                new SimdActivationF32(),
                new SimdReductionF32(),
                new SimdExtremaF32(),
                new SimdOptimizerF32(),
                new SimdRnnF32(),
                new SimdLstmF32(),
                new SimdGruF32(),
                new SimdResetBeforeGruF32(),
                new SimdMaxoutF32(),
                new SimdLpF32(),
                new SimdLayerNormF32(),
                new SimdSoftmaxF32(),
                new SimdBinaryCrossEntropyF32(),
                new SimdHuberF32(),
                new SimdDropoutF32(),
                new SimdNoiseF32(),
                new SimdEmbeddingF32());
    }
}
