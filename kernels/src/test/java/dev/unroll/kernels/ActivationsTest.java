package dev.unroll.kernels;

import static dev.unroll.kernels.Samples.assertClose;
import static dev.unroll.kernels.Samples.assertExactly;
import static dev.unroll.kernels.Samples.values;
import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

/** Against the formulas in double. */
@Tag("every-width")
@Domain(Case.Cases.class)
@Domain(DomainContext.Global.class)
class ActivationsTest {
    private static final WorkerPool CALLER = WorkerPool.caller();

    /** For the polynomials of the vector kernels, and the rounding of the argument that exp enlarges by up to |x|. */
    private static final double ROUNDINGS = 16;

    static double apply(Activation f, double x) {
        return switch (f) {
            case SIGMOID -> 1 / (1 + Math.exp(-x));
            case TANH -> Math.tanh(x);
            case RELU -> Math.max(0, x);
            case EXP -> Math.exp(x);
            case LOG -> Math.log(x);
            case SOFTPLUS -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
        };
    }

    static double derivative(Activation f, double x) {
        double y = apply(f, x);
        return switch (f) {
            case SIGMOID -> y * (1 - y);
            case TANH -> 1 - y * y;
            case RELU -> x > 0 ? 1 : 0;
            case EXP -> y;
            case LOG -> x < 0 ? Double.NaN : 1 / x;
            case SOFTPLUS -> 1 / (1 + Math.exp(-x));
        };
    }

    private static double[][] map(Activation f, Tensor x) {
        double[][] result = values(x);
        for (double[] row : result) {
            for (int j = 0; j < row.length; j++) {
                row[j] = apply(f, row[j]);
            }
        }
        return result;
    }

    @Property(tries = 100)
    void forwardIsTheFunction(@ForAll Activation f, @ForAll Case c) {
        try (Samples samples = c.samples()) {
            Tensor x = samples.uniform(c.rows(), c.columns(), 12);
            Tensor y = samples.empty(c.rows(), c.columns());
            double[][] expected = map(f, x);
            Activations.forward(f, x, y, CALLER);
            assertClose(expected, y, ROUNDINGS);
            Activations.forward(f, x, x, CALLER);
            assertExactly(values(y), x);
        }
    }

    @Property(tries = 100)
    void backwardAddsTheDerivativeTimesTheGradient(@ForAll Activation f, @ForAll Case c) {
        try (Samples samples = c.samples()) {
            Tensor x = samples.uniform(c.rows(), c.columns(), 3);
            Tensor y = samples.copyOf(x);
            Tensor dy = samples.uniform(c.rows(), c.columns());
            Tensor dx = samples.uniform(c.rows(), c.columns());
            double[][] expected = values(dx);
            for (int r = 0; r < expected.length; r++) {
                for (int j = 0; j < expected[r].length; j++) {
                    expected[r][j] += dy.get(r, j) * derivative(f, x.get(r, j));
                }
            }
            Activations.forward(f, y, y, CALLER);
            Activations.backward(f, y, dy, dx, CALLER);
            assertClose(expected, dx, 2 * ROUNDINGS); // y's, and as many again for y (1 - y) and the sum
        }
    }

    @Example
    void theEndsOfTheRangeAreReached() {
        double infinity = Double.POSITIVE_INFINITY;
        double[][] x = {{0, -0.0, 1e-30, -1e-30, 89, -105, 1e4, -1e4, infinity, -infinity}};
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 0, 1)) {
                for (Activation f : Activation.values()) {
                    Tensor y = samples.of(x);
                    double[][] expected = map(f, y);
                    if (type == ElementType.F32) {
                        for (int j = 0; j < x[0].length; j++) {
                            expected[0][j] = (float) expected[0][j];
                        }
                    }
                    Activations.forward(f, y, y, CALLER);
                    assertClose(expected, y, ROUNDINGS);
                }
            }
        }
    }

    @Example
    void notANumberStaysOne() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 0, 1)) {
                for (Activation f : Activation.values()) {
                    Tensor y = samples.empty(1, 20);
                    Activations.forward(f, y, y, CALLER);
                    for (int j = 0; j < 20; j++) {
                        assertEquals(Double.NaN, y.get(0, j), f + " of NaN");
                    }
                }
            }
        }
    }

    @Example
    void reluHasNoSlopeAtZero() {
        try (Samples samples = new Samples(ElementType.F64, 0, 1)) {
            Tensor y = samples.of(new double[][] {{0, 0}});
            Tensor dx = samples.of(new double[][] {{0, 0}});
            Activations.backward(Activation.RELU, y, samples.of(new double[][] {{3, -3}}), dx, CALLER);
            assertExactly(new double[][] {{0, 0}}, dx);
        }
    }
}
