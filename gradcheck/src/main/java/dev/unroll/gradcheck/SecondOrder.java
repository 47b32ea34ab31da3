package dev.unroll.gradcheck;

import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Compares, for one random sum f of the outputs and random directions v and w over all inputs together, three ways to
 * the second derivative {@code v^T H w}: the gradient's change along v, times w; its change along w, times v; and second
 * differences of f. The first two agree only if the gradient is that of some function, not only at the point but around
 * it; with the third it is that of f.
 */
final class SecondOrder {
    /**
     * The step of second differences. What extrapolation takes off, of order {@code step^2}, is 3e-7 of the fourth
     * derivative; the rounding of the function is 1e-9 of its value.
     */
    private static final double STEP = 0x1p-9;

    private final Subject subject;
    private final Tally tally;
    private final RandomGenerator random;
    private final double[][] u;

    SecondOrder(Subject subject, Tally tally, RandomGenerator random) {
        this.subject = subject;
        this.tally = tally;
        this.random = random;
        u = subject.outputSites().stream()
                .map(site -> Vectors.cotangent(site.size(), random))
                .toArray(double[][]::new);
    }

    void compare(int directions) {
        double[][] gradient = subject.gradients(subject.point(), u);
        double largest = Arrays.stream(gradient).mapToDouble(Vectors::norm).max().orElse(0);
        for (int d = 0; d < directions; d++) {
            double[][] v = direction();
            double[][] w = direction();
            GradientAlong alongV = new GradientAlong(v, gradient);
            GradientAlong alongW = new GradientAlong(w, gradient);
            Difference vw = alongV.times(w);
            Difference wv = alongW.times(v);
            Difference mixed = mixed(v, w);
            int direction = d;
            add(vw, wv, largest, alongW, v, () -> "second order, direction " + direction
                    + ": analytic <d grad / dv, w>, numeric <d grad / dw, v>");
            add(vw, mixed, largest, alongV, w, () -> "second order, direction " + direction
                    + ": analytic <d grad / dv, w>, numeric second differences of the function");
        }
    }

    /** Both numbers are differences here, so both errors count. */
    private void add(
            Difference a, Difference b, double largest, GradientAlong along, double[][] weights, Supplier<String> of) {
        Difference both = new Difference(b.value(), a.error() + b.error());
        Measurement measurement =
                new Measurement(of, -1, t -> along.line.change(weights, t), along.line.step());
        tally.add(a.value(), both, largest, 0, measurement);
    }

    /** Of about length 1 over all sites. */
    private double[][] direction() {
        List<Site> sites = subject.sites();
        int elements = sites.stream().mapToInt(Site::size).sum();
        double[] all = Vectors.direction(elements, random);
        double[][] parts = new double[sites.size()][];
        int from = 0;
        for (int s = 0; s < parts.length; s++) {
            int size = sites.get(s).size();
            parts[s] = Arrays.copyOfRange(all, from, from + size);
            from += size;
        }
        return parts;
    }

    private double step(double base) {
        return base * Math.max(1, Arrays.stream(subject.point()).mapToDouble(Vectors::largest).max().orElse(0));
    }

    /** {@code v^T H w} from the second derivatives along v + w and v - w. */
    private Difference mixed(double[][] v, double[][] w) {
        Difference plus = second(sum(v, w, 1));
        Difference minus = second(sum(v, w, -1));
        return new Difference((plus.value() - minus.value()) / 4, (plus.error() + minus.error()) / 4);
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

    private Difference second(double[][] direction) {
        double h = step(STEP);
        double[][] centre = subject.outputs(subject.point());
        Line line = new Line(subject, centre, direction, h);
        return line.sums(u).second(h);
    }

    /** The gradient as a function, along a line: what {@link Line} needs of a subject. */
    private final class GradientAlong {
        private final Line line;

        GradientAlong(double[][] direction, double[][] gradient) {
            line = new Line(new Gradient(), gradient, direction, step(Difference.step(0)));
        }

        Difference times(double[][] weights) {
            return line.sums(weights).difference(line.step());
        }
    }

    /** The subject's gradient as a function of its own. */
    private final class Gradient implements Subject {
        @Override
        public List<Site> sites() {
            return subject.sites();
        }

        @Override
        public double[][] point() {
            return subject.point();
        }

        @Override
        public List<Site> outputSites() {
            return subject.sites();
        }

        @Override
        public double[][] outputs(double[][] at) {
            return subject.gradients(at, u);
        }

        @Override
        public double[][] gradients(double[][] at, double[][] cotangents) {
            throw new UnsupportedOperationException("a gradient has no backward");
        }

        @Override
        public List<Fault> faults(RandomGenerator unused) {
            return List.of();
        }
    }
}
