package dev.unroll.kernels.simd;

import dev.unroll.kernels.provider.KernelSet;
import jdk.incubator.vector.VectorShape;

/** All vector kernels; reached only where the module of the Vector API is there. */
public final class SimdKernels {
    private SimdKernels() {}

    /**
     * The width that this processor prefers.
     *
     * @return bits
     */
    public static int widestBits() {
        return VectorShape.preferredShape().vectorBitSize();
    }

    /**
     * The kernels.
     *
     * @return one of each family
     */
    public static KernelSet f32() {
        return new KernelSet(
                new SimdGemmF32(),
                new SimdElementwiseF32(),
                new SimdActivationF32(),
                new SimdReductionF32(),
                new SimdRnnF32(),
                new SimdLstmF32(),
                new SimdGruF32(),
                new SimdSoftmaxF32(),
                new SimdEmbeddingF32());
    }
}
