package dev.unroll.gradcheck;

/** Counts comparisons, and keeps the worst of each kind. */
final class Tally {
    /** Differences that are less exact than this, relative to the largest gradient, decide nothing. */
    private static final double USELESS = 1e-4;

    /** A gradient smaller than this part of the function's values is 0 but for the rounding of a few sums. */
    private static final double DUST = 0x1p-40;

    /** Differences of a function that is constant need not be smaller than USELESS of this part of its values. */
    private static final double FLAT = 1e-6;

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
        double scale = Math.max(largest, Math.abs(numeric.value())); // the latter where backward gives none at all
        if (largest <= DUST * magnitude) {
            scale = Math.max(scale, FLAT * magnitude);
        }
        return numeric.error() <= USELESS * scale; // also false for NaN
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
