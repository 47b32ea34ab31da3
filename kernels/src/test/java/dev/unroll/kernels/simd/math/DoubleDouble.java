package dev.unroll.kernels.simd.math;

/**
 * A number as the unrounded sum of two doubles, of which the second is at most half a unit of the first: about 104 bits,
 * an oracle for functions of doubles. Sums and products are Knuth's and Dekker's (with fused multiply-add); the functions
 * are Taylor series of reduced arguments, right to about 2^-95 of the result.
 */
record DoubleDouble(double high, double low) {
    static final DoubleDouble ONE = new DoubleDouble(1, 0);

    /** The natural logarithm of 2, whose third part is below 2^-160. */
    private static final DoubleDouble LN2 = new DoubleDouble(0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56);
    private static final double LN2_THIRD = 0x1.7b57a079a1934p-111;

    static DoubleDouble of(double value) {
        return new DoubleDouble(value, 0);
    }

    private static DoubleDouble sum(double a, double b) {
        double sum = a + b;
        double part = sum - a;
        return new DoubleDouble(sum, (a - (sum - part)) + (b - part));
    }

    DoubleDouble plus(DoubleDouble other) {
        DoubleDouble highs = sum(high, other.high);
        DoubleDouble lows = sum(low, other.low);
        DoubleDouble first = sum(highs.high, highs.low + lows.high);
        return sum(first.high, first.low + lows.low);
    }

    DoubleDouble times(DoubleDouble other) {
        double product = high * other.high;
        double rest = Math.fma(high, other.high, -product) + (high * other.low + low * other.high);
        return sum(product, rest);
    }

    DoubleDouble over(DoubleDouble other) {
        DoubleDouble quotient = of(high / other.high);
        for (int i = 0; i < 2; i++) {
            DoubleDouble rest = plus(quotient.times(other).negated());
            quotient = quotient.plus(of(rest.high / other.high));
        }
        return quotient;
    }

    DoubleDouble negated() {
        return new DoubleDouble(-high, -low);
    }

    /** Exact as long as nothing becomes subnormal. */
    DoubleDouble scaled(int exponent) {
        return new DoubleDouble(Math.scalb(high, exponent), Math.scalb(low, exponent));
    }

    /** {@code e^(this - n log 2) - 1}. */
    private DoubleDouble expMinusOneOfRest(long n) {
        DoubleDouble rest = plus(LN2.times(of(-n))).plus(of(-n * LN2_THIRD)).scaled(-4);
        DoubleDouble term = rest;
        DoubleDouble sum = rest;
        for (int i = 2; i < 18; i++) {
            term = term.times(rest).over(of(i));
            sum = sum.plus(term);
        }
        for (int i = 0; i < 4; i++) {
            sum = sum.plus(sum).plus(sum.times(sum)); // (1 + s)^2 - 1
        }
        return sum;
    }

    /** {@code e^this 2^-exponent}. */
    DoubleDouble exp(int exponent) {
        long n = Math.round(high / Math.log(2));
        return expMinusOneOfRest(n).plus(ONE).scaled((int) n - exponent);
    }

    /** {@code e^this - 1}. */
    DoubleDouble expMinusOne() {
        long n = Math.round(high / Math.log(2));
        return n == 0 ? expMinusOneOfRest(0) : exp(0).plus(of(-1));
    }

    /** {@code log this}. */
    DoubleDouble log() {
        int n = high > 0.5 && high < 2 ? 0 : Math.getExponent(high);
        return scaled(-n).plus(of(-1)).logOnePlus().plus(LN2.times(of(n)));
    }

    /** {@code log(1 + this)}, by Newton's method from the double's, and for small ones by the series. */
    DoubleDouble logOnePlus() {
        if (Math.abs(high) < 0x1p-20) {
            DoubleDouble term = this;
            DoubleDouble sum = this;
            for (int i = 2; i < 7; i++) {
                term = term.times(this).negated();
                sum = sum.plus(term.over(of(i)));
            }
            return sum;
        }
        DoubleDouble y = of(StrictMath.log1p(high));
        DoubleDouble error = plus(ONE).times(y.negated().exp(0)).plus(of(-1));
        return y.plus(error).plus(error.times(error).scaled(-1).negated());
    }
}
