package dev.unroll.kernels.simd.math;

/**
 * Coefficients and limits of {@link ExpF32} and code derived from it. The polynomials P minimize the greatest error of
 * {@code r + r^2 P(r)}, relative to {@code e^r - 1}, over {@code |r| <= ln(2) / 2} (Remez).
 */
public final class ExpTable {
    private ExpTable() {}

    /**
     * For floats: the error of P is about 0.25 x 2^-24. P2 is 1/2 and not the float below, with which two floats had a
     * logistic function 2.03 units off.
     */
    public static final class F32 {
        public static final int FRACTION_BITS = 23;
        public static final int EXPONENT_BIAS = 127;

        /** The bits of half the first bit of the fraction, and of the sign. */
        public static final int HALF_BITS = 1 << 22;
        public static final int SIGN_BIT = Integer.MIN_VALUE;

        /** Above 2^23 floats are integers; what is added to this stands in the last bits of the sum. */
        public static final float TO_INTEGER = 0x1.8p23f;

        public static final float LOG2_E = 0x1.715476p0f;

        /** ln 2 in two parts, the first so short that its product with n is exact. */
        public static final float LN2_HIGH = 0x1.63p-1f;
        public static final float LN2_LOW = -0x1.bd0106p-13f;

        /** Coefficients of P, for r^2 to r^6; there are no further ones. */
        public static final float P2 = 0.5f;
        public static final float P3 = 0x1.5554aap-3f;
        public static final float P4 = 0x1.55579ep-5f;
        public static final float P5 = 0x1.122c58p-7f;
        public static final float P6 = 0x1.6aae80p-10f;
        public static final float P7 = 0;
        public static final float P8 = 0;
        public static final float P9 = 0;
        public static final float P10 = 0;
        public static final float P11 = 0;

        /** Where e^x is zero, and where it is infinite, to the nearest float. */
        public static final float EXP_LOWEST = -104;
        static final float EXP_HIGHEST = 89;

        /** Beyond this the logistic function is 1, to the nearest float. */
        public static final float SIGMOID_HIGHEST = 18;

        /** A power of two, 2^-24, that keeps 2^-n finite down to the smallest result of the logistic function. */
        public static final int SIGMOID_SCALE = 24;
        public static final float SIGMOID_FACTOR = 0x1.8p-24f;

        /** Beyond this the hyperbolic tangent is 1, to the nearest float, and so is {@code 1 - e^-2x}. */
        public static final float TANH_HIGHEST = 10;

        /**
         * Below it the square of x adds nothing to x in any rounding of tanh; it is left out, since one that is subnormal
         * takes many times as long.
         */
        public static final float TANH_LINEAR = 1e-18f;

        private F32() {}
    }

    /** For doubles: the error of P is 0.16 x 2^-53. */
    public static final class F64 {
        public static final int FRACTION_BITS = 52;
        public static final int EXPONENT_BIAS = 1023;
        public static final long HALF_BITS = 1L << 51;
        public static final long SIGN_BIT = Long.MIN_VALUE;
        public static final double TO_INTEGER = 0x1.8p52;
        public static final double LOG2_E = 0x1.71547652b82fep0;
        public static final double LN2_HIGH = 0x1.62e42feep-1;
        public static final double LN2_LOW = 0x1.a39ef35793c76p-33;
        public static final double P2 = 0x1.0000000000005p-1;
        public static final double P3 = 0x1.5555555555539p-3;
        public static final double P4 = 0x1.55555555522c2p-5;
        public static final double P5 = 0x1.1111111118f8fp-7;
        public static final double P6 = 0x1.6c16c17ed8c81p-10;
        public static final double P7 = 0x1.a01a01751bff3p-13;
        public static final double P8 = 0x1.a019a7788288fp-16;
        public static final double P9 = 0x1.71de87fd74c9bp-19;
        public static final double P10 = 0x1.28a1d64e5f23ep-22;
        public static final double P11 = 0x1.ae6ba9de698bfp-26;
        public static final double EXP_LOWEST = -746;
        static final double EXP_HIGHEST = 710;
        public static final double SIGMOID_HIGHEST = 38;
        public static final int SIGMOID_SCALE = 53;
        public static final double SIGMOID_FACTOR = 0x1.8p-53;
        public static final double TANH_HIGHEST = 20;

        /**
         * Below it the square of x adds nothing to x in any rounding of tanh; it is left out, since one that is subnormal
         * takes many times as long.
         */
        public static final double TANH_LINEAR = 1e-18;

        private F64() {}
    }
}
