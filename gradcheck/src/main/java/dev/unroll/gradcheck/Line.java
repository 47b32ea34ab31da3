package dev.unroll.gradcheck;

/** The function along a straight line through the point, at the places that a {@link Difference} is made of. */
final class Line {
    private final Subject subject;
    private final double[][] direction;
    private final double step;
    private final double[][] centre;
    private final double[][] farBelow;
    private final double[][] below;
    private final double[][] above;
    private final double[][] farAbove;

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
