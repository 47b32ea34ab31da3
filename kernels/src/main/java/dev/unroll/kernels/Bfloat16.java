package dev.unroll.kernels;

import dev.unroll.kernels.scalar.ScalarHalfF32;

/**
 * The number format bfloat16: the upper half of the bits of an F32, with its sign and its 8 bits of exponent but 7 bits of
 * fraction instead of 23. It stores numbers; nothing computes in it.
 *
 * <p>Every bfloat16 is an F32, and every F32 whose lower 16 bits are zero is a bfloat16.
 */
public final class Bfloat16 {
    private Bfloat16() {}

    /**
     * Rounds a number to the nearest bfloat16, in a tie to the one whose last bit is 0. The error is at most 2^-8 of the
     * number, unless it is subnormal.
     *
     * @param x any number; from about 3.396e38 on it becomes infinite, and a NaN becomes {@link Float#NaN}
     * @return the rounded number as an F32
     */
    public static float round(float x) {
        return ScalarHalfF32.round(x);
    }

    /**
     * Returns the bits of the nearest bfloat16.
     *
     * @param x any number, rounded as {@link #round} does
     * @return the bits
     */
    public static short of(float x) {
        return (short) (Float.floatToRawIntBits(round(x)) >>> Short.SIZE);
    }

    /**
     * Returns the number of some bits.
     *
     * @param bits of a bfloat16
     * @return exactly the same number
     */
    public static float toFloat(short bits) {
        return Float.intBitsToFloat(bits << Short.SIZE);
    }
}
