package dev.unroll.gradcheck.diagnosis;

import dev.unroll.gradcheck.finding.Comparison;
import dev.unroll.gradcheck.finding.Hint;
import dev.unroll.gradcheck.numeric.ComparisonStatistics;
import dev.unroll.gradcheck.numeric.Difference;
import dev.unroll.gradcheck.numeric.FunctionOnLine;
import dev.unroll.gradcheck.subject.Subject;
import dev.unroll.gradcheck.util.ArrayMath;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Looks closely at the gradient of one input that was found wrong: which element is the worst, and whether the failures
 * have a pattern. It costs more runs than the check did, but only after a failure, and at most
 * {@link GradientGrid#MOST} elements are looked at.
 */
public final class FailureDiagnosis {
    private final Subject subject;
    private final int variable;
    private final ComparisonStatistics statistics;
    private final double[][] u;
    private final double[][] center;
    private final double[] analytic;
    private final double allowed;

    private FailureDiagnosis(Subject subject, int variable, ComparisonStatistics statistics, RandomGenerator random) {
        this.subject = subject;
        this.statistics = statistics;
        this.variable = variable;
        center = subject.outputs(subject.point());
        u = Arrays.stream(center).map(o -> ArrayMath.cotangent(o.length, random)).toArray(double[][]::new);
        analytic = subject.gradients(subject.point(), u)[variable];
        double[] all = Arrays.stream(u).flatMapToDouble(Arrays::stream).toArray();
        allowed = ArrayMath.spread(all) * statistics.allowed(ArrayMath.largest(analytic) / ArrayMath.norm(all));
    }

    /**
     * Returns a hint at what is wrong with a variable's gradient.
     *
     * @param statistics with the first step and the tolerance of the check
     */
    public static Hint of(
            Subject subject, int variable, Comparison worst, ComparisonStatistics statistics, RandomGenerator random) {
        return new FailureDiagnosis(subject, variable, statistics, random).hint(worst);
    }

    private Hint hint(Comparison worst) {
        GradientGrid grid = new GradientGrid(subject, variable, statistics, u, center, analytic, allowed);
        int only = grid.isComplete() ? -1 : search();
        Comparison element = grid.worst();
        if (only >= 0 && element(only).tolerances() > element.tolerances()) {
            element = element(only);
        }
        boolean found = only >= 0 || !grid.isRight();
        if (!found) { // such as an error that is seen through one output alone
            return new Hint(Hint.Kind.NONE, "no pattern is seen in the failures", worst);
        }
        return grid.isRight()
                ? hidden(only, element)
                : new FailurePatterns(subject, variable, statistics, grid, u, element).hint();
    }

    /** None of the elements looked at is wrong, but one that was searched for. */
    private Hint hidden(int only, Comparison element) {
        double[] rest = direction(0, analytic.length);
        rest[only] = 0;
        String name = subject.variables().get(variable).name();
        return along(rest).tolerances() <= 1
                ? new Hint(Hint.Kind.ONE_ELEMENT, "only one element of " + name + " is wrong", element)
                : new Hint(Hint.Kind.NONE, "few elements of " + name + " are wrong, without a pattern", element);
    }

    /** Goes on with the half that is more wrong until one element is left; -1 if that one is right. */
    private int search() {
        int from = 0;
        int to = analytic.length;
        while (to - from > 1) {
            int middle = (from + to) >>> 1;
            boolean first = along(direction(from, middle)).tolerances() > along(direction(middle, to)).tolerances();
            from = first ? from : middle;
            to = first ? middle : to;
        }
        return element(from).tolerances() > 1 ? from : -1;
    }

    /** Alternating signs of changing size, so that equal errors do not hide each other. */
    private double[] direction(int from, int to) {
        double[] v = new double[analytic.length];
        IntStream.range(from, to).forEach(j -> v[j] = (j % 2 == 0 ? 1 : -1) * (1 + j % 7 / 7.0) / Math.sqrt(to - from));
        return v;
    }

    private Comparison element(int j) {
        double[] v = new double[analytic.length];
        v[j] = 1;
        Comparison c = along(v);
        String of = GradientGrid.DERIVATIVE + subject.variables().get(variable).at(j);
        return new Comparison(of, c.analytic(), c.numeric(), c.differenceError(), c.tolerance(), true);
    }

    private Comparison along(double[] v) {
        FunctionOnLine line = FunctionOnLine.ofVariable(subject, center, variable, v, statistics.stepFactor());
        double largest = ArrayMath.largest(analytic);
        Difference difference =
                line.difference(along -> along.sums(u), d -> ComparisonStatistics.isExact(d, largest));
        double tolerance = Comparison.NEGLIGIBLE * largest + difference.error() + allowed * ArrayMath.spread(v);
        return new Comparison("", ArrayMath.dot(analytic, v), difference.value(), difference.error(), tolerance, true);
    }
}
