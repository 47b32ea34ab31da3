package dev.unroll.kernels;

import dev.unroll.kernels.provider.Provider;

/** Which kernels compute here, and why. */
public final class Kernels {
    private Kernels() {}

    /**
     * The width of the active kernels for F32.
     *
     * @return bits of a vector; 0 for the scalar kernels
     */
    public static int vectorBits() {
        return Provider.vectorBits();
    }

    /**
     * Which kernels are active, and why.
     *
     * @return a line such as {@code 512 bit vectors (the widest of this processor)}
     */
    public static String describe() {
        int bits = vectorBits();
        return (bits == 0 ? "scalar" : bits + " bit vectors") + " (" + Provider.reason() + ")";
    }
}
