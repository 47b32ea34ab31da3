package dev.unroll.kernels.scalar;

/** Rounding of a number to the upper half of its bits, which is bfloat16 for an f32. */
public final class ScalarHalfF32 {
    private static final int HALF = Float.SIZE / 2;

    private ScalarHalfF32() {}

    /** Returns the nearest number whose lower half is zero, in a tie the one with an even last bit. */
    public static float round(float x) {
        if (x != x) {
            return Float.NaN;
        }
        var bits = Float.floatToRawIntBits(x);
        bits += (1 << HALF - 1) - 1 + (bits >>> HALF & 1); // a carry out of the fraction raises the exponent, as it should
        return Float.intBitsToFloat(bits >> HALF << HALF);
    }
}
