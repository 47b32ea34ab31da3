package dev.unroll.kernels;

import static dev.unroll.kernels.Differences.assertGradient;
import static dev.unroll.kernels.Samples.assertClose;
import static dev.unroll.kernels.Samples.assertExactly;
import static dev.unroll.kernels.Samples.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.function.DoubleSupplier;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

/** Against the formulas in double, and the gradient against differences. */
@Tag("every-width")
@Domain(Case.Cases.class)
@Domain(DomainContext.Global.class)
class BinaryCrossEntropyTest {
    private static final WorkerPool CALLER = WorkerPool.caller();

    /** Four of the logarithm, six of the exponential, three of the products and sums, and of size up to 8. */
    private static final double ROUNDINGS = 16;

    /** All tensors of one call, forward and backward. */
    private record Loss(Tensor x, Tensor targets, Tensor weights, Tensor probabilities, Tensor losses, Tensor dx) {
        static Loss of(Samples samples, int rows, int columns, double size) {
            Tensor targets = samples.uniform(rows, columns);
            for (int r = 0; r < rows; r++) {
                for (int j = 0; j < columns; j++) {
                    double t = targets.get(r, j); // zeros, ones, and what is between
                    targets.set(r, j, t < -0.3 ? 0 : t > 0.6 ? 1 : Math.abs(t));
                }
            }
            return new Loss(
                    samples.uniform(rows, columns, size), targets, samples.perRow(rows, false),
                    samples.empty(rows, columns), samples.perRow(rows, true), samples.uniform(rows, columns));
        }

        void forward() {
            BinaryCrossEntropy.forward(x, targets, weights, probabilities, losses, CALLER);
        }
    }

    @Property(tries = 100)
    void aLossIsTheSurpriseAtAllTargetsOfARow(@ForAll Case c) {
        try (Samples samples = c.samples()) {
            Loss loss = Loss.of(samples, c.rows(), c.columns(), 8);
            double[][] expected = values(loss.losses);
            double[][] probabilities = values(loss.x);
            for (int r = 0; r < c.rows(); r++) {
                for (int j = 0; j < c.columns(); j++) {
                    double p = 1 / (1 + Math.exp(-loss.x.get(r, j)));
                    double q = 1 / (1 + Math.exp(loss.x.get(r, j))); // 1 - p
                    double t = loss.targets.get(r, j);
                    expected[r][0] -= loss.weights.get(r, 0) * (t * Math.log(p) + (1 - t) * Math.log(q));
                    probabilities[r][j] = p;
                }
            }
            loss.forward();
            assertClose(probabilities, loss.probabilities, ROUNDINGS);
            assertClose(expected, loss.losses, c.columns() + 8 * ROUNDINGS);
            BinaryCrossEntropy.forward(loss.x, loss.targets, loss.probabilities, loss.losses, CALLER);
            for (int r = 0; r < c.rows(); r++) {
                expected[r][0] = loss.losses.get(r, 0);
                loss.weights.set(r, 0, 1);
            }
            loss.forward();
            assertExactly(expected, loss.losses);
        }
    }

    @Example
    void logitsOfAnySizeNeitherOverflowNorLoseASmallLoss() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 1, 1)) {
                double[] logits = {1e4, -1e4, 20, -20, 1e30, -1e30, 0, 1e-9, 1000, -1000};
                for (double x : logits) {
                    for (int t = 0; t < 2; t++) {
                        Tensor one = samples.of(new double[][] {{x}});
                        Tensor targets = samples.of(new double[][] {{t}});
                        Tensor losses = samples.perRow(1, true);
                        BinaryCrossEntropy.forward(one, targets, samples.empty(1, 1), losses, CALLER);
                        double exact = Math.max(0, t == 1 ? -x : x) + Math.log1p(Math.exp(-Math.abs(x)));
                        double rounding = type == ElementType.F32 ? 0x1p-24 : 0x1p-53;
                        // Relative to the loss itself, however small; x is rounded to its type before.
                        assertEquals(exact, losses.get(0, 0), ROUNDINGS * rounding * exact, x + ", target " + t);
                    }
                }
            }
        }
    }

    @Example
    void aTargetThatIsNoProbabilityIsNamedWithItsPlaceUnlessItsRowCountsNothing() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            for (double wrong : new double[] {-0x1p-20, 1.5, Double.NaN, Double.POSITIVE_INFINITY}) {
                for (int at = 0; at < 37; at++) {
                    try (Samples samples = new Samples(type, 1, at)) {
                        Loss loss = Loss.of(samples, 3, 37, 8);
                        loss.targets.set(1, at, wrong);
                        double[][] before = values(loss.probabilities);
                        Exception e = assertThrows(IllegalArgumentException.class, loss::forward);
                        assertEquals(
                                "BinaryCrossEntropy.forward: targets[1, " + at + "] is " + wrong
                                        + "; expected a probability, from 0 to 1",
                                e.getMessage());
                        assertExactly(before, loss.probabilities);
                        loss.weights.set(1, 0, 0);
                        loss.forward();
                        assertEquals(0, loss.losses.get(1, 0));
                    }
                }
            }
        }
    }

    @Property(tries = 100)
    void backwardAddsProbabilitiesLessTargets(@ForAll Case c) {
        try (Samples samples = c.samples()) {
            Loss loss = Loss.of(samples, c.rows(), c.columns(), 8);
            loss.forward();
            double[][] expected = values(loss.dx);
            for (int r = 0; r < c.rows(); r++) {
                for (int j = 0; j < c.columns(); j++) {
                    double difference = loss.probabilities.get(r, j) - loss.targets.get(r, j);
                    expected[r][j] += -0.375 * loss.weights.get(r, 0) * difference;
                }
            }
            BinaryCrossEntropy.backward(-0.375, loss.probabilities, loss.targets, loss.weights, loss.dx, CALLER);
            assertClose(expected, loss.dx, 4); // four operations on numbers of size up to 2
        }
    }

    @Example
    void backwardIsTheGradient() {
        try (Samples samples = new Samples(ElementType.F64, 2, 9)) {
            Loss loss = Loss.of(samples, 4, 6, 2);
            loss.dx.clear();
            DoubleSupplier mean = () -> {
                loss.forward();
                return Reductions.sum(loss.losses, CALLER) / 4;
            };
            mean.getAsDouble();
            BinaryCrossEntropy.backward(0.25, loss.probabilities, loss.targets, loss.weights, loss.dx, CALLER);
            assertGradient(mean, loss.x, loss.dx);
        }
    }

    @Example
    void rowsOfWeightZeroDoNotCountWhateverTheyHold() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 2, 9)) {
                Loss loss = Loss.of(samples, 3, 20, 2);
                double[][] before = values(loss.dx);
                loss.weights.clear();
                loss.x.set(1, 3, Double.NaN);
                loss.targets.set(2, 3, Double.POSITIVE_INFINITY);
                loss.forward();
                assertExactly(new double[3][1], loss.losses);
                BinaryCrossEntropy.backward(1, loss.probabilities, loss.targets, loss.weights, loss.dx, CALLER);
                assertExactly(before, loss.dx);
            }
        }
    }

    @Example
    void tinyDeltasBecomeZero() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 1, 3)) {
                Loss loss = Loss.of(samples, 2, 19, 2);
                loss.forward();
                loss.dx.clear();
                BinaryCrossEntropy.backward(9e-31, loss.probabilities, loss.targets, loss.weights, loss.dx, CALLER);
                assertExactly(new double[2][19], loss.dx);
            }
        }
    }
}
