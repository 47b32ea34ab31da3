package dev.unroll.gradcheck;

import java.util.function.Supplier;

/** Counts comparisons, and keeps the worst of each kind. */
final class Tally {
    /** Differences that are less exact than this, relative to the largest gradient, decide nothing. */
    private static final double USELESS = 1e-4;

    /** A function whose derivatives are smaller than this part of its values is as good as constant. */
    private static final double FLAT = 1e-6;

    private long count;
    private long wrong;
    private long undecided;
    private Comparison worst;
    private Comparison worstUndecided;

    /**
     * Adds a comparison.
     *
     * @param largest gradient of those that this one belongs to
     * @param magnitude of the function's values
     */
    void add(double analytic, Difference numeric, double largest, double magnitude, Supplier<String> of) {
        count++;
        double tolerance = GradCheck.TOLERANCE * largest + numeric.error();
        double scale = Math.max(Math.max(largest, Math.abs(numeric.value())), FLAT * magnitude);
        boolean useful = numeric.error() <= USELESS * scale; // also false for NaN
        Comparison comparison = new Comparison("", analytic, numeric.value(), numeric.error(), tolerance);
        if (!useful) {
            undecided++;
            if (worstUndecided == null || !(numeric.error() <= worstUndecided.differenceError())) {
                worstUndecided = named(comparison, of);
            }
            return;
        }
        if (comparison.tolerances() > 1) {
            wrong++;
        }
        if (worst == null || comparison.tolerances() > worst.tolerances()) {
            worst = named(comparison, of);
        }
    }

    private static Comparison named(Comparison c, Supplier<String> of) {
        return new Comparison(of.get(), c.analytic(), c.numeric(), c.differenceError(), c.tolerance());
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

    /** The one that is the most tolerances off; among the undecided ones only if no other was decided. */
    Comparison worst() {
        return wrong == 0 && undecided > 0 ? worstUndecided : worst;
    }
}
