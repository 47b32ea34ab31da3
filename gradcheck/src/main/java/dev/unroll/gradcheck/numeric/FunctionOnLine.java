package dev.unroll.gradcheck.numeric;

import dev.unroll.gradcheck.subject.FaultException;
import dev.unroll.gradcheck.subject.Subject;
import dev.unroll.gradcheck.util.ArrayMath;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.function.Predicate;

/** The function along a straight line through the point, at the places that a {@link Difference} is made of. */
public final class FunctionOnLine {
    /** Steps are tried a factor of this apart. */
    private static final double FACTOR = 16;

    /** Noise of the values, as an error of a difference with a step of 1: the largest of the errors that it may cause. */
    private static final double SEEN = 8;
    /** A difference whose error is at most this part of it has seen a slope, with which shorter steps must agree. */
    private static final double CLEAR = 1e-3;
    /** An error that becomes less than by this factor with the next shorter step is not trusted. */
    private static final double SUDDEN = 4 * FACTOR * FACTOR;

    /** Changes below this part of what is moved may be roundings alone. */
    private static final double ROUNDINGS = 0x1p-44;
    /** How far values at two shorter steps may be apart, relative to their distance to the one that they refute. */
    private static final double SAME = 0.25;

    /** The longest step that is tried: this times the first one, or where that is longer ... */
    private static final double LONGER = 16;
    /** ... so far that no number is moved by more than this. */
    static final double LONGEST = 0x1p-7;

    /** How far the ends of a plateau are looked for: half as far as the number itself is from 0. */
    private static final double REACH = 0x1p11;

    /** The most steps that are tried below the first one: the last is 2^-41 of the number that is moved. */
    private static final int SHORTER = 7;
    /** The same for a number that is 0, whose size does not tell on what scale the function changes. */
    private static final int SHORTER_AT_ZERO = 24;

    /** Roundings change values by less than this part of them, even those of a function that loses half of its digits. */
    private static final double ROUGH = 0x1p-20;

    /** Over the shortest step, a wave is not resolved whose slope is this times steeper than the change that is seen. */
    private static final double UNRESOLVED = 64;
    /** A claim is much steeper than what is seen from this factor. */
    private static final double STEEP = 1e4;

    private final Subject subject;
    private final double[][] direction;
    private final double step;
    private final double[][] center;
    private double misplaced;
    private final double[][] farBelow;
    private final double[][] below;
    private final double[][] above;
    private final double[][] farAbove;
    private final Map<Double, FunctionOnLine> others;

    /**
     * Runs the function four times.
     *
     * @param center its outputs at the point
     * @param direction an array for each variable, null for one that stays
     * @param step how far the nearer places are away, in lengths of the direction
     */
    public FunctionOnLine(Subject subject, double[][] center, double[][] direction, double step) {
        this(subject, center, direction, step, new HashMap<>());
    }

    private FunctionOnLine(
            Subject subject, double[][] center, double[][] direction, double step, Map<Double, FunctionOnLine> others) {
        this.others = others;
        this.subject = subject;
        this.direction = direction;
        this.step = step;
        this.center = center;
        farBelow = outputs(-2 * step);
        below = outputs(-step);
        above = outputs(step);
        farAbove = outputs(2 * step);
    }

    /**
     * The line along which one element of one variable moves.
     *
     * @param longer how much longer the first step is than the default
     */
    public static FunctionOnLine ofElement(
            Subject subject, double[][] center, int variable, int element, double longer) {
        double[][] direction = new double[subject.variables().size()][];
        direction[variable] = new double[subject.point()[variable].length];
        direction[variable][element] = 1;
        double[] point = subject.point()[variable];
        return new FunctionOnLine(
                subject, center, direction, longer * Difference.step(point[element], ArrayMath.largest(point)));
    }

    /**
     * The line along which all elements of one variable move.
     *
     * @param longer how much longer the first step is than the default
     */
    public static FunctionOnLine ofVariable(
            Subject subject, double[][] center, int variable, double[] along, double longer) {
        double[][] direction = new double[subject.variables().size()][];
        direction[variable] = along;
        return new FunctionOnLine(
                subject, center, direction, longer * Difference.step(subject.point()[variable], along));
    }

    public double step() {
        return step;
    }

    private double[][] outputs(double t) {
        double[][] at = moved(subject, direction, t);
        for (int s = 0; s < at.length; s++) {
            for (int j = 0; direction[s] != null && j < at[s].length; j++) {
                misplace(at[s][j] - subject.point()[s][j], t * direction[s][j]);
            }
        }
        return subject.outputs(at);
    }

    private static double[][] moved(Subject subject, double[][] direction, double t) {
        double[][] at = subject.point().clone();
        for (int s = 0; s < at.length; s++) {
            if (direction[s] != null) {
                at[s] = at[s].clone();
                for (int j = 0; j < at[s].length; j++) {
                    at[s][j] += t * direction[s][j];
                }
            }
        }
        return at;
    }

    /** Numbers of a length that is no power of two, or just below one, are rounded when they are moved. */
    private void misplace(double moved, double wanted) {
        if (moved != wanted) {
            misplaced = Math.max(misplaced, Math.abs((moved - wanted) / wanted));
        }
    }

    /**
     * A derivative with the first step that makes it exact enough; if none does, that with the smallest error. Where
     * the function bends within a step, it bends less within shorter ones; where it hardly changes, rounding counts
     * less over longer ones. Bending and the rounding within a function look alike at one step: so if shorter steps do
     * not help, longer ones may.
     *
     * @param sums that it is made of, by the line that they are of
     * @param isEnough whether its error is small enough
     */
    public Difference difference(Function<FunctionOnLine, Difference.Sums> sums, Predicate<Difference> isEnough) {
        Difference first = at(step, sums);
        if (isEnough.test(first)) {
            return first;
        }
        boolean bends = !first.isFinite() || first.truncation() > first.rounding();
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
        Difference confirmed = null;
        double factor = 1;
        double noise = 0;
        for (int i = movesZero() ? SHORTER_AT_ZERO : SHORTER; i > 0; i--) {
            factor /= FACTOR;
            Difference next = at(factor * step, sums);
            if (isFlat(next, sums) && !changes(factor * FACTOR * step, sums)) {
                break; // nothing but rounding is left
            }
            double length = factor * step;
            noise = next.truncation() > before.truncation()
                    ? Math.max(noise, next.truncation() * length / SEEN)
                    : noise;
            Difference judged = judged(before, next, noise / length, sums);
            if (before.isFinite() && !next.agreesWith(before)) {
                double apart = Math.abs(next.value() - before.value());
                judged = next.uncertainBy(apart);
                best = best == before ? before.uncertainBy(apart) : best;
            }
            boolean isClear = first.isFinite() && first.error() <= CLEAR * Math.abs(first.value());
            if (isClear && !next.agreesWith(first)) {
                judged = next.uncertainBy(Math.abs(next.value() - first.value()));
            }
            if (confirmed != null && !judged.agreesWith(confirmed)) { // roundings hide what longer steps have seen
                judged = judged.uncertainBy(Math.abs(judged.value() - confirmed.value()));
            } else if (before.isFinite() && next.agreesWith(before)) {
                confirmed = confirmed == null || before.error() < confirmed.error() ? before : confirmed;
            }
            best = judged.error() < best.error() || !best.isFinite() ? judged : best;
            if (isEnough.test(best) || judged == next && next.truncation() < next.rounding()) {
                break;
            }
            before = next;
        }
        return best;
    }

    /**
     * A shorter step, with the error that it has if the one before it was right. Bending becomes less by the square of
     * the factor; values that roundings make equal, or multiples of each other, show none by chance. That of a wave
     * which was not resolved is told from noise by its size: the wave changes by no more than its height.
     *
     * @param noise what steps that were not resolved showed, over this step
     */
    private Difference judged(
            Difference before, Difference next, double noise, Function<FunctionOnLine, Difference.Sums> sums) {
        if (noise > 0 && Math.abs(next.value()) > noise / 2) {
            return next.error() < SEEN * noise ? next.uncertainBy(SEEN * noise) : next;
        }
        if (!before.isFinite() || next.error() >= before.truncation() / SUDDEN) {
            return next;
        }
        Difference shorter = at(next.step() / FACTOR, sums);
        boolean byChance =
                shorter.truncation() >= before.truncation() || isFlat(shorter, sums) && !isFlat(next, sums);
        return next.uncertainBy(byChance ? FACTOR * before.truncation() : before.truncation() / SUDDEN);
    }

    /** A value at a longer step counts only if it agrees with the one before, and with the best so far. */
    private Difference longer(
            Difference first, Difference best, Function<FunctionOnLine, Difference.Sums> sums,
            Predicate<Difference> isEnough) {
        Difference before = first;
        for (double longer = FACTOR * step; longer <= longest(); longer *= FACTOR) {
            Difference next = at(longer, sums);
            if (!next.agreesWith(before) || !next.agreesWith(best)) {
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

    /** Whether the function changes over a step by much more than the rounding of it and of what is moved. */
    private boolean changes(double other, Function<FunctionOnLine, Difference.Sums> sums) {
        Difference.Sums there = sums.apply(other(other));
        double largest = 0;
        for (int s = 0; s < direction.length; s++) {
            largest = direction[s] == null ? largest : Math.max(largest, ArrayMath.largest(subject.point()[s]));
        }
        return there.unexplained(0, other) > ROUNDINGS * Math.max(largest, there.magnitude());
    }

    private boolean isFlat(Difference difference, Function<FunctionOnLine, Difference.Sums> sums) {
        return sums.apply(other(difference.step())).isFlat();
    }

    /** The longest step: a fixed multiple of the first one, or more where numbers are small. */
    private double longest() {
        double furthest = 0;
        for (double[] moved : direction) {
            furthest = moved == null ? furthest : Math.max(furthest, ArrayMath.largest(moved));
        }
        return Math.max(LONGER * step, LONGEST / furthest);
    }

    private double shortest() {
        return step * Math.pow(FACTOR, -SHORTER);
    }

    /** Whether the line moves one number alone, and that is 0. */
    private boolean movesZero() {
        int moved = 0;
        boolean zero = true;
        for (int s = 0; s < direction.length; s++) {
            for (int j = 0; direction[s] != null && j < direction[s].length; j++) {
                if (direction[s][j] != 0) {
                    moved++;
                    zero &= subject.point()[s][j] == 0;
                }
            }
        }
        return moved == 1 && zero;
    }

    /** The derivative at another step. */
    private Difference at(double other, Function<FunctionOnLine, Difference.Sums> sums) {
        FunctionOnLine line = other(other);
        Difference difference = sums.apply(line).difference(other);
        return line.misplaced == 0 ? difference : difference.uncertainBy(line.misplaced * Math.abs(difference.value()));
    }

    private FunctionOnLine other(double other) {
        return other == step
                ? this
                : others.computeIfAbsent(other, _ -> new FunctionOnLine(subject, center, direction, other, others));
    }

    /**
     * The same derivative with an error that holds for functions that round within, more than their values show, for
     * those that repeat themselves at every step, and for those that change on a finer scale too; seen by taking it
     * again at other steps. What rounding does to it is another thing at every step; so two shorter steps that agree
     * with each other, and not with this one, have seen something else.
     */
    Difference doubted(Difference difference, Function<FunctionOnLine, Difference.Sums> sums) {
        Difference chosen = doubtedAtItsStep(difference, sums);
        if (difference.step() == step) {
            return chosen;
        }
        // A shorter step may have been chosen by chance, and a longer one may end just before a kink.
        Difference first = doubtedAtItsStep(at(step, sums), sums);
        return first.error() < chosen.error() ? first : chosen;
    }

    private Difference doubtedAtItsStep(Difference difference, Function<FunctionOnLine, Difference.Sums> sums) {
        Difference doubted = difference.doubted(factor -> at(factor * difference.step(), sums).value());
        Difference before = null;
        for (double shorter = difference.step() / FACTOR; shorter >= shortest(); shorter /= FACTOR) {
            Difference next = at(shorter, sums);
            double apart = Math.abs(next.value() - difference.value());
            if (isFlat(next, sums)) {
                break; // nothing but rounding is left
            }
            boolean bends = before != null && next.truncation() + before.truncation() > 0; // or rounding made them equal
            if (bends && !next.agreesWith(difference)
                    && Math.abs(next.value() - before.value()) <= SAME * apart) {
                return doubted.uncertainBy(2 * apart);
            }
            before = next;
        }
        return doubted;
    }

    /**
     * Whether the function changes over the shortest steps by more than roundings and a slope explain: then it has a
     * scale that is shorter still, and how steep it is nobody sees. The same holds for a claim that is much steeper than
     * what is seen, and over the shortest step as large as what is not explained.
     */
    boolean isRough(Difference difference, double claimed, Function<FunctionOnLine, Difference.Sums> sums) {
        FunctionOnLine finest = other(shortest());
        Difference.Sums there = sums.apply(finest);
        double unexplained = there.unexplained(difference.value(), finest.step);
        double amplitude = Math.max(sums.apply(this).magnitude(), longest() * steepest(sums));
        return unexplained > ROUGH * amplitude
                || Math.abs(claimed) > STEEP * Math.abs(difference.value())
                        && Math.abs(claimed) * finest.step <= UNRESOLVED * unexplained;
    }

    /** The steepest slope around the point, as far away as the longest step reaches. */
    double slope(Function<FunctionOnLine, Difference.Sums> sums) {
        double longest = LONGER * step;
        return sums.apply(other(longest)).slope(longest);
    }

    /** The steepest slope between the point and the places of the longest step that was tried. */
    double steepest(Function<FunctionOnLine, Difference.Sums> sums) {
        return sums.apply(other(longest())).slope(longest());
    }

    /**
     * The surroundings within which the function has the same value, of a function that has it at all places that were
     * tried nearby.
     *
     * @param along how the function changes along the line, by the distance from the point
     */
    Plateau plateau(Function<FunctionOnLine, Difference.Sums> sums, DoubleUnaryOperator along) {
        double longest = longest();
        double reach = REACH * step;
        double[] places = {longest, 2 * longest, reach, 2 * reach};
        double flat = flatness(sums);
        try {
            Map<Double, Double> known = new HashMap<>();
            for (int i = 0; i < places.length; i += 2) {
                sums.apply(other(places[i])).changes(places[i], known);
            }
            Arrays.sort(places);
            return Plateau.of(t -> known.computeIfAbsent(t, along::applyAsDouble), flat, places);
        } catch (FaultException e) {
            return new Plateau(flat, 0, true); // so far away the function need not be defined
        }
    }

    /**
     * An upper estimate of what the rounding within the function does to a derivative: how far the values at all steps
     * close to its own are off a curve through them. Rounding is another thing at each; bending is smooth.
     */
    double noise(Difference difference, Function<FunctionOnLine, Difference.Sums> sums) {
        Map<Double, Double> changes = new HashMap<>();
        sums.apply(other(difference.step())).changes(difference.step(), changes);
        for (double factor : Difference.again()) {
            double again = factor * difference.step();
            sums.apply(other(again)).changes(again, changes);
        }
        return Difference.noise(changes, difference.step());
    }

    /** How far around the point, of the steps that were tried, the function has exactly the same value. */
    double flatness(Function<FunctionOnLine, Difference.Sums> sums) {
        double flat = sums.apply(this).isFlat() ? 2 * step : 0;
        for (Map.Entry<Double, FunctionOnLine> other : others.entrySet()) {
            flat = sums.apply(other.getValue()).isFlat() ? Math.max(flat, 2 * other.getKey()) : flat;
        }
        return flat;
    }

    /** Whether the function has the same value as far around the point as the longest step reaches. */
    boolean isFlat(Function<FunctionOnLine, Difference.Sums> sums) {
        return sums.apply(other(longest())).isFlat();
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
        return change(subject, center, direction, u, t);
    }

    /** The same along any line, without the runs at the places of a difference. */
    static double change(Subject subject, double[][] center, double[][] direction, double[][] u, double t) {
        double[][] moved = subject.outputs(moved(subject, direction, t));
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
