package dev.unroll.gradcheck.finding;

import java.util.Locale;

/**
 * A derivative computed by backward and the same derivative by differences.
 *
 * @param of the derivative, such as {@code d output 0 [1, 2] / d input 1 [0, 3]}
 * @param analytic by backward
 * @param numeric by differences
 * @param differenceError the estimate of the difference's own error
 * @param tolerance the allowed difference of the two: the difference's own error, and the rounding of the analytic value
 * @param isDecided whether the tolerance is small enough for a verdict; if not, the two agree as far as can be seen
 */
public record Comparison(
        String of, double analytic, double numeric, double differenceError, double tolerance, boolean isDecided) {
    /**
     * Derivatives whose tolerance is at most this part of the largest gradient of all, each times the size of its input,
     * need not be judged by themselves: what is not seen is negligible.
     */
    public static final double NEGLIGIBLE = 1e-8;

    /** The verdicts on a derivative. */
    public enum Verdict {
        /** The two differ by no more than their errors, which are small. */
        RIGHT,
        /** The two differ by more than their errors explain. */
        WRONG,
        /** The errors are too large to tell. */
        UNDECIDED
    }

    /**
     * Returns the verdict on this derivative.
     *
     * @return wrong only if it is decided
     */
    public Verdict verdict() {
        if (!isDecided) {
            return Verdict.UNDECIDED;
        }
        return tolerances() > 1 ? Verdict.WRONG : Verdict.RIGHT;
    }

    /**
     * Returns the smallest relative error that would have been seen: a derivative that was off by more from the true
     * one would be called wrong.
     *
     * @return relative to the larger of the two derivatives; infinite where both are 0 but not exactly
     */
    public double visibleError() {
        double largest = Math.max(Math.abs(analytic), Math.abs(numeric));
        return tolerance == 0 ? 0 : 2 * tolerance / largest; // the difference may be off to the other side
    }

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
                "%s: analytic %.12g, numeric %.12g, %sthey may differ by %.2g, of which the"
                        + " difference's own error is %.2g",
                of, analytic, numeric,
                verdict() == Verdict.WRONG ? String.format(Locale.ROOT, "relative error %.2g; ", relativeError()) : "",
                tolerance, differenceError);
    }
}
