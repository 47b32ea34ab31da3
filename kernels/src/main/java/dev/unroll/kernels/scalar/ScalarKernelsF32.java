package dev.unroll.kernels.scalar;

import dev.unroll.kernels.provider.KernelSet;

/** All scalar kernels of one element type. */
public final class ScalarKernelsF32 {
    private ScalarKernelsF32() {}

    /**
     * Returns the scalar kernels.
     *
     * @return one of each family
     */
    public static KernelSet set() {
        return new KernelSet(
                new ScalarGemmF32(),
                new ScalarElementwiseF32(),
                new ScalarActivationF32(),
                new ScalarReductionF32(),
                new ScalarExtremaF32(),
                new ScalarOptimizerF32(),
                new ScalarRnnF32(),
                new ScalarLstmF32(),
                new ScalarGruF32(),
                new ScalarResetBeforeGruF32(),
                new ScalarMaxoutF32(),
                new ScalarLpF32(),
                new ScalarLayerNormF32(),
                new ScalarSoftmaxF32(),
                new ScalarBinaryCrossEntropyF32(),
                new ScalarHuberF32(),
                new ScalarDropoutF32(),
                new ScalarNoiseF32(),
                new ScalarEmbeddingF32());
    }
}
