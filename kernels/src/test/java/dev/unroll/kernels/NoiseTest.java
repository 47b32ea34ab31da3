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
class NoiseTest {
    private static final WorkerPool CALLER = WorkerPool.caller();

    /** Rows and columns of the matrix whose noise is looked at as a whole. */
    private static final int N = 1024;

    /** Of a mean of N^2 numbers, in standard deviations of one. */
    private static final double DEVIATION = 1.0 / N;

    private static double[][] noise(Samples samples, long seed, long stream, int rows, int columns) {
        Tensor y = samples.empty(rows, columns);
        y.clear();
        Noise.add(1, seed, stream, y, y, CALLER);
        return values(y);
    }

    @Property(tries = 100)
    void noiseIsAddedThatFollowsFromThePlaceAlone(@ForAll Case c) {
        try (Samples samples = c.samples(); Samples other = new Samples(ElementType.F64, 0, 1)) {
            double[][] z = noise(other, c.seed(), -3, c.rows(), c.columns()); // other gaps, maybe another type
            Tensor x = samples.uniform(c.rows(), c.columns());
            double[][] expected = values(x);
            for (int r = 0; r < c.rows(); r++) {
                for (int j = 0; j < c.columns(); j++) {
                    expected[r][j] += 0.375 * z[r][j];
                }
            }
            Tensor y = samples.empty(c.rows(), c.columns());
            Noise.add(0.375, c.seed(), -3, x, y, CALLER);
            assertClose(expected, y, 64); // the roundings of a polynomial with terms up to 5.2, times 5.65 x 0.375
            Noise.add(0.375, c.seed(), -3, x, x, CALLER);
            assertExactly(values(y), x);
        }
    }

    /**
     * Bounds are five standard deviations of what is measured over 2^20 numbers: a moment of order k has the variance
     * {@code E z^2k - (E z^k)^2}, with the even moments 1, 3, 15, 105, ... of a normal number.
     */
    @Example
    void itsMomentsAreThoseOfNormalNumbers() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 0, 1)) {
                double[] moments = new double[5];
                double neighbours = 0;
                double partners = 0;
                for (double[] row : noise(samples, 11, 12, N, N)) {
                    for (int j = 0; j < N; j++) {
                        for (int k = 1; k < 5; k++) {
                            moments[k] += Math.pow(row[j], k) / N / N;
                        }
                        neighbours += row[j] * row[(j + 1) % N] / N / N;
                        partners += row[j] * row[j ^ 16] / N / N;
                    }
                }
                assertEquals(0, moments[1], 5 * DEVIATION);
                assertEquals(1, moments[2], 5 * Math.sqrt(3 - 1) * DEVIATION);
                assertEquals(0, moments[3], 5 * Math.sqrt(15) * DEVIATION);
                assertEquals(3, moments[4], 5 * Math.sqrt(105 - 9) * DEVIATION);
                assertEquals(0, neighbours, 5 * DEVIATION);
                assertEquals(0, partners, 5 * Math.sqrt(2) * DEVIATION); // every product comes twice
            }
        }
    }

    /** Shares of a normal distribution beyond 1 to 4 standard deviations; one in 60 million is beyond the largest. */
    @Example
    void itsTailsAreThoseOfNormalNumbers() {
        double[] shares = {1, 0.3173105079, 0.0455002639, 0.0026997961, 0.0000633425};
        try (Samples samples = new Samples(ElementType.F32, 0, 1)) {
            int[] beyond = new int[5];
            for (double[] row : noise(samples, 13, 14, N, N)) {
                for (double z : row) {
                    assertTrue(Math.abs(z) < 5.66);
                    for (int s = 0; s < 5; s++) {
                        beyond[s] += Math.abs(z) > s ? 1 : 0;
                    }
                }
            }
            for (int s = 1; s < 5; s++) {
                double deviation = Math.sqrt(shares[s] * (1 - shares[s])) * DEVIATION;
                assertEquals(shares[s], beyond[s] / (double) N / N, 5 * deviation, "beyond " + s);
            }
        }
    }

    @Example
    void anotherSeedOrStreamGivesOtherNoise() {
        try (Samples samples = new Samples(ElementType.F32, 0, 1)) {
            double[][] z = noise(samples, 1, 2, 40, 50);
            for (long[] other : new long[][] {{2, 2}, {1, 3}, {1L << 32 | 1, 2}, {1, 1L << 32 | 2}, {2, 1}}) {
                double[][] another = noise(samples, other[0], other[1], 40, 50);
                double product = 0;
                for (int r = 0; r < 40; r++) {
                    for (int j = 0; j < 50; j++) {
                        product += z[r][j] * another[r][j];
                    }
                }
                assertEquals(0, product, 5 * Math.sqrt(2000)); // five standard deviations of a sum of 2000 products
            }
        }
    }

    @Example
    void aSigmaOfZeroChangesNothingAndOneThatIsNoneIsRefused() {
        try (Samples samples = new Samples(ElementType.F32, 0, 3)) {
            Tensor x = samples.uniform(2, 3);
            double[][] before = values(x);
            Noise.add(0, 1, 2, x, x, CALLER);
            assertExactly(before, x);
            for (double sigma : new double[] {-0.1, Double.POSITIVE_INFINITY, Double.NaN}) {
                String message = assertThrows(IllegalArgumentException.class,
                        () -> Noise.add(sigma, 1, 2, x, x, CALLER)).getMessage();
                assertEquals("Noise.add: sigma is " + sigma + "; expected a number of at least 0", message);
            }
        }
    }
}
