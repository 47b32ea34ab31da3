package dev.unroll.gradcheck.numeric;

import dev.unroll.gradcheck.subject.Subject;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;

/** The function along a straight line through the point, at the places that a {@link Difference} is made of. */
public final class FunctionOnLine {
    /**
     * Where the function hardly changes along the line, the rounding of its values hides how it does; it changes little
     * over longer steps too, which make the rounding count less.
     */
    private static final double[] LONGER = {16, 64};

    /** Where it bends within a step, it bends less within shorter ones, until rounding hides how it changes. */
    private static final double[] SHORTER = {0x1p-4, 0x1p-8, 0x1p-12, 0x1p-16, 0x1p-20};

    /** Factor of the step at which a rough function is told from a smooth one. */
    private static final double FINE = 0x1p-12;

    private final Subject subject;
    private final double[][] direction;
    private final double step;
    private final double[][] center;
    private final double[][] farBelow;
    private final double[][] below;
    private final double[][] above;
    private final double[][] farAbove;
    private final Map<Double, FunctionOnLine> others = new HashMap<>();

    /**
     * Runs the function four times.
     *
     * @param center its outputs at the point
     * @param direction an array for each variable, null for one that stays
     * @param step how far the nearer places are away, in lengths of the direction
     */
    public FunctionOnLine(Subject subject, double[][] center, double[][] direction, double step) {
        this.subject = subject;
        this.direction = direction;
        this.step = step;
        this.center = center;
        farBelow = outputs(-2 * step);
        below = outputs(-step);
        above = outputs(step);
        farAbove = outputs(2 * step);
    }

    /** The line along which one element of one variable moves. */
    public static FunctionOnLine ofElement(Subject subject, double[][] center, int variable, int element) {
        double[][] direction = new double[subject.variables().size()][];
        direction[variable] = new double[subject.point()[variable].length];
        direction[variable][element] = 1;
        return new FunctionOnLine(subject, center, direction, Difference.step(subject.point()[variable][element]));
    }

    /** The line along which all elements of one variable move. */
    public static FunctionOnLine ofVariable(Subject subject, double[][] center, int variable, double[] along) {
        double[][] direction = new double[subject.variables().size()][];
        direction[variable] = along;
        return new FunctionOnLine(subject, center, direction, Difference.step(subject.point()[variable], along));
    }

    public double step() {
        return step;
    }

    private double[][] outputs(double t) {
        double[][] at = subject.point().clone();
        for (int s = 0; s < at.length; s++) {
            if (direction[s] != null) {
                at[s] = at[s].clone();
                for (int j = 0; j < at[s].length; j++) {
                    at[s][j] += t * direction[s][j];
                }
            }
        }
        return subject.outputs(at);
    }

    /**
     * A derivative with the first step that makes it exact enough; if none does, that with the smallest error. Bending
     * and the rounding within a function look alike at one step: so if shorter steps do not help, longer ones may.
     *
     * @param sums that it is made of, by the line that they are of
     * @param isEnough whether its error is small enough
     */
    public Difference difference(Function<FunctionOnLine, Difference.Sums> sums, Predicate<Difference> isEnough) {
        Difference first = sums.apply(this).difference(step);
        if (isEnough.test(first)) {
            return first;
        }
        boolean bends = !(first.truncation() <= first.rounding()); // also true for NaN
        Difference best = bends ? shorter(first, sums, isEnough) : first;
        return isEnough.test(best) || !first.isFinite() ? best : longer(first, best, sums, isEnough);
    }

    /**
     * Where the values at two steps that follow each other are further apart than their errors explain, one of the
     * errors is too small, as that of a wave whose length divides the step; then neither is trusted to less than the
     * distance.
     */
    private Difference shorter(
            Difference first, Function<FunctionOnLine, Difference.Sums> sums, Predicate<Difference> isEnough) {
        Difference best = first;
        Difference before = first;
        for (double factor : SHORTER) {
            Difference next = at(factor * step, sums);
            Difference judged = next;
            if (before.isFinite() && !next.agreesWith(before)) {
                double apart = Math.abs(next.value() - before.value());
                judged = next.uncertainBy(apart);
                best = best == before ? before.uncertainBy(apart) : best;
            }
            best = judged.error() < best.error() || !best.isFinite() ? judged : best;
            boolean hidden = next.truncation() < next.rounding() || next.truncation() > 2 * before.truncation();
            if (isEnough.test(best) || hidden) {
                break;
            }
            before = next;
        }
        return best;
    }

    /** A value at a longer step counts only if it agrees with the one before. */
    private Difference longer(
            Difference first, Difference best, Function<FunctionOnLine, Difference.Sums> sums,
            Predicate<Difference> isEnough) {
        Difference before = first;
        for (double factor : LONGER) {
            Difference next = at(factor * step, sums);
            if (!next.agreesWith(before)) {
                break;
            }
            best = next.error() < best.error() ? next : best;
            if (isEnough.test(best) || next.truncation() > before.truncation() + before.rounding()) {
                break;
            }
            before = next;
        }
        return best;
    }

    /** The derivative at another step. */
    private Difference at(double other, Function<FunctionOnLine, Difference.Sums> sums) {
        return sums.apply(other(other)).difference(other);
    }

    private FunctionOnLine other(double other) {
        return others.computeIfAbsent(other, _ -> new FunctionOnLine(subject, center, direction, other));
    }

    /**
     * The same derivative with an error that holds for functions that round within, more than their values show, and
     * for those that repeat themselves at every step; seen by taking it again at other steps.
     */
    Difference doubted(Difference difference, Function<FunctionOnLine, Difference.Sums> sums) {
        return difference.doubted(factor -> at(factor * difference.step(), sums).value());
    }

    /**
     * Whether a difference shows no slope but only that the function is rough: shorter steps show more of what hides
     * it, not less. How steep the function is between them nobody sees.
     */
    boolean isRough(Difference difference, Function<FunctionOnLine, Difference.Sums> sums) {
        if (difference.error() <= Math.abs(difference.value())) {
            return false;
        }
        Difference finer = at(FINE * difference.step(), sums);
        return finer.truncation() > 2 * (difference.truncation() + finer.rounding());
    }

    /** The steepest slope around the point, as far away as the longest step reaches. */
    double slope(Function<FunctionOnLine, Difference.Sums> sums) {
        double longest = LONGER[LONGER.length - 1] * step;
        return sums.apply(other(longest)).slope(longest);
    }

    /** The sums of one element of one output. */
    public Difference.Sums sums(int output, int element) {
        Difference.Sums sums = new Difference.Sums();
        add(1, output, element, sums);
        return sums;
    }

    /** The sums of all products of outputs and cotangents, null for an output that is not used. */
    public Difference.Sums sums(double[][] u) {
        Difference.Sums sums = new Difference.Sums();
        for (int o = 0; o < u.length; o++) {
            for (int k = 0; u[o] != null && k < u[o].length; k++) {
                add(u[o][k], o, k, sums);
            }
        }
        return sums;
    }

    private void add(double weight, int o, int k, Difference.Sums sums) {
        sums.add(weight, farBelow[o][k], below[o][k], center[o][k], above[o][k], farAbove[o][k]);
    }

    /** Returns the change of the sum of products of outputs and cotangents at distance t along the line. */
    public double change(double[][] u, double t) {
        double[][] moved = outputs(t);
        double sum = 0;
        for (int o = 0; o < u.length; o++) {
            for (int k = 0; u[o] != null && k < u[o].length; k++) {
                sum += u[o][k] * (moved[o][k] - center[o][k]);
            }
        }
        return sum;
    }

    /** Returns the change of one element of one output at distance t along the line. */
    public double change(int output, int element, double t) {
        return outputs(t)[output][element] - center[output][element];
    }
}
