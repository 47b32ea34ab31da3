package dev.unroll.gradcheck.numeric;

import dev.unroll.gradcheck.subject.Subject;
import dev.unroll.gradcheck.util.ArrayMath;
import java.util.Locale;
import java.util.random.RandomGenerator;

/** Compares, for random u and v, {@code <J^T u, v>} by backward with {@code <u, J v>} by differences. */
public final class ProjectedComparison {
    /** Elements of u, and those of v times the square root of their number, are at least this. */
    private static final double SMALLEST = 0.5;

    /** The example in the note, as a multiple of the smallest visible error. */
    private static final double EXAMPLE = 100;

    private final Subject subject;
    private final ComparisonStatistics statistics;
    private final RandomGenerator random;
    private final double[][] center;
    private double visible;
    private double largestGradient;

    public ProjectedComparison(Subject subject, ComparisonStatistics statistics, RandomGenerator random) {
        this.subject = subject;
        this.statistics = statistics;
        this.random = random;
        center = subject.outputs(subject.point());
    }

    /** Compares, and tells what such a comparison cannot see. */
    public String compare(int directions) {
        int complete = 0;
        for (int d = 0; d < directions; d++) {
            double[][] u = cotangents(d);
            double[][] gradients = subject.gradients(subject.point(), u);
            for (int i = 0; i < gradients.length; i++) {
                compare(d, i, u, gradients[i]);
            }
            complete += alone(d) < 0 ? 1 : 0;
        }
        return limits(complete);
    }

    /** Draws cotangents of all outputs together, and in the following directions of each output alone. */
    private double[][] cotangents(int direction) {
        int alone = alone(direction);
        double[][] u = new double[center.length][];
        for (int o = 0; o < u.length; o++) {
            if (alone < 0 || alone == o) {
                u[o] = ArrayMath.cotangent(center[o].length, random);
            }
        }
        return u;
    }

    /** The only output that a direction looks at, -1 if all. */
    private int alone(int direction) {
        return center.length == 1 ? -1 : direction % (center.length + 1) - 1;
    }

    private void compare(int direction, int input, double[][] u, double[] gradient) {
        double[] v = ArrayMath.direction(gradient.length, random);
        FunctionOnLine line = FunctionOnLine.ofVariable(subject, center, input, v, statistics.stepFactor());
        // A typical product with v: |<g, v>| is about this.
        double largest = ArrayMath.norm(gradient) / Math.sqrt(gradient.length);
        ComparedDerivative measurement = new ComparedDerivative(
                () -> "direction " + direction + " of " + subject.variables().get(input).name(),
                input, t -> line.change(u, t), line.step());
        Claim claim = new Claim(
                ArrayMath.dot(gradient, v), () -> rounding(u, gradient, input, v), largest, largest,
                ArrayMath.largest(subject.point()[input]));
        double tolerance = statistics.compare(claim, line, along -> along.sums(u), measurement);
        if (alone(direction) < 0) {
            visible = Math.max(visible, tolerance * Math.sqrt(gradient.length) / (SMALLEST * SMALLEST));
        }
        largestGradient = Math.max(largestGradient, ArrayMath.largest(gradient));
    }

    private double rounding(double[][] u, double[] gradient, int input, double[] v) {
        double[][] expected = new double[subject.variables().size()][];
        expected[input] = gradient;
        double[] rounding = AnalyticRounding.of(subject, u, expected)[input];
        double squares = 0;
        for (int j = 0; j < v.length; j++) {
            squares += rounding[j] * v[j] * rounding[j] * v[j];
        }
        return Math.sqrt(squares);
    }

    /**
     * An error e of one derivative changes the product by at least {@code e u v}, and none of u and v is small. Several
     * errors hide each other if their sum is below the tolerance: the share of the largest one is evenly distributed
     * over an interval of length e v and its mirror image, so that this happens in a direction with a probability of at
     * most the tolerance over the interval, whatever the others are.
     */
    private String limits(int complete) {
        double hidden = Math.pow(0.5 / EXAMPLE, complete);
        return String.format(
                Locale.ROOT,
                "a projected check sees one wrong derivative if it is off by more than %.1e (the largest gradient is"
                        + " %.1e); of several, the largest off by %.1e, it misses all with probability %.0e at most",
                visible, largestGradient, EXAMPLE * visible, hidden);
    }
}
