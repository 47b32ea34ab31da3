package dev.unroll.kernels;

import dev.unroll.kernels.provider.Provider;

/** The kernels in use on this virtual machine. */
public final class Kernels {
    private Kernels() {}

    /** {@return the vector width of the F32 kernels in bits, 0 for the scalar kernels} */
    public static int vectorBits() {
        return Provider.vectorBits();
    }

    /**
     * Describes which kernels are in use, and why.
     *
     * @return a line such as {@code 512 bit vectors (the widest of this processor)}
     */
    public static String describe() {
        int bits = vectorBits();
        return (bits == 0 ? "scalar" : bits + " bit vectors") + " (" + Provider.reason() + ")";
    }
}
