package dev.unroll.kernels;

import static dev.unroll.kernels.Samples.assertClose;
import static dev.unroll.kernels.Samples.assertExactly;
import static dev.unroll.kernels.Samples.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

@Tag("every-width")
@Domain(Case.Cases.class)
@Domain(DomainContext.Global.class)
class MaxoutTest {
    private static final WorkerPool CALLER = WorkerPool.caller();

    /** Pieces are multiples of a half, so that there are ties. */
    @Property(tries = 100)
    void theFirstOfTheLargestPiecesWinsAndGetsTheGradient(@ForAll Case c, @ForAll @IntRange(min = 1, max = 5) int k) {
        int n = c.columns();
        try (Samples samples = c.samples()) {
            Tensor x = samples.uniform(c.rows(), k * n);
            Tensor dy = samples.uniform(c.rows(), n);
            Tensor dx = samples.uniform(c.rows(), k * n);
            Tensor y = samples.empty(c.rows(), n);
            double[][] expected = values(dy);
            double[][] gradient = values(dx);
            for (int r = 0; r < c.rows(); r++) {
                for (int j = 0; j < n; j++) {
                    int winner = 0;
                    for (int i = 0; i < k; i++) {
                        x.set(r, i * n + j, Math.round(2 * x.get(r, i * n + j)) / 2.0);
                        winner = x.get(r, i * n + j) > x.get(r, winner * n + j) ? i : winner;
                    }
                    expected[r][j] = x.get(r, winner * n + j);
                    gradient[r][winner * n + j] += dy.get(r, j);
                }
            }
            Maxout.forward(k, x, y, CALLER);
            assertExactly(expected, y);
            Maxout.backward(k, x, y, dy, dx, CALLER);
            assertClose(gradient, dx, 1);
        }
    }

    /** With every number of pieces, at every place of a vector and of its tail. */
    @Example
    void aPieceThatIsNaNWinsAndTheFirstOfThemGetsTheGradient() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            for (int k = 1; k <= 4; k++) {
                for (int at = 0; at < k * 37; at++) {
                    try (Samples samples = new Samples(type, 1, at)) {
                        Tensor x = samples.uniform(1, k * 37);
                        Tensor y = samples.empty(1, 37);
                        Tensor dx = samples.of(new double[1][k * 37]);
                        int unit = at % 37;
                        for (int i = at; i < k * 37; i += 37) {
                            x.set(0, i, Double.NaN);
                        }
                        double[][] largest = new double[1][37];
                        double[][] gradient = new double[1][k * 37];
                        for (int j = 0; j < 37; j++) {
                            int winner = j;
                            for (int i = j; i < k * 37; i += 37) {
                                winner = x.get(0, i) > x.get(0, winner) ? i : winner;
                            }
                            winner = j == unit ? at : winner;
                            largest[0][j] = x.get(0, winner);
                            gradient[0][winner] = 1;
                        }
                        Maxout.forward(k, x, y, CALLER);
                        assertExactly(largest, y);
                        Maxout.backward(k, x, y, samples.of(new double[][] {ones(37)}), dx, CALLER);
                        assertExactly(gradient, dx);
                    }
                }
            }
        }
    }

    private static double[] ones(int count) {
        double[] ones = new double[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    @Example
    void tinyDeltasBecomeZero() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 1, 3)) {
                Tensor x = samples.uniform(2, 38);
                Tensor y = samples.empty(2, 19);
                Tensor dx = samples.of(new double[2][38]);
                Maxout.forward(2, x, y, CALLER);
                Maxout.backward(2, x, y, samples.uniform(2, 19, 9e-31), dx, CALLER);
                assertExactly(new double[2][38], dx);
            }
        }
    }

    @Example
    void aUnitWithoutPiecesIsRefused() {
        try (Samples samples = new Samples(ElementType.F32, 0, 3)) {
            Tensor none = samples.uniform(2, 0);
            Tensor y = samples.uniform(2, 3);
            String message = assertThrows(IllegalArgumentException.class, () -> Maxout.forward(0, none, y, CALLER))
                    .getMessage();
            assertEquals("Maxout.forward: a unit of 0 pieces; expected at least 1", message);
            assertThrows(IllegalArgumentException.class, () -> Maxout.backward(-1, none, y, y, none, CALLER));
        }
    }
}
