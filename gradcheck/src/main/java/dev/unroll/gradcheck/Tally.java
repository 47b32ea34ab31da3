package dev.unroll.gradcheck;

import java.util.List;
import java.util.Locale;

/** Counts comparisons, and keeps the worst of each kind. */
final class Tally {
    /** Differences that are less exact than this, relative to the largest gradient, decide nothing. */
    private static final double USELESS = 1e-4;

    /** The same of faint gradients: an error of 1% must be seen. */
    private static final double USELESS_IF_FAINT = 5e-3;

    /** A difference that is exact to this part of the function's values is one of a faint gradient. */
    private static final double FAINT = 1e-10;

    /** A gradient smaller than this part of the function's values is 0 but for the rounding of a few sums. */
    private static final double DUST = 0x1p-40;

    /** A comparison with what it was made of. */
    record Entry(Comparison comparison, Measurement measurement) {
        Comparison named() {
            Comparison c = comparison;
            return new Comparison(
                    measurement.of().get(), c.analytic(), c.numeric(), c.differenceError(), c.tolerance());
        }
    }

    private long count;
    private long wrong;
    private long undecided;
    private long faint;
    private double coarsest;
    private Entry worst;
    private Entry worstUndecided;

    /**
     * Adds a comparison.
     *
     * @param largest gradient of those that this one belongs to
     * @param magnitude of the function's values
     * @return the tolerance that it had
     */
    double add(double analytic, Difference numeric, double largest, double magnitude, Measurement measurement) {
        count++;
        double tolerance = GradCheck.TOLERANCE * largest + numeric.error();
        Comparison comparison = new Comparison("", analytic, numeric.value(), numeric.error(), tolerance);
        if (!isUseful(numeric, largest, magnitude)) {
            undecided++;
            if (worstUndecided == null || !(numeric.error() <= worstUndecided.comparison().differenceError())) {
                worstUndecided = new Entry(comparison, measurement);
            }
            return tolerance;
        }
        double exactness = numeric.error() / Math.max(largest, Math.abs(numeric.value()));
        if (largest > DUST * magnitude && exactness > USELESS) {
            faint++;
            coarsest = Math.max(coarsest, exactness);
        }
        if (comparison.tolerances() > 1) {
            wrong++;
        }
        if (worst == null || comparison.tolerances() > worst.comparison().tolerances()) {
            worst = new Entry(comparison, measurement);
        }
        return tolerance;
    }

    /** Whether a difference is exact enough to decide anything. */
    static boolean isUseful(Difference numeric, double largest, double magnitude) {
        double scale = Math.max(largest, Math.abs(numeric.value()));
        boolean faint = numeric.error() <= FAINT * magnitude
                && (numeric.error() <= USELESS_IF_FAINT * scale || largest <= DUST * magnitude);
        return faint || numeric.error() <= USELESS * scale; // also false for NaN
    }

    /** What one should know of derivatives that were judged with less exactness than others; empty if none was. */
    List<String> notes() {
        return faint == 0
                ? List.of()
                : List.of(String.format(
                        Locale.ROOT, "%d of %d derivatives are so small beside the function's values that an error of"
                                + " up to %.1g of the largest is not seen",
                        faint, count, coarsest));
    }

    long count() {
        return count;
    }

    long wrong() {
        return wrong;
    }

    long undecided() {
        return undecided;
    }

    /** The one that is the most tolerances off; among the undecided ones only if no other was wrong. */
    Entry worst() {
        return wrong == 0 && undecided > 0 ? worstUndecided : worst;
    }
}
