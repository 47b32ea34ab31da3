package dev.unroll.kernels.simd;

import dev.unroll.kernels.provider.KernelSet;
import dev.unroll.kernels.scalar.ScalarKernelsF32;
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
        KernelSet s = ScalarKernelsF32.set();
        return new KernelSet(
                new SimdGemmF32(),
                s.elementwise(),
                s.activation(),
                s.reduction(),
                s.rnn(),
                s.lstm(),
                s.gru(),
                s.softmax(),
                s.embedding());
    }
}
