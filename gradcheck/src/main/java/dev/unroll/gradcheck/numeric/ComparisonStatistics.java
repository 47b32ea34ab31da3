package dev.unroll.gradcheck.numeric;

import dev.unroll.gradcheck.finding.Comparison;
import dev.unroll.gradcheck.finding.VariableCount;
import dev.unroll.gradcheck.subject.NamedShape;
import dev.unroll.gradcheck.util.ArrayMath;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Judges derivatives one by one, counts them, and keeps the worst of each kind.
 *
 * <p>A derivative is wrong if it differs from the difference by more than the difference's own error and the rounding
 * within backward. It is right if it does not, and these are small beside it. Otherwise it is undecided; but it counts
 * as right where an error that was not seen would be negligible beside the largest gradient of all, each times the size
 * of what it is taken by.
 */
public final class ComparisonStatistics {
    /** A difference is exact enough, and no other step is tried, if its error is at most this of the derivative. */
    private static final double EXACT = Comparison.NEGLIGIBLE;

    /** The same for a product of very many elements, of which each run takes long. */
    private static final double EXACT_OF_MANY = 1e-7;

    private static final int MANY = 10_000;

    /** An error of this part of a derivative must be seen, or else it is undecided. */
    private static final double VISIBLE = 1e-2;

    /** The same for the product with a random direction, which the errors of many elements are to be seen in. */
    private static final double VISIBLE_IN_PROJECTION = 1e-4;

    /** Errors above this part of a derivative that were not seen are told in a note. */
    private static final double COARSE = 2e-7;

    /** The claimed value is right to this part of itself: the product of a few factors. */
    private static final double ULPS = 16 * 0x1p-52;

    /** Slopes and values within a function are as inexact as this part of the numbers that are moved. */
    private static final double INSIDE = 64 * 0x1p-52;

    /** The unit of the last place of numbers above 1. */
    private static final double UNIT = 0x1p-52;

    /** The most comparisons that are kept. */
    public static final int MOST = 1000;

    /** A comparison with what it was made of. */
    public record Ranked(Comparison comparison, ComparedDerivative measurement) {
        public Comparison named() {
            Comparison c = comparison;
            return new Comparison(
                    measurement.of().get(), c.analytic(), c.numeric(), c.differenceError(), c.tolerance(),
                    c.isDecided());
        }
    }

    private final List<Ranked> all = new ArrayList<>();
    private final boolean acceptsSubgradients;
    private final DoubleUnaryOperator allowed;
    private final double step;
    private final Map<Integer, VariableCount> byVariable = new TreeMap<>();
    private long count;
    private long wrong;
    private long undecided;
    private long faint;
    private double faintest;
    private Supplier<String> firstFaint;
    private long coarse;
    private double coarsest;
    private Ranked worst;
    private Ranked worstUndecided;

    /** Statistics of no comparison, with the defaults. */
    public ComparisonStatistics() {
        this(false, _ -> 0, 0);
    }

    /**
     * Statistics of no comparison.
     *
     * @param acceptsSubgradients whether at a kink every value between the slopes on both sides is right
     * @param allowed what two derivatives may differ by besides their errors, by the largest gradient of the same input
     * @param step the first step, relative to what is moved; 0 for the default
     */
    public ComparisonStatistics(boolean acceptsSubgradients, DoubleUnaryOperator allowed, double step) {
        this.acceptsSubgradients = acceptsSubgradients;
        this.allowed = allowed;
        this.step = step;
    }

    /** Statistics of no comparison, with the settings of these. */
    ComparisonStatistics ofNone() {
        return new ComparisonStatistics(acceptsSubgradients, allowed, step);
    }

    boolean acceptsSubgradients() {
        return acceptsSubgradients;
    }

    /** Returns what two derivatives may differ by besides their errors, by the largest gradient of the same input. */
    public double allowed(double largest) {
        return allowed.applyAsDouble(largest);
    }

    /** How much longer first steps are than the default. */
    public double stepFactor() {
        return step == 0 ? 1 : step / Difference.STEP;
    }

    /**
     * Takes a difference and compares it. One that would be called wrong is taken again; one that is inconclusive
     * beside the gradients may be conclusive beside the slopes around the point: where they are much larger, as around
     * a minimum, there is no gradient that errors could be measured by.
     *
     * @param line along which it is taken
     * @param sums that it is made of
     * @return the tolerance that it had
     */
    double compare(
            Claim claim, FunctionOnLine line, Function<FunctionOnLine, Difference.Sums> sums,
            ComparedDerivative measurement) {
        double analytic = claim.analytic();
        Difference numeric = line.difference(sums, d -> isExact(d, claim));
        double rounding = ULPS * Math.abs(analytic) + Double.MIN_NORMAL
                + claim.terms() * allowed.applyAsDouble(claim.largest());
        if (isApart(analytic, numeric, rounding)) {
            numeric = line.doubted(numeric, sums);
            rounding += claim.rounding().getAsDouble();
        }
        if (isApart(analytic, numeric, rounding)
                && (isLost(claim, numeric, line, sums, measurement) || line.isRough(numeric, analytic, sums))) {
            double apart = Math.abs(analytic - numeric.value());
            numeric = numeric.uncertainBy(Math.max(2 * apart, Math.abs(numeric.value())));
        }
        double tolerance = numeric.error() + rounding;
        if (acceptsSubgradients && !claim.isProduct()
                && (isApart(analytic, numeric, rounding) || !isVisible(claim, numeric, tolerance))) {
            Subgradient subgradient = Subgradient.of(measurement.along(), measurement.step());
            if (subgradient.isKink()) {
                Difference nearest = subgradient.nearest(analytic, measurement.step());
                return add(claim, nearest, nearest.error() + rounding, () -> true, measurement);
            }
        }
        Difference judged = numeric;
        BooleanSupplier isSmall = () -> judged.value() == 0 && line.flatness(sums) > 0
                ? isFlat(analytic, judged, line, sums, measurement, tolerance)
                : isSmallBeside(line.slope(sums), judged, tolerance);
        return add(claim, numeric, tolerance, isSmall, measurement);
    }

    /**
     * Whether a value that stays the same close to the point is known to have no slope: it does as far as the longest
     * step reaches, or else leaves it gradually, as at a kink, or in one step alone.
     */
    private static boolean isFlat(
            double analytic, Difference numeric, FunctionOnLine line,
            Function<FunctionOnLine, Difference.Sums> sums, ComparedDerivative measurement, double tolerance) {
        if (analytic == 0 && line.isFlat(sums)) {
            return true;
        }
        return (analytic == 0 || isSmallBeside(line.slope(sums), numeric, tolerance))
                && !line.plateau(sums, measurement.along()).isRounded();
    }

    private static boolean isApart(double analytic, Difference numeric, double rounding) {
        return !(Math.abs(analytic - numeric.value()) <= numeric.error() + rounding);
    }

    /**
     * Whether what the two differ by may be lost in the rounding within the function. A value that stays the same, or
     * becomes another in one jump, hides a slope of which nothing else is to be seen, and so does one beside which the
     * claim is absurdly steep; a small part of a slope may be lost where the function adds small numbers to large ones,
     * which shows in values that are off a smooth curve; and a step that is longer than the number itself may leave the
     * scale on which the function changes.
     */
    private boolean isLost(
            Claim claim, Difference numeric, FunctionOnLine line, Function<FunctionOnLine, Difference.Sums> sums,
            ComparedDerivative measurement) {
        double apart = Math.abs(claim.analytic() - numeric.value());
        double magnitude = sums.apply(line).magnitude();
        double inside = Math.max(claim.inputs(), magnitude);
        double flat = numeric.value() == 0 ? line.flatness(sums) : 0;
        boolean isFlat = flat > 0
                && (apart * flat <= INSIDE * inside || apart * flat * UNIT > inside
                        || line.plateau(sums, measurement.along()).hides(apart));
        boolean isSmallPart = apart <= VISIBLE * Math.abs(numeric.value()) && apart <= line.noise(numeric, sums);
        double scale = line.step() / (stepFactor() * Difference.STEP); // of the number that is moved
        return isFlat || isSmallPart || numeric.step() > scale && apart * scale <= INSIDE * magnitude;
    }

    /** Adds a comparison with a difference that was taken in another way. */
    double add(double analytic, Difference numeric, double largest, ComparedDerivative measurement) {
        Claim claim = new Claim(analytic, () -> 0, largest, largest, 0, largest, 0, 1);
        return add(claim, numeric, Comparison.NEGLIGIBLE * largest + numeric.error(), () -> false, measurement);
    }

    /**
     * Adds a comparison.
     *
     * @param besideSlopes whether the tolerance is negligible beside the slopes around, which takes more runs of the
     *     function and is asked only where it matters
     */
    private double add(
            Claim claim, Difference numeric, double tolerance, BooleanSupplier besideSlopes,
            ComparedDerivative measurement) {
        count++;
        double analytic = claim.analytic();
        double apart = Math.abs(analytic - numeric.value());
        boolean isWrong = !Double.isFinite(analytic) || !(apart <= tolerance) && Double.isFinite(tolerance);
        double size = size(claim, numeric);
        boolean isVisible = isVisible(claim, numeric, tolerance);
        boolean isFaint = tolerance <= Comparison.NEGLIGIBLE * claim.considerable();
        boolean isCoarse = tolerance > COARSE * size;
        boolean isSmall = !isWrong && (!isVisible || isCoarse) && besideSlopes.getAsBoolean();
        boolean isDecided = isWrong || isVisible || isFaint || isSmall;
        Ranked ranked = new Ranked(
                new Comparison("", analytic, numeric.value(), numeric.error(), tolerance, isDecided), measurement);
        if (all.size() < MOST) {
            all.add(ranked);
        }
        byVariable.merge(measurement.variable(),
                new VariableCount("", 1, isDecided && isWrong ? 1 : 0, isDecided ? 0 : 1), VariableCount::plus);
        if (!isDecided) {
            addUndecided(ranked);
            return tolerance;
        }
        if (isWrong) {
            wrong++;
        } else if (!isVisible && !isSmall) {
            faint++;
            if (faint == 1 || tolerance > faintest) {
                faintest = tolerance;
                firstFaint = measurement.of();
            }
        } else if (!isSmall && isCoarse) {
            coarse++;
            coarsest = Math.max(coarsest, 2 * tolerance / size);
        }
        if (worst == null || ranked.comparison().tolerances() > worst.comparison().tolerances()) {
            worst = ranked;
        }
        return tolerance;
    }

    private static double size(Claim claim, Difference numeric) {
        return Math.max(claim.size(), Math.max(Math.abs(claim.analytic()), Math.abs(numeric.value())));
    }

    private static boolean isVisible(Claim claim, Difference numeric, double tolerance) {
        double visible = claim.size() > 0 ? VISIBLE_IN_PROJECTION : VISIBLE;
        return Double.isFinite(tolerance) && 2 * tolerance <= visible * size(claim, numeric);
    }

    private void addUndecided(Ranked ranked) {
        undecided++;
        // A NaN counts as the largest
        if (worstUndecided == null
                || Double.compare(
                        ranked.comparison().differenceError(), worstUndecided.comparison().differenceError()) > 0) {
            worstUndecided = ranked;
        }
    }

    /**
     * The largest gradient of all in the unit of those by one variable: times the size of what it is taken by, over the
     * size of that one.
     *
     * @param largest gradient by each variable
     */
    static double considerable(double[] largest, double[][] point, int variable) {
        double all = 0;
        for (int s = 0; s < largest.length; s++) {
            all = Math.max(all, largest[s] * size(point[s]));
        }
        return all / size(point[variable]);
    }

    private static double size(double[] values) {
        double largest = ArrayMath.largest(values);
        return largest == 0 ? 1 : largest;
    }

    /** Tells whether a difference is so exact that no other step need be tried. */
    private static boolean isExact(Difference numeric, Claim claim) {
        return numeric.isFinite()
                && numeric.error() <= exact(claim.elements()) * Math.max(claim.size(), Math.abs(numeric.value()));
    }

    /** Returns how exact a difference must be, relative to the derivative by so many elements, to be enough. */
    static double exact(int elements) {
        return elements < MANY ? EXACT : EXACT_OF_MANY;
    }

    /** Tells whether a difference is so exact, beside the largest gradient, that no other step need be tried. */
    public static boolean isExact(Difference numeric, double largest) {
        return numeric.isFinite() && numeric.error() <= 10 * EXACT * Math.max(largest, Math.abs(numeric.value()));
    }

    private static boolean isSmallBeside(double slope, Difference numeric, double tolerance) {
        return numeric.isFinite() && Double.isFinite(slope) && tolerance <= 10 * EXACT * slope;
    }

    /** Returns notes on derivatives that were judged less exactly than others; empty if there are none. */
    public List<String> notes() {
        List<String> notes = new ArrayList<>();
        if (coarse > 0) {
            notes.add(String.format(
                    Locale.ROOT, "%d of %d derivatives are judged by differences that are less exact, since the"
                            + " function is large or inexact for what it changes, or bends: an error of up to %.1g"
                            + " of a derivative is not seen",
                    coarse, count, coarsest));
        }
        if (faint > 0) {
            notes.add(String.format(
                    Locale.ROOT, "%d of %d derivatives are too small beside the largest to be judged by themselves"
                            + ", such as %s: an error of up to %.1g is not seen",
                    faint, count, firstFaint.get(), 2 * faintest));
        }
        return notes;
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

    /**
     * Returns the counts of each variable.
     *
     * @param variables by their numbers; second derivatives are by several
     */
    public List<VariableCount> byVariable(List<NamedShape> variables) {
        return byVariable.entrySet().stream().map(entry -> {
            VariableCount c = entry.getValue();
            String name = switch (entry.getKey()) {
                case ComparedDerivative.SECOND_ORDER -> "second order";
                case ComparedDerivative.ALL -> "all together";
                default -> variables.get(entry.getKey()).name();
            };
            return new VariableCount(name, c.comparisons(), c.wrong(), c.undecided());
        }).toList();
    }

    /** The comparisons in the order in which they were made, the first {@value #MOST}. */
    public List<Comparison> all() {
        return all.stream().map(Ranked::named).toList();
    }

    /** The one that is the most tolerances off; among the undecided ones only if no other was wrong. */
    public Ranked worst() {
        return wrong == 0 && undecided > 0 ? worstUndecided : worst;
    }
}
