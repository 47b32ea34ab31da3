package dev.unroll.kernels.simd.math;

/**
 * Coefficients and bit patterns of {@link LogF32} and code derived from it. The polynomials R minimize the greatest
 * error of {@code 2 s + s z R(z)}, {@code z = s^2}, relative to {@code 2 atanh s}, over {@code |s| <= (sqrt(2) - 1)^2}
 * (Remez).
 */
public final class LogTable {
    private LogTable() {}

    /** For floats: the error of R is 0.014 x 2^-24. */
    public static final class F32 {
        /**
         * The bits of 1, of the root of 1/2, of a fraction, and of what added to an integer makes it a float's last
         * bits.
         */
        public static final int ONE_BITS = 0x3f800000;
        static final int ROOT_BITS = 0x3f3504f3;
        static final int FRACTION_MASK = 0x7fffff;
        static final int TO_INTEGER_BITS = 0x4b400000;

        /** A power of two that makes subnormal numbers normal. */
        static final int SCALE = 24;
        static final float SCALE_FACTOR = 0x1p24f;

        /** The root of 2, less 1: where {@code 1 + f} is halved. */
        static final float LARGE = 0x1.a8279ap-2f;

        /** Coefficients of R, for z^0 to z^2; there are no further ones. */
        static final float L1 = 0x1.55557ap-1f;
        static final float L2 = 0x1.995ebap-2f;
        static final float L3 = 0x1.31e2f4p-2f;
        static final float L4 = 0;
        static final float L5 = 0;
        static final float L6 = 0;
        static final float L7 = 0;

        private F32() {}
    }

    /** For doubles: the error of R is 0.011 x 2^-53. */
    public static final class F64 {
        public static final long ONE_BITS = 0x3ff0000000000000L;
        static final long ROOT_BITS = 0x3fe6a09e667f3bcdL;
        static final long FRACTION_MASK = 0xfffffffffffffL;
        static final long TO_INTEGER_BITS = 0x4338000000000000L;
        static final int SCALE = 54;
        static final double SCALE_FACTOR = 0x1p54;
        static final double LARGE = 0x1.a827999fcef32p-2;
        static final double L1 = 0x1.5555555555592p-1;
        static final double L2 = 0x1.999999997fdb6p-2;
        static final double L3 = 0x1.24924941f1375p-2;
        static final double L4 = 0x1.c71c52094ce6ap-3;
        static final double L5 = 0x1.74663eebfe4d9p-3;
        static final double L6 = 0x1.39a1ba558b4cap-3;
        static final double L7 = 0x1.2f05679601145p-3;

        private F64() {}
    }
}
