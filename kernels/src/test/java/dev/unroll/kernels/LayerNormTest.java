package dev.unroll.kernels;

import static dev.unroll.kernels.Differences.assertGradient;
import static dev.unroll.kernels.Differences.dot;
import static dev.unroll.kernels.Samples.assertClose;
import static dev.unroll.kernels.Samples.assertExactly;
import static dev.unroll.kernels.Samples.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.function.DoubleSupplier;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

/** Against the formulas in double, and the gradients against differences; F32 is then held against F64. */
@Tag("every-width")
@Domain(Case.Cases.class)
@Domain(DomainContext.Global.class)
class LayerNormTest {
    private static final WorkerPool CALLER = WorkerPool.caller();

    /** Reciprocal deviations are below 4. */
    private static final double EPSILON = 0.1;

    private static final double ROUNDINGS = 32;

    /** All tensors of one call, forward and backward. */
    private record Norm(
            Tensor x, Tensor gain, Tensor bias, Tensor y, Tensor mean, Tensor rstd, Tensor dy, Tensor dx, Tensor dGain,
            Tensor dBias) {
        static Norm of(Samples samples, int rows, int columns) {
            return new Norm(
                    samples.uniform(rows, columns), samples.uniform(1, columns), samples.uniform(1, columns),
                    samples.empty(rows, columns), samples.perRow(rows, true), samples.perRow(rows, true),
                    samples.uniform(rows, columns), samples.uniform(rows, columns), samples.uniform(1, columns),
                    samples.uniform(1, columns));
        }

        void forward() {
            LayerNorm.forward(EPSILON, x, gain, bias, y, mean, rstd, CALLER);
        }

        void backward() {
            LayerNorm.backward(x, gain, mean, rstd, dy, dx, CALLER);
            LayerNorm.parametersBackward(x, mean, rstd, dy, dGain, dBias, CALLER);
        }
    }

    @Property(tries = 100)
    void forwardIsTheFormula(@ForAll Case c) {
        try (Samples samples = c.samples()) {
            Norm norm = Norm.of(samples, c.rows(), c.columns());
            double[][] expected = values(norm.x);
            double[][] mean = new double[c.rows()][1];
            double[][] rstd = new double[c.rows()][1];
            for (int r = 0; r < c.rows(); r++) {
                double center = Arrays.stream(expected[r]).average().orElse(0);
                double variance = Arrays.stream(expected[r]).map(x -> (x - center) * (x - center)).average().orElse(0);
                mean[r][0] = center;
                rstd[r][0] = 1 / Math.sqrt(variance + EPSILON);
                for (int j = 0; j < c.columns(); j++) {
                    expected[r][j] =
                            (expected[r][j] - center) * rstd[r][0] * norm.gain.get(0, j) + norm.bias.get(0, j);
                }
            }
            norm.forward();
            assertClose(expected, norm.y, ROUNDINGS);
            assertClose(mean, norm.mean, ROUNDINGS);
            assertClose(rstd, norm.rstd, ROUNDINGS);
        }
    }

    @Example
    void backwardIsTheGradient() {
        for (int columns : new int[] {1, 2, 11, 19}) {
            try (Samples samples = new Samples(ElementType.F64, 3, 7)) {
                Norm norm = Norm.of(samples, 3, columns);
                norm.dx.clear();
                norm.dGain.clear();
                norm.dBias.clear();
                DoubleSupplier loss = () -> {
                    norm.forward();
                    return dot(norm.dy, norm.y);
                };
                loss.getAsDouble();
                norm.backward();
                assertGradient(loss, norm.x, norm.dx);
                assertGradient(loss, norm.gain, norm.dGain);
                assertGradient(loss, norm.bias, norm.dBias);
            }
        }
    }

    @Property(tries = 100)
    void backwardInF32IsThatInF64(@ForAll Case c) {
        assertF32IsF64(c.rows(), c.columns(), c.gap(), c.seed());
    }

    @Example
    void rowsLongerThanTheScratchMemoryAreSummedInFull() {
        for (int columns : new int[] {511, 512, 513, 1537}) {
            assertF32IsF64(2, columns, 3, columns);
        }
    }

    private static void assertF32IsF64(int rows, int columns, int gap, long seed) {
        try (Samples samples = new Samples(ElementType.F32, gap, seed);
                Samples same = new Samples(ElementType.F64, gap, seed)) {
            Norm norm = Norm.of(samples, rows, columns);
            Norm exact = Norm.of(same, rows, columns);
            norm.forward();
            norm.backward();
            exact.forward();
            exact.backward();
            assertClose(values(exact.y), norm.y, ROUNDINGS);
            assertClose(values(exact.dx), norm.dx, 4 * ROUNDINGS);
            assertClose(values(exact.dGain), norm.dGain, ROUNDINGS * Math.max(1, rows));
            assertClose(values(exact.dBias), norm.dBias, ROUNDINGS * Math.max(1, rows));
        }
    }

    @Example
    void aLargeMeanDoesNotDrownTheVariance() {
        try (Samples samples = new Samples(ElementType.F32, 0, 1)) {
            Tensor x = samples.of(new double[][] {{16384, 16385, 16386, 16387}});
            Tensor ones = samples.of(new double[][] {{1, 1, 1, 1}});
            Tensor zeros = samples.of(new double[][] {{0, 0, 0, 0}});
            Tensor y = samples.empty(1, 4);
            LayerNorm.forward(
                    1e-12, x, ones, zeros, y, samples.perRow(1, true), samples.perRow(1, true), CALLER);
            double unit = 1 / Math.sqrt(1.25);
            assertClose(new double[][] {{-1.5 * unit, -0.5 * unit, 0.5 * unit, 1.5 * unit}}, y, 4);
        }
    }

    @Example
    void aConstantRowBecomesTheBias() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 1, 1)) {
                Norm norm = Norm.of(samples, 2, 19);
                for (int j = 0; j < 19; j++) {
                    norm.x.set(0, j, 0.75);
                    norm.x.set(1, j, -3);
                }
                norm.forward();
                assertExactly(new double[][] {values(norm.bias)[0], values(norm.bias)[0]}, norm.y);
                assertExactly(new double[][] {{0.75}, {-3}}, norm.mean);
            }
        }
    }

    @Example
    void whatIsNoNumberSpoilsItsRowAlone() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
                try (Samples samples = new Samples(type, 1, 1)) {
                    Norm norm = Norm.of(samples, 3, 19);
                    norm.forward();
                    double[][] expected = values(norm.y);
                    Arrays.fill(expected[1], Double.NaN);
                    norm.x.set(1, 18, bad);
                    norm.forward();
                    assertExactly(expected, norm.y);
                }
            }
        }
    }

    @Example
    void tinyDeltasBecomeZero() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 1, 3)) {
                Norm norm = Norm.of(samples, 1, 19);
                norm.dx.clear();
                norm.dGain.clear();
                norm.dBias.clear();
                for (int j = 0; j < 19; j++) {
                    norm.dy.set(0, j, 1e-31); // times factors below 4, and gains up to 1
                }
                norm.forward();
                norm.backward();
                assertExactly(new double[1][19], norm.dx);
                assertExactly(new double[1][19], norm.dGain);
                assertExactly(new double[1][19], norm.dBias);
            }
        }
    }

    @Example
    void anEpsilonThatIsNotPositiveAndFiniteIsRefused() {
        try (Samples samples = new Samples(ElementType.F32, 0, 3)) {
            Norm norm = Norm.of(samples, 2, 3);
            for (double epsilon : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
                String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> LayerNorm.forward(
                                epsilon, norm.x, norm.gain, norm.bias, norm.y, norm.mean, norm.rstd, CALLER))
                        .getMessage();
                assertEquals(
                        "LayerNorm.forward: epsilon is " + epsilon
                                + "; expected a finite number greater than 0, such as 1e-5",
                        message);
            }
        }
    }
}
