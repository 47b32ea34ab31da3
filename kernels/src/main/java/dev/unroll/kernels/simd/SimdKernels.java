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
     * The kernels for floats.
     *
     * @return one of each family
     */
    public static KernelSet f32() {
        return SimdKernelsF32.set();
    }

    /**
     * The kernels for doubles.
     *
     * @return one of each family
     */
    public static KernelSet f64() {
        return SimdKernelsF64.set();
    }
}
