package dev.unroll.kernels.simd.math;

/**
 * Coefficients of {@code log(1 + e) = 2 atanh s} with {@code s = e / (2 + e)} and
 * {@code atanh s = s + s t Q(t)}, {@code t = s^2}. The polynomials Q minimize the greatest error of that relative to
 * {@code atanh s}, over {@code 0 <= t <= 1/9}, which is {@code 0 <= e <= 1} (Remez).
 */
public final class AtanhTable {
    private AtanhTable() {}

    /** For floats: the error of Q is 0.08 x 2^-24. */
    public static final class F32 {
        public static final float Q0 = 0x1.555502p-2f;
        public static final float Q1 = 0x1.99d208p-3f;
        public static final float Q2 = 0x1.1ebd0ep-3f;
        public static final float Q3 = 0x1.1ed7bep-3f;
        public static final float Q4 = 0;
        public static final float Q5 = 0;
        public static final float Q6 = 0;
        public static final float Q7 = 0;
        public static final float Q8 = 0;
        public static final float Q9 = 0;

        private F32() {}
    }

    /** For doubles: the error of Q is 0.02 x 2^-53. */
    public static final class F64 {
        public static final double Q0 = 0x1.5555555555535p-2;
        public static final double Q1 = 0x1.99999999a06c1p-3;
        public static final double Q2 = 0x1.249249209110dp-3;
        public static final double Q3 = 0x1.c71c741a06fc8p-4;
        public static final double Q4 = 0x1.745cb459ad0a6p-4;
        public static final double Q5 = 0x1.3b1dd3ac67ce3p-4;
        public static final double Q6 = 0x1.10682ee648bf3p-4;
        public static final double Q7 = 0x1.efd18bf1f6e9bp-5;
        public static final double Q8 = 0x1.55cf5fd70fa55p-5;
        public static final double Q9 = 0x1.5c5c1ab375b69p-4;

        private F64() {}
    }
}
