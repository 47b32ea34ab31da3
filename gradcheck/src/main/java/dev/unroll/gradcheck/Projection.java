package dev.unroll.gradcheck;

import java.util.List;
import java.util.random.RandomGenerator;

/** Compares, for random u and v, {@code <J^T u, v>} by backward with {@code <u, J v>} by differences. */
final class Projection {
    private final Subject subject;
    private final Tally tally;
    private final RandomGenerator random;
    private final double[][] centre;

    Projection(Subject subject, Tally tally, RandomGenerator random) {
        this.subject = subject;
        this.tally = tally;
        this.random = random;
        centre = subject.outputs(subject.point());
    }

    void compare(int directions) {
        for (int d = 0; d < directions; d++) {
            double[][] u = cotangents(d);
            double[][] gradients = subject.gradients(u);
            for (int i = 0; i < gradients.length; i++) {
                compare(d, i, u, gradients[i]);
            }
        }
    }

    /** Of all outputs together, and in the directions after that of each output alone. */
    private double[][] cotangents(int direction) {
        int outputs = centre.length;
        int alone = outputs == 1 ? -1 : direction % (outputs + 1) - 1;
        double[][] u = new double[outputs][];
        for (int o = 0; o < outputs; o++) {
            if (alone < 0 || alone == o) {
                u[o] = Vectors.cotangent(centre[o].length, random);
            }
        }
        return u;
    }

    private void compare(int direction, int input, double[][] u, double[] gradient) {
        double[] x = subject.point()[input];
        double[] v = signs(x.length);
        // v has length 1, so that no inner sum of n terms moves sqrt(n) times as far as a single element would.
        double step = Difference.step(Vectors.largest(x));
        double[][] farBelow = moved(input, v, -2 * step);
        double[][] below = moved(input, v, -step);
        double[][] above = moved(input, v, step);
        double[][] farAbove = moved(input, v, 2 * step);
        Difference.Sums sums = new Difference.Sums();
        for (int o = 0; o < u.length; o++) {
            for (int k = 0; u[o] != null && k < u[o].length; k++) {
                sums.add(u[o][k], farBelow[o][k], below[o][k], centre[o][k], above[o][k], farAbove[o][k]);
            }
        }
        // A typical product with v: |<g, v>| is about this.
        double largest = Vectors.norm(gradient) / Math.sqrt(x.length);
        List<Site> sites = subject.sites();
        tally.add(Vectors.dot(gradient, v), sums.difference(step), largest, sums.magnitude(),
                () -> "direction " + direction + " of " + sites.get(input).name());
    }

    private double[] signs(int size) {
        double[] v = new double[size];
        for (int j = 0; j < size; j++) {
            v[j] = Samplers.sign(random) / Math.sqrt(size);
        }
        return v;
    }

    private double[][] moved(int input, double[] v, double by) {
        double[][] at = subject.point().clone();
        at[input] = at[input].clone();
        for (int j = 0; j < v.length; j++) {
            at[input][j] += by * v[j];
        }
        return subject.outputs(at);
    }
}
