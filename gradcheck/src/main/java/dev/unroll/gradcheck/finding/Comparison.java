package dev.unroll.gradcheck.finding;

import java.util.Locale;

/**
 * A derivative computed by backward and the same derivative by differences.
 *
 * @param of the derivative, such as {@code d output 0 [1, 2] / d input 1 [0, 3]}
 * @param analytic by backward
 * @param numeric by differences
 * @param differenceError the estimate of the difference's own error
 * @param tolerance the allowed difference of the two: {@value #TOLERANCE} of the largest gradient, and the
 *     difference's own error
 */
public record Comparison(String of, double analytic, double numeric, double differenceError, double tolerance) {
    /** The allowed difference of two derivatives, relative to the largest gradient of the same input. */
    public static final double TOLERANCE = 1e-8;

    /**
     * Returns the relative difference of the two.
     *
     * @return relative to the larger of them, 0 if they are equal
     */
    public double relativeError() {
        double largest = Math.max(Math.abs(analytic), Math.abs(numeric));
        return largest == 0 ? 0 : Math.abs(analytic - numeric) / largest;
    }

    /**
     * Returns the difference of the two in units of the tolerance.
     *
     * @return more than 1 for a wrong derivative; infinite for what is not finite
     */
    public double tolerances() {
        double apart = Math.abs(analytic - numeric);
        double tolerances = apart == 0 ? 0 : apart / tolerance;
        return Double.isFinite(apart) && !Double.isNaN(tolerances) ? tolerances : Double.POSITIVE_INFINITY;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s: analytic %.12g, numeric %.12g, relative error %.2g; they may differ by %.2g, of which the"
                        + " difference's own error is %.2g",
                of, analytic, numeric, relativeError(), tolerance, differenceError);
    }
}
