package dev.unroll.gradcheck.numeric;

import dev.unroll.gradcheck.subject.Subject;
import dev.unroll.gradcheck.util.ArrayMath;
import java.util.Arrays;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** Compares, for random u and v, {@code <J^T u, v>} by backward with {@code <u, J v>} by differences. */
public final class ProjectedComparison {
    /** Elements of u, and those of v times the square root of their number, are at least this. */
    private static final double SMALLEST = 0.5;

    /** The example in the note, as a multiple of the smallest visible error. */
    private static final double EXAMPLE = 100;

    /** The most directions that are taken for the sake of many outputs. */
    private static final int MOST = 16;

    /** Gradients of one input whose sizes differ by more than this factor are compared once more. */
    private static final double MIXED = 1e-4;

    /** Gradients below this part of the largest are taken to be as large. */
    private static final double SMALLEST_SCALE = 1e-9;

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
        // Every output is looked at alone once, up to a limit.
        int all = center.length == 1 ? directions : Math.max(directions, Math.min(MOST, center.length + 1));
        for (int d = 0; d < all; d++) {
            double[][] u = cotangents(d);
            double[][] gradients = subject.gradients(subject.point(), u);
            double[] typical = Arrays.stream(gradients)
                    .mapToDouble(gradient -> ArrayMath.norm(gradient) / Math.sqrt(gradient.length))
                    .toArray();
            for (int i = 0; i < gradients.length; i++) {
                int size = gradients[i].length;
                double considerable = ComparisonStatistics.considerable(typical, subject.point(), i);
                double tolerance = compare(d, i, u, gradients[i], ArrayMath.direction(size, random), considerable);
                if (alone(d) < 0) {
                    visible = Math.max(visible, tolerance * Math.sqrt(size) / (SMALLEST * SMALLEST));
                }
                largestGradient = Math.max(largestGradient, ArrayMath.largest(gradients[i]));
                if (d == 0 && hasMixedScales(i, gradients[i])) {
                    compare(d, i, u, gradients[i], towardsSmall(gradients[i]), considerable);
                }
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

    private boolean hasMixedScales(int input, double[] gradient) {
        double small = MIXED * ArrayMath.largest(gradient);
        return IntStream.range(0, gradient.length)
                .anyMatch(j -> Math.abs(gradient[j]) < small && subject.isChecked(input, j));
    }

    /**
     * A direction in which small gradients, and those that are claimed to be 0, count as much as large ones: an error of
     * theirs would be lost beside those.
     */
    private double[] towardsSmall(double[] gradient) {
        double[] v = ArrayMath.direction(gradient.length, random);
        double largest = ArrayMath.largest(gradient);
        for (int j = 0; j < v.length; j++) {
            v[j] *= SMALLEST_SCALE / Math.max(SMALLEST_SCALE, Math.abs(gradient[j]) / largest);
        }
        return v;
    }

    private double compare(
            int direction, int input, double[][] u, double[] gradient, double[] v, double considerable) {
        FunctionOnLine line = FunctionOnLine.ofVariable(subject, center, input, v, statistics.stepFactor());
        // A typical product with v: |<g, v>| is about this.
        double[] terms = new double[v.length];
        Arrays.setAll(terms, j -> gradient[j] * v[j]);
        double typical = ArrayMath.norm(terms);
        ComparedDerivative measurement = new ComparedDerivative(
                () -> "direction " + direction + " of " + subject.variables().get(input).name(),
                input, t -> line.change(u, t), line.step());
        Claim claim = new Claim(
                ArrayMath.dot(gradient, v), () -> rounding(u, gradient, input, v), typical,
                ArrayMath.norm(gradient) / Math.sqrt(gradient.length), considerable,
                ArrayMath.largest(subject.point()[input]));
        return statistics.compare(claim, line, along -> along.sums(u), measurement);
    }

    private double rounding(double[][] u, double[] gradient, int input, double[] v) {
        double[][] expected = new double[subject.variables().size()][];
        expected[input] = gradient;
        double[] rounding = AnalyticRounding.of(subject, u, expected)[input];
        double squares = 0;
        for (int j = 0; j < v.length; j++) {
            squares += rounding[j] * v[j] * rounding[j] * v[j];
        }
        return subject.flushed() * ArrayMath.norm(v) + Math.sqrt(squares);
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
