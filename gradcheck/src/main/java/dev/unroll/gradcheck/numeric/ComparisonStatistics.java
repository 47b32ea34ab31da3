package dev.unroll.gradcheck.numeric;

import dev.unroll.gradcheck.finding.Comparison;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** Counts comparisons, and keeps the worst of each kind. */
public final class ComparisonStatistics {
    /**
     * A difference is exact enough, and no other step is tried, if its error is at most this of the largest gradient.
     */
    private static final double EXACT = 10 * Comparison.TOLERANCE;

    /** Differences that are less exact than this, relative to the largest gradient, are inconclusive. */
    private static final double USELESS = 1e-4;

    /** The same limit for faint gradients: an error of 1% must be seen. */
    private static final double USELESS_IF_FAINT = 5e-3;

    /** A difference that is exact to this part of the function's values is one of a faint gradient. */
    private static final double FAINT = 1e-10;

    /** A gradient smaller than this part of the function's values is 0 but for the rounding of a few sums. */
    private static final double DUST = 0x1p-40;

    /** A comparison with what it was made of. */
    public record Ranked(Comparison comparison, ComparedDerivative measurement) {
        public Comparison named() {
            Comparison c = comparison;
            return new Comparison(
                    measurement.of().get(), c.analytic(), c.numeric(), c.differenceError(), c.tolerance());
        }
    }

    private final boolean acceptsSubgradients;
    private long count;
    private long wrong;
    private long undecided;
    private long coarse;
    private double coarsest;
    private Ranked worst;
    private Ranked worstUndecided;

    public ComparisonStatistics() {
        this(false);
    }

    /**
     * Statistics of no comparison.
     *
     * @param acceptsSubgradients whether at a kink every value between the slopes on both sides is right
     */
    public ComparisonStatistics(boolean acceptsSubgradients) {
        this.acceptsSubgradients = acceptsSubgradients;
    }

    /**
     * Takes a difference and compares it. One that would be called wrong is taken again; one that is inconclusive
     * beside the gradients may be conclusive beside the slopes around the point: where they are much larger, as around
     * a minimum, there is no gradient that errors could be measured by.
     *
     * @param line along which it is taken
     * @param sums that it is made of
     * @param largest gradient of those that this one belongs to
     * @param magnitude of the function's values
     * @return the tolerance that it had
     */
    double compare(
            double analytic,
            FunctionOnLine line,
            Function<FunctionOnLine, Difference.Sums> sums,
            double largest,
            double magnitude,
            ComparedDerivative measurement) {
        Difference numeric = line.difference(sums, d -> isExact(d, largest, magnitude));
        if (!(Math.abs(analytic - numeric.value()) <= tolerance(numeric, largest))) {
            numeric = line.doubted(numeric, sums);
            if (line.isRough(numeric, sums)) {
                numeric = numeric.uncertainBy(Math.abs(analytic - numeric.value()));
            }
        }
        if (acceptsSubgradients && !(isUseful(numeric, largest, magnitude)
                && Math.abs(analytic - numeric.value()) <= tolerance(numeric, largest))) {
            Subgradient subgradient = Subgradient.of(measurement.along(), measurement.step());
            if (subgradient.isKink()) {
                Difference nearest = subgradient.nearest(analytic, measurement.step());
                return add(analytic, nearest, true, largest, magnitude, measurement);
            }
        }
        boolean isUseful = isUseful(numeric, largest, magnitude) || isSmallBeside(line.slope(sums), numeric);
        return add(analytic, numeric, isUseful, largest, magnitude, measurement);
    }

    /** Adds a comparison with a difference that was taken in another way. */
    double add(double analytic, Difference numeric, double largest, double magnitude, ComparedDerivative measurement) {
        return add(analytic, numeric, isUseful(numeric, largest, magnitude), largest, magnitude, measurement);
    }

    private double add(
            double analytic,
            Difference numeric,
            boolean isUseful,
            double largest,
            double magnitude,
            ComparedDerivative measurement) {
        count++;
        double tolerance = tolerance(numeric, largest);
        Comparison comparison = new Comparison("", analytic, numeric.value(), numeric.error(), tolerance);
        if (!isUseful) {
            undecided++;
            // A NaN counts as the largest
            if (worstUndecided == null
                    || Double.compare(numeric.error(), worstUndecided.comparison().differenceError()) > 0) {
                worstUndecided = new Ranked(comparison, measurement);
            }
            return tolerance;
        }
        double exactness = numeric.error() / Math.max(largest, Math.abs(numeric.value()));
        if (largest > DUST * magnitude && exactness > EXACT) {
            coarse++;
            coarsest = Math.max(coarsest, exactness);
        }
        if (comparison.tolerances() > 1) {
            wrong++;
        }
        if (worst == null || comparison.tolerances() > worst.comparison().tolerances()) {
            worst = new Ranked(comparison, measurement);
        }
        return tolerance;
    }

    private static double tolerance(Difference numeric, double largest) {
        return Comparison.TOLERANCE * largest + numeric.error();
    }

    /** Tells whether a difference is so exact that no other step need be tried. */
    public static boolean isExact(Difference numeric, double largest, double magnitude) {
        boolean isNothing = numeric.value() == 0 && numeric.truncation() == 0 && largest <= DUST * magnitude;
        return isNothing || numeric.error() <= EXACT * Math.max(largest, Math.abs(numeric.value()));
    }

    /** Tells whether a difference is exact enough to be conclusive. */
    static boolean isUseful(Difference numeric, double largest, double magnitude) {
        double scale = Math.max(largest, Math.abs(numeric.value()));
        boolean faint = numeric.error() <= FAINT * magnitude
                && (numeric.error() <= USELESS_IF_FAINT * scale || largest <= DUST * magnitude);
        return faint || numeric.error() <= USELESS * scale; // also false for NaN
    }

    private static boolean isSmallBeside(double slope, Difference numeric) {
        return numeric.isFinite() && Double.isFinite(slope) && numeric.error() <= EXACT * slope;
    }

    /** Returns a note on derivatives that were judged less exactly than others; empty if there are none. */
    public List<String> notes() {
        return coarse == 0
                ? List.of()
                : List.of(String.format(
                        Locale.ROOT, "%d of %d derivatives are judged by differences that are less exact, since the"
                                + " function is large or inexact for what it changes, or bends: an error of up to %.1g"
                                + " of the largest is not seen",
                        coarse, count, coarsest));
    }

    public long count() {
        return count;
    }

    public long wrong() {
        return wrong;
    }

    public long undecided() {
        return undecided;
    }

    /** The one that is the most tolerances off; among the undecided ones only if no other was wrong. */
    public Ranked worst() {
        return wrong == 0 && undecided > 0 ? worstUndecided : worst;
    }
}
