package dev.unroll.gradcheck.numeric;

import dev.unroll.gradcheck.subject.NamedShape;
import dev.unroll.gradcheck.subject.Subject;
import dev.unroll.gradcheck.util.ArrayMath;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Supplier;
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

    /** So many directions look at each variable alone, of however many elements there are. */
    private static final int ALONE = 2;

    /** Variables of so many elements together are very large. */
    private static final long VERY_LARGE = 100_000;

    /** Lines of at least so many elements may have a longer first step ... */
    private static final int MANY = 10_000;

    /** ... on which no element moves further than this times a first step of its own. */
    private static final double FURTHER = 1024;

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
        for (int d = 0; d < all && !(isVeryLarge() && statistics.wrong() > 0); d++) {
            double[][] u = cotangents(d);
            double[][] gradients = subject.gradients(subject.point(), u);
            double[] typical = Arrays.stream(gradients)
                    .mapToDouble(gradient -> ArrayMath.norm(gradient) / Math.sqrt(gradient.length))
                    .toArray();
            if (d < ALONE || !isVeryLarge() || !compareTogether(d, u, gradients)) {
                compareOneByOne(d, u, gradients, typical);
            }
            complete += alone(d) < 0 ? 1 : 0;
        }
        return limits(complete);
    }

    private void compareOneByOne(int direction, double[][] u, double[][] gradients, double[] typical) {
        for (int i = 0; i < gradients.length; i++) {
            int size = gradients[i].length;
            double considerable = ComparisonStatistics.considerable(typical, subject.point(), i);
            double tolerance = compare(direction, i, u, gradients[i], ArrayMath.direction(size, random), considerable);
            limit(direction, tolerance, size);
            largestGradient = Math.max(largestGradient, ArrayMath.largest(gradients[i]));
            if (direction == 0 && hasMixedScales(i, gradients[i])) {
                compare(direction, i, u, gradients[i], towardsSmall(gradients[i]), considerable);
            }
        }
    }

    private void limit(int direction, double tolerance, int elements) {
        if (alone(direction) < 0) {
            visible = Math.max(visible, tolerance * Math.sqrt(elements) / (SMALLEST * SMALLEST));
        }
    }

    /** Whether a run takes so long that later directions move all variables together. */
    private boolean isVeryLarge() {
        return subject.variables().size() > 1 && !statistics.acceptsSubgradients()
                && subject.variables().stream().mapToLong(NamedShape::size).sum() >= VERY_LARGE;
    }

    /**
     * Compares along one line on which all variables move.
     *
     * @return whether it is right; if not nothing is counted, and the variables are to be looked at one by one
     */
    private boolean compareTogether(int direction, double[][] u, double[][] gradients) {
        double[] point = joined(subject.point());
        double[] gradient = joined(gradients);
        double[] v = ArrayMath.direction(gradient.length, random);
        double typical = typical(gradient, v);
        double step = Difference.step(point, v) * longer(point, v, u, typical);
        double[][] parts = parts(v);
        FunctionOnLine line = new FunctionOnLine(subject, center, parts, step);
        ComparedDerivative measurement = new ComparedDerivative(
                () -> "direction " + direction + " of all together", ComparedDerivative.ALL, t -> line.change(u, t),
                line.step());
        Claim claim = new Claim(
                ArrayMath.dot(gradient, v), () -> rounding(u, gradients, parts), typical,
                ArrayMath.largest(gradient) / norm(u), spread(u) * ArrayMath.spread(v), 0, ArrayMath.largest(point),
                v.length);
        ComparisonStatistics trial = statistics.ofNone();
        trial.compare(claim, line, along -> along.sums(u), measurement);
        if (trial.wrong() > 0 || trial.undecided() > 0) {
            return false;
        }
        limit(direction, statistics.compare(claim, line, along -> along.sums(u), measurement), v.length);
        return true;
    }

    private static double[] joined(double[][] parts) {
        return Arrays.stream(parts).flatMapToDouble(Arrays::stream).toArray();
    }

    private double[][] parts(double[] all) {
        double[][] parts = new double[subject.variables().size()][];
        int from = 0;
        for (int s = 0; s < parts.length; s++) {
            int size = subject.variables().get(s).size();
            parts[s] = Arrays.copyOfRange(all, from, from + size);
            from += size;
        }
        return parts;
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
        Supplier<String> of = () -> "direction " + direction + " of " + subject.variables().get(input).name();
        double[] along = v;
        if (statistics.acceptsSubgradients()) {
            KinkedElements kinked = KinkedElements.of(subject, center, u, input, v);
            along = kinked.rest();
            for (int j : kinked.elements()) {
                compareElement(of, input, j, u, gradient, considerable);
            }
        }
        double typical = typical(gradient, along);
        FunctionOnLine line = FunctionOnLine.ofVariable(subject, center, input, along,
                longer(subject.point()[input], along, u, typical));
        ComparedDerivative measurement =
                new ComparedDerivative(of, input, t -> line.change(u, t), line.step());
        double[] moved = along;
        Claim claim = new Claim(
                ArrayMath.dot(gradient, moved), () -> rounding(u, gradient, input, moved), typical,
                ArrayMath.largest(gradient) / norm(u), spread(u) * ArrayMath.spread(moved), considerable,
                ArrayMath.largest(subject.point()[input]), moved.length);
        return statistics.compare(claim, line, other -> other.sums(u), measurement);
    }

    /** A typical product with v: |&lt;g, v&gt;| is about this. */
    private static double typical(double[] gradient, double[] v) {
        double[] terms = new double[v.length];
        Arrays.setAll(terms, j -> gradient[j] * v[j]);
        return ArrayMath.norm(terms);
    }

    /** At a kink of one element its own slopes are those that its gradient must lie between. */
    private void compareElement(
            Supplier<String> direction, int input, int j, double[][] u, double[] gradient, double considerable) {
        FunctionOnLine line = FunctionOnLine.ofElement(subject, center, input, j, statistics.stepFactor());
        ComparedDerivative measurement = new ComparedDerivative(
                () -> direction.get() + " at the kink of " + subject.variables().get(input).at(j), input,
                t -> line.change(u, t), line.step());
        double[] v = new double[gradient.length];
        v[j] = 1;
        Claim claim = new Claim(
                gradient[j], () -> rounding(u, gradient, input, v), 0, ArrayMath.largest(gradient) / norm(u), spread(u),
                considerable, ArrayMath.largest(subject.point()[input]), 1);
        statistics.compare(claim, line, along -> along.sums(u), measurement);
    }

    /**
     * How much longer than the default the first step is. Along a line of many numbers each moves so little that the
     * rounding of a large value hides the derivative; then they move further, up to some steps of one that moves alone.
     */
    private double longer(double[] point, double[] v, double[][] u, double typical) {
        if (v.length < MANY || statistics.stepFactor() != 1 || typical == 0) {
            return statistics.stepFactor();
        }
        double step = Difference.step(point, v);
        double needed = Difference.stepOfRounding(magnitude(u), ComparisonStatistics.exact(v.length) * typical / 2);
        double most =
                Math.min(FURTHER * Difference.stepOfEach(point, v), FunctionOnLine.LONGEST / ArrayMath.largest(v));
        double longer = Math.min(needed, most) / step;
        return longer > 1 ? Math.scalb(1.0, Math.getExponent(longer)) : 1;
    }

    /** The magnitude of the function, whose roundings are independent of each other. */
    private double magnitude(double[][] u) {
        double[] norms = new double[u.length];
        for (int o = 0; o < norms.length; o++) {
            norms[o] = u[o] == null ? 0 : typical(u[o], center[o]);
        }
        return ArrayMath.norm(norms);
    }

    /** The sum over the outputs is at most this, or at random no more than their norm. */
    private static double spread(double[][] u) {
        double sum = Arrays.stream(u).filter(Objects::nonNull).flatMapToDouble(Arrays::stream).map(Math::abs).sum();
        return Math.min(sum, norm(u));
    }

    private static double norm(double[][] u) {
        return ArrayMath.norm(Arrays.stream(u).filter(Objects::nonNull).mapToDouble(ArrayMath::norm).toArray());
    }

    private double rounding(double[][] u, double[] gradient, int input, double[] v) {
        double[][] expected = new double[subject.variables().size()][];
        double[][] parts = new double[expected.length][];
        expected[input] = gradient;
        parts[input] = v;
        return rounding(u, expected, parts);
    }

    private double rounding(double[][] u, double[][] gradients, double[][] v) {
        double[][] rounding = AnalyticRounding.of(subject, u, gradients);
        double squares = 0;
        double length = 0;
        for (int s = 0; s < v.length; s++) {
            for (int j = 0; v[s] != null && j < v[s].length; j++) {
                squares += rounding[s][j] * v[s][j] * rounding[s][j] * v[s][j];
                length += v[s][j] * v[s][j];
            }
        }
        return subject.flushed() * Math.sqrt(length) + Math.sqrt(squares);
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
