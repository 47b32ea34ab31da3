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

/** Squared errors and the loss of Huber: against the formulas in double, and the gradients against differences. */
@Tag("every-width")
@Domain(Case.Cases.class)
@Domain(DomainContext.Global.class)
class ResidualsTest {
    private static final WorkerPool CALLER = WorkerPool.caller();
    private static final double DELTA = 0.625;

    /** All tensors of one call, forward and backward. */
    private record Loss(Tensor x, Tensor targets, Tensor weights, Tensor losses, Tensor dx) {
        static Loss of(Samples samples, int rows, int columns) {
            return new Loss(
                    samples.uniform(rows, columns, 2), samples.uniform(rows, columns), samples.perRow(rows, false),
                    samples.perRow(rows, true), samples.uniform(rows, columns));
        }

        double residual(int r, int j) {
            return x.get(r, j) - targets.get(r, j);
        }
    }

    @Property(tries = 100)
    void aSquaredErrorIsTheMeanOverItsRow(@ForAll Case c) {
        try (Samples samples = c.samples()) {
            Loss loss = Loss.of(samples, c.rows(), c.columns());
            double[][] expected = new double[c.rows()][1];
            double[][] gradient = values(loss.dx);
            for (int r = 0; r < c.rows(); r++) {
                double factor = loss.weights.get(r, 0) / c.columns();
                for (int j = 0; j < c.columns(); j++) {
                    double d = loss.residual(r, j);
                    expected[r][0] += factor * d * d;
                    gradient[r][j] += -0.375 * 2 * factor * d;
                }
            }
            SquaredError.forward(loss.x, loss.targets, loss.weights, loss.losses, CALLER);
            assertClose(expected, loss.losses, c.columns() + 32); // of terms up to 9, a rounding of each and of the sum
            SquaredError.backward(-0.375, loss.x, loss.targets, loss.weights, loss.dx, CALLER);
            assertClose(gradient, loss.dx, 8); // four operations on numbers of size up to 4
        }
    }

    @Property(tries = 100)
    void beyondDeltaHuberIsLinear(@ForAll Case c) {
        try (Samples samples = c.samples()) {
            Loss loss = Loss.of(samples, c.rows(), c.columns());
            double[][] expected = new double[c.rows()][1];
            double[][] gradient = values(loss.dx);
            for (int r = 0; r < c.rows(); r++) {
                double factor = loss.weights.get(r, 0) / c.columns();
                for (int j = 0; j < c.columns(); j++) {
                    double d = Math.abs(loss.residual(r, j));
                    expected[r][0] += factor * (d <= DELTA ? d * d / 2 : DELTA * (d - DELTA / 2));
                    double slope = d <= DELTA ? d : DELTA;
                    gradient[r][j] += 1.5 * factor * slope * Math.signum(loss.residual(r, j));
                }
            }
            Huber.forward(DELTA, loss.x, loss.targets, loss.weights, loss.losses, CALLER);
            assertClose(expected, loss.losses, c.columns() + 16);
            Huber.backward(1.5, DELTA, loss.x, loss.targets, loss.weights, loss.dx, CALLER);
            assertClose(gradient, loss.dx, 8);
        }
    }

    @Example
    void backwardIsTheGradient() {
        try (Samples samples = new Samples(ElementType.F64, 2, 9)) {
            Loss loss = Loss.of(samples, 4, 21);
            loss.dx.clear();
            SquaredError.backward(0.25, loss.x, loss.targets, loss.dx, CALLER);
            DoubleSupplier squared = () -> {
                SquaredError.forward(loss.x, loss.targets, loss.losses, CALLER);
                return Reductions.sum(loss.losses, CALLER) / 4;
            };
            assertGradient(squared, loss.x, loss.dx);
            loss.dx.clear();
            Huber.backward(0.25, DELTA, loss.x, loss.targets, loss.dx, CALLER);
            DoubleSupplier huber = () -> {
                Huber.forward(DELTA, loss.x, loss.targets, loss.losses, CALLER);
                return Reductions.sum(loss.losses, CALLER) / 4;
            };
            assertGradient(huber, loss.x, loss.dx);
        }
    }

    @Example
    void rowsOfWeightZeroDoNotCountWhateverTheyHold() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 2, 9)) {
                Loss loss = Loss.of(samples, 3, 20);
                double[][] before = values(loss.dx);
                loss.weights.clear();
                loss.x.set(1, 3, Double.NaN);
                loss.targets.set(2, 3, Double.POSITIVE_INFINITY);
                SquaredError.forward(loss.x, loss.targets, loss.weights, loss.losses, CALLER);
                assertExactly(new double[3][1], loss.losses);
                SquaredError.backward(1, loss.x, loss.targets, loss.weights, loss.dx, CALLER);
                assertExactly(before, loss.dx);
            }
        }
    }

    @Example
    void tinyDeltasBecomeZero() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 1, 3)) {
                Loss loss = Loss.of(samples, 2, 19);
                loss.dx.clear();
                Huber.backward(9e-31, DELTA, loss.x, loss.targets, loss.dx, CALLER);
                assertExactly(new double[2][19], loss.dx);
            }
        }
    }

    @Example
    void aDeltaThatIsNotAboveZeroIsRefused() {
        try (Samples samples = new Samples(ElementType.F32, 0, 3)) {
            Loss loss = Loss.of(samples, 2, 3);
            for (double delta : new double[] {0, -1, Double.NaN}) {
                String message = assertThrows(IllegalArgumentException.class,
                        () -> Huber.forward(delta, loss.x, loss.targets, loss.losses, CALLER)).getMessage();
                assertEquals("Huber.forward: delta is " + delta + "; expected a number above 0", message);
                assertThrows(IllegalArgumentException.class,
                        () -> Huber.backward(1, delta, loss.x, loss.targets, loss.dx, CALLER));
            }
        }
    }
}
