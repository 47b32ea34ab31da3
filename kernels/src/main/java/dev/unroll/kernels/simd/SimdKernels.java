package dev.unroll.kernels.simd;

import dev.unroll.kernels.provider.KernelSet;
import jdk.incubator.vector.VectorShape;

/** The vector kernels; entered only if the module of the Vector API is present. */
public final class SimdKernels {
    private SimdKernels() {}

    /**
     * Returns the vector width that this processor prefers.
     *
     * @return bits
     */
    public static int widestBits() {
        return VectorShape.preferredShape().vectorBitSize();
    }

    /**
     * Returns the kernels for floats.
     *
     * @return one of each family
     */
    public static KernelSet f32() {
        return SimdKernelsF32.set();
    }

    /**
     * Returns the kernels for doubles.
     *
     * @return one of each family
     */
    public static KernelSet f64() {
        return SimdKernelsF64.set();
    }
}
