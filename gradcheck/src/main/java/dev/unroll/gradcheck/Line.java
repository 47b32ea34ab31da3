package dev.unroll.gradcheck;

import java.util.function.Function;
import java.util.function.Predicate;

/** The function along a straight line through the point, at the places that a {@link Difference} is made of. */
final class Line {
    /**
     * Where the function hardly changes along the line, the rounding of its values hides how it does; it changes little
     * over longer steps too, which make the rounding count less.
     */
    private static final int[] LONGER = {16, 64};

    private final Subject subject;
    private final double[][] direction;
    private final double step;
    private final double[][] centre;
    private final double[][] farBelow;
    private final double[][] below;
    private final double[][] above;
    private final double[][] farAbove;
    private final Line[] longer = new Line[LONGER.length];

    /**
     * Runs the function four times.
     *
     * @param centre its outputs at the point
     * @param direction an array for each site, null for one that stays
     * @param step how far the nearer places are away, in lengths of the direction
     */
    Line(Subject subject, double[][] centre, double[][] direction, double step) {
        this.subject = subject;
        this.direction = direction;
        this.step = step;
        this.centre = centre;
        farBelow = outputs(-2 * step);
        below = outputs(-step);
        above = outputs(step);
        farAbove = outputs(2 * step);
    }

    /** The line along which one element of one site moves. */
    static Line ofElement(Subject subject, double[][] centre, int site, int element) {
        double[][] direction = new double[subject.sites().size()][];
        direction[site] = new double[subject.point()[site].length];
        direction[site][element] = 1;
        return new Line(subject, centre, direction, Difference.step(subject.point()[site][element]));
    }

    /** The line along which all elements of one site move. */
    static Line ofSite(Subject subject, double[][] centre, int site, double[] along) {
        double[][] direction = new double[subject.sites().size()][];
        direction[site] = along;
        return new Line(subject, centre, direction, Difference.step(Vectors.largest(subject.point()[site])));
    }

    double step() {
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
     * A derivative with the shortest step that makes it useful; if none does, that with the smallest error.
     *
     * @param sums that it is made of, by the line that they are of
     * @param isUseful whether its error is small enough
     */
    Difference difference(Function<Line, Difference.Sums> sums, Predicate<Difference> isUseful) {
        Difference best = sums.apply(this).difference(step);
        for (int i = 0; i < LONGER.length && !isUseful.test(best); i++) {
            if (longer[i] == null) {
                longer[i] = new Line(subject, centre, direction, LONGER[i] * step);
            }
            Difference next = sums.apply(longer[i]).difference(longer[i].step);
            best = next.error() < best.error() ? next : best;
        }
        return best;
    }

    /** The sums of one element of one output. */
    Difference.Sums sums(int output, int element) {
        Difference.Sums sums = new Difference.Sums();
        add(1, output, element, sums);
        return sums;
    }

    /** The sums of all products of outputs and cotangents, null for an output that is not used. */
    Difference.Sums sums(double[][] u) {
        Difference.Sums sums = new Difference.Sums();
        for (int o = 0; o < u.length; o++) {
            for (int k = 0; u[o] != null && k < u[o].length; k++) {
                add(u[o][k], o, k, sums);
            }
        }
        return sums;
    }

    private void add(double weight, int o, int k, Difference.Sums sums) {
        sums.add(weight, farBelow[o][k], below[o][k], centre[o][k], above[o][k], farAbove[o][k]);
    }

    /** How the sum of products of outputs and cotangents changes when going t along the line. */
    double change(double[][] u, double t) {
        double[][] moved = outputs(t);
        double sum = 0;
        for (int o = 0; o < u.length; o++) {
            for (int k = 0; u[o] != null && k < u[o].length; k++) {
                sum += u[o][k] * (moved[o][k] - centre[o][k]);
            }
        }
        return sum;
    }

    /** The same for one element of one output. */
    double change(int output, int element, double t) {
        return outputs(t)[output][element] - centre[output][element];
    }
}
