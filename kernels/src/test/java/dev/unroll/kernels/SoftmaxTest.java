package dev.unroll.kernels;

import static dev.unroll.kernels.Differences.assertGradient;
import static dev.unroll.kernels.Samples.assertClose;
import static dev.unroll.kernels.Samples.assertExactly;
import static dev.unroll.kernels.Samples.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
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
class SoftmaxTest {
    private static final WorkerPool CALLER = WorkerPool.caller();

    /** Of exp, whose argument of size 8 is rounded before, of the sum of up to 70, and of the division. */
    private static final double ROUNDINGS = 64;

    private static double logOfSum(double[] x) {
        double max = Arrays.stream(x).max().orElse(0);
        return max + Math.log(Arrays.stream(x).map(e -> Math.exp(e - max)).sum());
    }

    private static double[][] softmax(double[][] x) {
        double[][] result = new double[x.length][];
        for (int r = 0; r < x.length; r++) {
            double log = logOfSum(x[r]);
            result[r] = Arrays.stream(x[r]).map(e -> Math.exp(e - log)).toArray();
        }
        return result;
    }

    @Property(tries = 100)
    void forwardGivesProbabilities(@ForAll Case c) {
        try (Samples samples = c.samples()) {
            Tensor x = samples.uniform(c.rows(), c.columns(), 4);
            Tensor y = samples.empty(c.rows(), c.columns());
            double[][] expected = softmax(values(x));
            Softmax.forward(x, y, CALLER);
            assertClose(expected, y, ROUNDINGS);
            Softmax.forward(x, x, CALLER);
            assertExactly(values(y), x);
        }
    }

    @Property(tries = 100)
    void crossEntropyIsTheSurpriseAtTheTarget(@ForAll Case c) {
        int columns = c.columns() + 1; // a target needs a column
        try (Samples samples = c.samples()) {
            Tensor x = samples.uniform(c.rows(), columns, 4);
            Tensor targets = samples.ids(c.rows(), columns);
            Tensor probabilities = samples.empty(c.rows(), columns);
            Tensor losses = samples.workspace().allocate(c.type(), c.rows(), 1);
            double[][] expected = new double[c.rows()][1];
            double[][] logits = values(x);
            for (int r = 0; r < c.rows(); r++) {
                expected[r][0] = logOfSum(logits[r]) - logits[r][(int) targets.get(0, r)];
            }
            Softmax.crossEntropy(x, targets, probabilities, losses, CALLER);
            assertClose(softmax(logits), probabilities, ROUNDINGS);
            assertClose(expected, losses, ROUNDINGS);
        }
    }

    @Example
    void logitsOfAnySizeNeitherOverflowNorLoseASmallLoss() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 1, 1)) {
                double[][] logits = {{1e4, 1e4 - 8, -1e4}, {-1e4, -1e4, -1e4}, {1e30, -1e30, 0}};
                Tensor x = samples.of(logits);
                Tensor targets = samples.workspace().allocate(ElementType.I32, 3).copyFrom(0, 1, 0);
                Tensor losses = samples.workspace().allocate(type, 3, 1);
                Tensor probabilities = samples.empty(3, 3);
                Softmax.crossEntropy(x, targets, probabilities, losses, CALLER);
                double second = Math.exp(-8);
                double[][] expected = {
                    {1 / (1 + second), second / (1 + second), 0}, {1.0 / 3, 1.0 / 3, 1.0 / 3}, {1, 0, 0}
                };
                assertClose(expected, probabilities, ROUNDINGS);
                assertClose(new double[][] {{Math.log1p(second)}, {Math.log(3)}, {0}}, losses, ROUNDINGS);
            }
        }
    }

    @Property(tries = 100)
    void crossEntropyBackwardAddsProbabilitiesLessTheTarget(@ForAll Case c) {
        int columns = c.columns() + 1;
        double scale = -0.375; // exact in both types
        try (Samples samples = c.samples()) {
            Tensor probabilities = samples.uniform(c.rows(), columns);
            Tensor targets = samples.ids(c.rows(), columns);
            Tensor dx = samples.uniform(c.rows(), columns);
            double[][] expected = values(dx);
            for (int r = 0; r < c.rows(); r++) {
                for (int j = 0; j < columns; j++) {
                    double target = j == targets.get(0, r) ? 1 : 0;
                    expected[r][j] += scale * (probabilities.get(r, j) - target);
                }
            }
            Softmax.crossEntropyBackward(scale, probabilities, targets, dx, CALLER);
            assertClose(expected, dx, 4); // three operations on numbers of size up to 2
        }
    }

    @Example
    void crossEntropyBackwardIsTheGradient() {
        try (Samples samples = new Samples(ElementType.F64, 2, 9)) {
            Tensor x = samples.uniform(4, 6, 2);
            Tensor targets = samples.ids(4, 6);
            Tensor probabilities = samples.empty(4, 6);
            Tensor losses = samples.workspace().allocate(ElementType.F64, 4, 1);
            Tensor dx = samples.of(new double[4][6]);
            DoubleSupplier loss = () -> {
                Softmax.crossEntropy(x, targets, probabilities, losses, CALLER);
                return Reductions.sum(losses, CALLER) / 4;
            };
            loss.getAsDouble();
            Softmax.crossEntropyBackward(0.25, probabilities, targets, dx, CALLER);
            assertGradient(loss, x, dx);
        }
    }

    @Property(tries = 100)
    void ignoredRowsAndThoseOfWeightZeroDoNotCountWhateverTheyHold(@ForAll Case c) {
        int columns = c.columns() + 1;
        try (Samples samples = c.samples()) {
            Tensor x = samples.uniform(c.rows(), columns, 4);
            Tensor targets = samples.ids(c.rows(), columns);
            Tensor weights = samples.perRow(c.rows(), false);
            Tensor probabilities = samples.empty(c.rows(), columns);
            Tensor plain = samples.workspace().allocate(c.type(), c.rows(), 1);
            Tensor losses = samples.workspace().allocate(c.type(), c.rows(), 1);
            Softmax.crossEntropy(x, targets, probabilities, plain, CALLER);
            Tensor dx = samples.empty(c.rows(), columns);
            dx.clear();
            Softmax.crossEntropyBackward(0.5, probabilities, targets, dx, CALLER);
            double[][] expected = values(plain);
            double[][] gradient = values(dx);
            for (int r = 0; r < c.rows(); r++) {
                boolean counts = r % 3 == 0;
                if (r % 3 == 1) {
                    targets.set(0, r, -7);
                    x.set(r, 0, Double.NaN);
                } else if (r % 3 == 2) {
                    weights.set(r, 0, 0);
                    x.set(r, 0, Double.POSITIVE_INFINITY);
                }
                expected[r][0] = counts ? weights.get(r, 0) * expected[r][0] : 0;
                for (int j = 0; j < columns; j++) {
                    gradient[r][j] = counts ? weights.get(r, 0) * gradient[r][j] : 0;
                }
            }
            Softmax.crossEntropy(x, targets, -7, weights, probabilities, losses, CALLER);
            assertClose(expected, losses, 2);
            dx.clear();
            Softmax.crossEntropyBackward(0.5, probabilities, targets, -7, weights, dx, CALLER);
            assertClose(gradient, dx, 2);
        }
    }

    @Property(tries = 100)
    void theGradientHasTheBitsOfAnAdditionToZeros(@ForAll Case c, @ForAll boolean negative, @ForAll boolean inPlace) {
        int columns = c.columns() + 1;
        double scale = negative ? -0.3 : 0.3;
        try (Samples samples = c.samples()) {
            Tensor probabilities = samples.uniform(c.rows(), columns);
            Tensor targets = samples.ids(c.rows(), columns);
            Tensor weights = samples.perRow(c.rows(), false);
            for (int r = 0; r < c.rows(); r++) {
                probabilities.set(r, r % columns, r % 2 == 0 ? 0 : 1e-45); // whose product is rounded to a zero
                if (r % 4 == 1) {
                    targets.set(0, r, -1);
                } else if (r % 4 == 2) {
                    weights.set(r, 0, 0);
                    probabilities.set(r, 0, Double.NaN);
                }
            }
            Tensor expected = samples.empty(c.rows(), columns);
            expected.clear();
            Softmax.crossEntropyBackward(scale, probabilities, targets, -1, weights, expected, CALLER);
            Tensor dx = inPlace ? probabilities : samples.uniform(c.rows(), columns);
            Softmax.crossEntropyGradient(scale, probabilities, targets, -1, weights, dx, CALLER);
            assertExactly(values(expected), dx);
        }
    }

    @Example
    void theWeightOfRowsThatCountIsSummed() {
        try (Samples samples = new Samples(ElementType.F32, 0, 1)) {
            Tensor targets = samples.workspace().allocate(ElementType.I32, 4).copyFrom(1, -1, 0, 2);
            Tensor weights = samples.perRow(4, true).copyFrom(0.5f, 8, 2, 0.25f);
            assertEquals(3, Softmax.countedRows(targets, -1));
            assertEquals(4, Softmax.countedRows(targets, -2));
            assertEquals(2.75, Softmax.totalWeight(targets, -1, weights));
            assertEquals(8.75, Softmax.totalWeight(targets, 0, weights));
            assertThrows(IllegalArgumentException.class,
                    () -> Softmax.totalWeight(targets, 0, samples.perRow(3, true)));
        }
    }

    @Example
    void noIdIsIgnoredUnlessTheCallerSaysSo() {
        try (Samples samples = new Samples(ElementType.F32, 0, 1)) {
            Tensor x = samples.uniform(2, 3);
            Tensor targets = samples.workspace().allocate(ElementType.I32, 2).copyFrom(1, -1);
            Tensor losses = samples.workspace().allocate(ElementType.F32, 2, 1);
            Tensor probabilities = samples.empty(2, 3);
            assertThrows(IllegalArgumentException.class,
                    () -> Softmax.crossEntropy(x, targets, probabilities, losses, CALLER));
            Softmax.crossEntropy(x, targets, -1, probabilities, losses, CALLER);
            assertEquals(0.0, losses.get(1, 0));
            assertTrue(losses.get(0, 0) > 0);
            String message = assertThrows(IllegalArgumentException.class,
                    () -> Softmax.crossEntropy(x, targets, -2, probabilities, losses, CALLER)).getMessage();
            assertEquals("Softmax.crossEntropy: targets[1] is -1; expected at least 0 and less than 3, or -2", message);
        }
    }
}
