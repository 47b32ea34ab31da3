package dev.unroll.kernels.simd.math;

/**
 * Coefficients and bit positions for turning random words into normal numbers: polynomials for the sine and cosine of a
 * whole turn, {@code sin(2 pi u) = u S(u^2)} and {@code cos(2 pi u) = C(u^2)} over {@code |u| <= 1/2}, by interpolation
 * at Chebyshev nodes.
 */
public final class NormalTable {
    private NormalTable() {}

    /** For floats: the errors of S and C are below 1.2e-8. */
    public static final class F32 {
        /** The shift of 23 random bits to the top of the fraction. */
        public static final int FRACTION_SHIFT = 0;

        public static final float S0 = 0x1.921fb6p2f;
        public static final float S1 = -0x1.4abbcep5f;
        public static final float S2 = 0x1.466ba8p6f;
        public static final float S3 = -0x1.32cfep6f;
        public static final float S4 = 0x1.5034f2p5f;
        public static final float S5 = -0x1.dcc958p3f;
        public static final float S6 = 0x1.9e6f94p1f;
        public static final float S7 = 0;
        public static final float S8 = 0;
        public static final float S9 = 0;
        public static final float S10 = 0;
        public static final float S11 = 0;
        public static final float C0 = 0x1p0f;
        public static final float C1 = -0x1.3bd3c8p4f;
        public static final float C2 = 0x1.03c1a8p6f;
        public static final float C3 = -0x1.55cceap6f;
        public static final float C4 = 0x1.e156e6p5f;
        public static final float C5 = -0x1.9f785cp4f;
        public static final float C6 = 0x1.a1c5fp2f;
        public static final float C7 = 0;
        public static final float C8 = 0;
        public static final float C9 = 0;
        public static final float C10 = 0;
        public static final float C11 = 0;

        private F32() {}
    }

    /** For doubles: the errors of S and C are below 2e-19. */
    public static final class F64 {
        public static final int FRACTION_SHIFT = 29;
        public static final double S0 = 0x1.921fb54442d18p2;
        public static final double S1 = -0x1.4abbce625be53p5;
        public static final double S2 = 0x1.466bc6775aae1p6;
        public static final double S3 = -0x1.32d2cce62bd5ap6;
        public static final double S4 = 0x1.50783487eda4ep5;
        public static final double S5 = -0x1.e3074fde3d411p3;
        public static final double S6 = 0x1.e8f434bf20447p1;
        public static final double S7 = -0x1.6fadb76b7ccecp-1;
        public static final double S8 = 0x1.aaebb27a9281bp-4;
        public static final double S9 = -0x1.8a2f6bdbbe04dp-7;
        public static final double S10 = 0x1.270ee594a4df2p-10;
        public static final double S11 = -0x1.4f3dc76ea053ep-14;
        public static final double C0 = 0x1p0;
        public static final double C1 = -0x1.3bd3cc9be45dep4;
        public static final double C2 = 0x1.03c1f081b5ac1p6;
        public static final double C3 = -0x1.55d3c7e3cbf4dp6;
        public static final double C4 = 0x1.e1f506891868bp5;
        public static final double C5 = -0x1.a6d1f2a1700d8p4;
        public static final double C6 = 0x1.f9d38a15d8417p2;
        public static final double C7 = -0x1.b6e24a47e3a3fp0;
        public static final double C8 = 0x1.20c5ad6c97d35p-2;
        public static final double C9 = -0x1.29fbb1ee98232p-5;
        public static final double C10 = 0x1.eca55f146b726p-9;
        public static final double C11 = -0x1.302666df048edp-12;

        private F64() {}
    }
}
