package dev.unroll.gradcheck.numeric;

import dev.unroll.gradcheck.finding.Comparison;
import dev.unroll.gradcheck.subject.NamedShape;
import dev.unroll.gradcheck.subject.Subject;
import dev.unroll.gradcheck.subject.SubjectWrapper;
import dev.unroll.gradcheck.util.ArrayMath;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Compares, for one random sum f of the outputs and random directions v and w over all inputs together, three ways to
 * the second derivative {@code v^T H w}: the gradient's change along v, times w; its change along w, times v; and
 * second differences of f. The first two agree only if the gradient is that of some function, not only at the point but
 * around it; with the third it is that of f.
 */
public final class SecondOrderComparison {
    /**
     * The step of second differences, 2^-9 of the numbers, beside that of first ones. What extrapolation takes off, of
     * order {@code step^2}, is 3e-7 of the fourth derivative; the rounding of the function is 4e-9 of its value.
     */
    private static final double LONGER = 16;

    private final Subject subject;
    private final ComparisonStatistics statistics;
    private final RandomGenerator random;
    private final double[][] u;
    private double largest;

    public SecondOrderComparison(Subject subject, ComparisonStatistics statistics, RandomGenerator random) {
        this.subject = subject;
        this.statistics = statistics;
        this.random = random;
        u = subject.outputShapes().stream()
                .map(variable -> ArrayMath.cotangent(variable.size(), random))
                .toArray(double[][]::new);
    }

    public void compare(int directions) {
        double[][] gradient = subject.gradients(subject.point(), u);
        largest = Arrays.stream(gradient).mapToDouble(ArrayMath::norm).max().orElse(0);
        for (int d = 0; d < directions; d++) {
            double[][] v = direction();
            double[][] w = direction();
            Derivative vw = new GradientAlong(v, gradient).times(w);
            Derivative wv = new GradientAlong(w, gradient).times(v);
            int direction = d;
            add(vw, wv, () -> "second order, direction " + direction
                    + ": analytic <d grad / dv, w>, numeric <d grad / dw, v>");
            add(vw, new Mixed(v, w), () -> "second order, direction " + direction
                    + ": analytic <d grad / dv, w>, numeric second differences of the function");
        }
    }

    /** Both numbers are differences here, so both errors count; if they differ, both are taken again. */
    private void add(Derivative a, Derivative b, Supplier<String> of) {
        Difference one = a.difference();
        Difference other = b.difference();
        if (!(Math.abs(one.value() - other.value()) <= Comparison.NEGLIGIBLE * largest + one.error() + other.error())) {
            one = a.doubted(one);
            other = b.doubted(other);
        }
        statistics.add(one.value(), other.uncertainBy(one.error()), largest, b.measurement(of));
    }

    /** Draws a direction of about length 1 over all variables. */
    private double[][] direction() {
        List<NamedShape> variables = subject.variables();
        int elements = variables.stream().mapToInt(NamedShape::size).sum();
        double[] all = ArrayMath.direction(elements, random);
        double[][] parts = new double[variables.size()][];
        int from = 0;
        for (int s = 0; s < parts.length; s++) {
            int size = variables.get(s).size();
            parts[s] = Arrays.copyOfRange(all, from, from + size);
            from += size;
        }
        return parts;
    }

    /** The step along a line on which all variables move. */
    private double step(double[][] direction) {
        return statistics.stepFactor() * Difference.step(joined(subject.point()), joined(direction));
    }

    private static double[] joined(double[][] parts) {
        return Arrays.stream(parts).flatMapToDouble(Arrays::stream).toArray();
    }

    private static double[][] sum(double[][] v, double[][] w, double sign) {
        double[][] sum = new double[v.length][];
        for (int s = 0; s < sum.length; s++) {
            sum[s] = new double[v[s].length];
            for (int j = 0; j < sum[s].length; j++) {
                sum[s][j] = v[s][j] + sign * w[s][j];
            }
        }
        return sum;
    }

    /** One of the three ways to the second derivative. */
    private interface Derivative {
        Difference difference();

        /** Returns it with the error that is seen when it is taken at other steps. */
        Difference doubted(Difference difference);

        ComparedDerivative measurement(Supplier<String> of);
    }

    /** {@code v^T H w} from the second derivatives along v + w and v - w. */
    private final class Mixed implements Derivative {
        private final double[][][] directions;
        private final double[][] center = subject.outputs(subject.point());

        Mixed(double[][] v, double[][] w) {
            directions = new double[][][] {sum(v, w, 1), sum(v, w, -1)};
        }

        @Override
        public Difference difference() {
            return at(1);
        }

        private Difference at(double factor) {
            Difference plus = second(directions[0], factor);
            Difference minus = second(directions[1], factor);
            return new Difference(
                    (plus.value() - minus.value()) / 4, (plus.truncation() + minus.truncation()) / 4,
                    (plus.rounding() + minus.rounding()) / 4, plus.step());
        }

        private Difference second(double[][] direction, double factor) {
            FunctionOnLine line = line(direction, factor * LONGER * step(direction));
            return line.sums(u).second(line.step());
        }

        private FunctionOnLine line(double[][] direction, double step) {
            return new FunctionOnLine(subject, center, direction, step);
        }

        @Override
        public Difference doubted(Difference difference) {
            return difference.doubted(factor -> at(factor).value());
        }

        @Override
        public ComparedDerivative measurement(Supplier<String> of) {
            FunctionOnLine line = line(directions[0], step(directions[0]));
            return new ComparedDerivative(of, ComparedDerivative.SECOND_ORDER, t -> line.change(u, t), line.step());
        }
    }

    /** The gradient as a function, along a line: what {@link FunctionOnLine} needs of a subject. */
    private final class GradientAlong {
        private final FunctionOnLine line;

        GradientAlong(double[][] direction, double[][] gradient) {
            line = new FunctionOnLine(new Gradient(), gradient, direction, step(direction));
        }

        Derivative times(double[][] weights) {
            return new Derivative() {
                @Override
                public Difference difference() {
                    return line.difference(along -> along.sums(weights),
                            d -> ComparisonStatistics.isExact(d, largest));
                }

                @Override
                public Difference doubted(Difference difference) {
                    return line.doubted(difference, along -> along.sums(weights));
                }

                @Override
                public ComparedDerivative measurement(Supplier<String> of) {
                    return new ComparedDerivative(of, ComparedDerivative.SECOND_ORDER, t -> line.change(weights, t),
                            line.step());
                }
            };
        }
    }

    /** The subject's gradient as a function of its own. */
    private final class Gradient extends SubjectWrapper {
        Gradient() {
            super(subject);
        }

        @Override
        public List<NamedShape> outputShapes() {
            return subject.variables();
        }

        @Override
        public double[][] outputs(double[][] at) {
            return subject.gradients(at, u);
        }

        @Override
        public double[][] gradients(double[][] at, double[][] cotangents) {
            throw new UnsupportedOperationException("a gradient has no backward");
        }
    }
}
