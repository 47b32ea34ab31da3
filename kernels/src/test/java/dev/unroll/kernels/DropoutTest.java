package dev.unroll.kernels;

import static dev.unroll.kernels.Samples.assertClose;
import static dev.unroll.kernels.Samples.assertExactly;
import static dev.unroll.kernels.Samples.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

@Tag("every-width")
@Domain(Case.Cases.class)
@Domain(DomainContext.Global.class)
class DropoutTest {
    private static final WorkerPool CALLER = WorkerPool.caller();

    /** What dropout makes of ones, and so its mask, scaled. */
    private static double[][] mask(Samples samples, double rate, long seed, long stream, int rows, int columns) {
        Tensor x = samples.empty(rows, columns);
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < columns; j++) {
                x.set(r, j, 1);
            }
        }
        Tensor y = samples.empty(rows, columns);
        Dropout.forward(rate, seed, stream, x, y, CALLER);
        return values(y);
    }

    @Property(tries = 100)
    void anElementIsScaledOrDroppedAsItsPlaceSaysInBothDirections(@ForAll Case c) {
        try (Samples samples = c.samples(); Samples other = new Samples(ElementType.F64, 0, 1)) {
            double[][] mask = mask(other, 0.375, c.seed(), -3, c.rows(), c.columns()); // other gaps, maybe another type
            Tensor x = samples.uniform(c.rows(), c.columns());
            Tensor dx = samples.uniform(c.rows(), c.columns());
            double[][] expected = values(x);
            double[][] gradient = values(dx);
            for (int r = 0; r < c.rows(); r++) {
                for (int j = 0; j < c.columns(); j++) {
                    assertTrue(mask[r][j] == 0 || mask[r][j] == 1 / 0.625, () -> "a mask of 0 or 1.6");
                    expected[r][j] *= mask[r][j];
                    gradient[r][j] += x.get(r, j) * mask[r][j];
                }
            }
            Tensor y = samples.empty(c.rows(), c.columns());
            Dropout.forward(0.375, c.seed(), -3, x, y, CALLER);
            assertClose(expected, y, 3); // the factor is rounded, then the product
            Dropout.backward(0.375, c.seed(), -3, x, dx, CALLER);
            assertClose(gradient, dx, 6);
            Dropout.forward(0.375, c.seed(), -3, x, x, CALLER);
            assertExactly(values(y), x);
        }
    }

    /** Among 2^20 elements the standard deviation of the share that is dropped is below 1 / 2^11; five of them. */
    @Example
    void theShareDroppedIsTheRate() {
        int n = 1024;
        for (double rate : new double[] {0.1, 0.5, 0.9}) {
            try (Samples samples = new Samples(ElementType.F32, 0, 1)) {
                double[][] mask = mask(samples, rate, 11, 12, n, n);
                int dropped = 0;
                int pairs = 0;
                for (double[] row : mask) {
                    for (int j = 0; j < n; j++) {
                        dropped += row[j] == 0 ? 1 : 0;
                        pairs += row[j] == 0 && row[(j + 1) % n] == 0 ? 1 : 0;
                    }
                }
                assertEquals(rate, dropped / (double) (n * n), 5 * 0x1p-11);
                assertEquals(rate * rate, pairs / (double) (n * n), 10 * 0x1p-11, "neighbours are independent");
            }
        }
    }

    @Example
    void anotherSeedOrStreamGivesAnotherMask() {
        try (Samples samples = new Samples(ElementType.F32, 0, 1)) {
            double[][] mask = mask(samples, 0.5, 1, 2, 40, 50);
            for (long[] other : new long[][] {{2, 2}, {1, 3}, {1L << 32 | 1, 2}, {1, 1L << 32 | 2}, {2, 1}}) {
                double[][] another = mask(samples, 0.5, other[0], other[1], 40, 50);
                int equal = 0;
                for (int r = 0; r < 40; r++) {
                    for (int j = 0; j < 50; j++) {
                        equal += mask[r][j] == another[r][j] ? 1 : 0;
                    }
                }
                assertEquals(1000, equal, 5 * Math.sqrt(500)); // five standard deviations
            }
        }
    }

    @Example
    void aRateOfZeroKeepsEverythingAndOneNearOneNearlyNothing() {
        try (Samples samples = new Samples(ElementType.F32, 0, 1)) {
            for (double[] row : mask(samples, 0, 1, 2, 30, 100)) {
                for (double kept : row) {
                    assertEquals(1.0, kept);
                }
            }
            for (double[] row : mask(samples, Math.nextDown(1.0), 1, 2, 30, 100)) {
                for (double kept : row) {
                    assertEquals(0.0, kept);
                }
            }
        }
    }

    @Example
    void droppedElementsAreZeroWhateverTheyWere() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 2, 1)) {
                double[][] mask = mask(samples, 0.5, 1, 2, 5, 33);
                Tensor x = samples.empty(5, 33); // NaN
                Tensor y = samples.empty(5, 33);
                Dropout.forward(0.5, 1, 2, x, y, CALLER);
                for (int r = 0; r < 5; r++) {
                    for (int j = 0; j < 33; j++) {
                        assertEquals(mask[r][j] == 0 ? 0 : Double.NaN, y.get(r, j));
                    }
                }
            }
        }
    }

    @Example
    void tinyDeltasBecomeZero() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 1, 3)) {
                Tensor dy = samples.uniform(2, 19, 4e-31);
                Tensor dx = samples.of(new double[2][19]);
                Dropout.backward(0.5, 1, 2, dy, dx, CALLER);
                assertExactly(new double[2][19], dx);
            }
        }
    }

    @Example
    void aRateThatIsNoProbabilityBelowOneIsRefused() {
        try (Samples samples = new Samples(ElementType.F32, 0, 3)) {
            Tensor x = samples.uniform(2, 3);
            for (double rate : new double[] {-0.1, 1, Double.NaN}) {
                String message = assertThrows(IllegalArgumentException.class,
                        () -> Dropout.forward(rate, 1, 2, x, x, CALLER)).getMessage();
                assertEquals(
                        "Dropout.forward: rate is " + rate + "; expected a probability from 0 to less than 1", message);
                assertThrows(IllegalArgumentException.class, () -> Dropout.backward(rate, 1, 2, x, x, CALLER));
            }
        }
    }
}
