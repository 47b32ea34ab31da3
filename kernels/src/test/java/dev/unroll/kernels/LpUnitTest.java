package dev.unroll.kernels;

import static dev.unroll.kernels.Differences.assertGradient;
import static dev.unroll.kernels.Differences.dot;
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
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

/** Against the formulas in double, and the gradients against differences; F32 is then held against F64. */
@Tag("every-width")
@Domain(Case.Cases.class)
@Domain(DomainContext.Global.class)
class LpUnitTest {
    private static final WorkerPool CALLER = WorkerPool.caller();

    /** A power is off by |t| e^t roundings of its logarithm t, at most 0.4 of each, and what is taken of it is halved. */
    private static final double ROUNDINGS = 32;

    /** All tensors of one call, forward and backward. */
    private record Unit(
            int pieces, Tensor x, Tensor orders, Tensor y, Tensor dy, Tensor dx, Tensor dOrders) {
        static Unit of(Samples samples, int rows, int columns, int pieces) {
            return new Unit(
                    pieces, samples.uniform(rows, pieces * columns), samples.orders(columns),
                    samples.empty(rows, columns), samples.uniform(rows, columns),
                    samples.uniform(rows, pieces * columns), samples.uniform(1, columns));
        }

        void forward() {
            LpUnit.forward(pieces, x, orders, y, CALLER);
        }

        void backward() {
            LpUnit.backward(pieces, x, orders, y, dy, dx, dOrders, CALLER);
        }
    }

    @Property(tries = 100)
    void forwardIsTheMeanOfTheOrder(@ForAll Case c, @ForAll @IntRange(min = 1, max = 5) int k) {
        int n = c.columns();
        try (Samples samples = c.samples()) {
            Unit unit = Unit.of(samples, c.rows(), n, k);
            double[][] expected = values(unit.dy);
            for (int r = 0; r < c.rows(); r++) {
                for (int j = 0; j < n; j++) {
                    double p = unit.orders.get(0, j);
                    double sum = 0;
                    for (int i = 0; i < k; i++) {
                        sum += Math.pow(Math.abs(unit.x.get(r, i * n + j)), p);
                    }
                    expected[r][j] = Math.pow(sum / k, 1 / p);
                }
            }
            unit.forward();
            assertClose(expected, unit.y, ROUNDINGS);
        }
    }

    @Example
    void backwardIsTheGradient() {
        try (Samples samples = new Samples(ElementType.F64, 3, 7)) {
            Unit unit = Unit.of(samples, 3, 11, 3);
            unit.dx.clear();
            unit.dOrders.clear();
            DoubleSupplier loss = () -> {
                unit.forward();
                return dot(unit.dy, unit.y);
            };
            loss.getAsDouble();
            unit.backward();
            assertGradient(loss, unit.orders, unit.dOrders);
            for (int r = 0; r < 3; r++) {
                for (int j = 0; j < 33; j++) { // away from the kink at 0
                    double x = unit.x.get(r, j);
                    unit.x.set(r, j, x + Math.copySign(0.1, x));
                }
            }
            unit.dx.clear();
            loss.getAsDouble();
            unit.backward();
            assertGradient(loss, unit.x, unit.dx);
        }
    }

    @Property(tries = 100)
    void backwardInF32IsThatInF64(@ForAll Case c, @ForAll @IntRange(min = 1, max = 5) int k) {
        try (Samples samples = new Samples(ElementType.F32, c.gap(), c.seed());
                Samples same = new Samples(ElementType.F64, c.gap(), c.seed())) {
            Unit unit = Unit.of(samples, c.rows(), c.columns(), k);
            Unit exact = Unit.of(same, c.rows(), c.columns(), k);
            for (int j = 0; j < c.columns(); j++) {
                exact.orders.set(0, j, unit.orders.get(0, j));
            }
            unit.forward();
            unit.backward();
            exact.forward();
            exact.backward();
            assertClose(values(exact.dx), unit.dx, 2 * ROUNDINGS);
            assertClose(values(exact.dOrders), unit.dOrders, 2 * ROUNDINGS * Math.max(1, c.rows()));
        }
    }

    @Example
    void piecesOfAnySizeNeitherOverflowNorVanish() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 1, 1)) {
                for (double size : new double[] {1e-38, 1e-20, 1, 1e20, 3e38}) {
                    Tensor x = samples.of(new double[][] {{size, size, size, 0, -size / 2, size}});
                    Tensor orders = samples.of(new double[][] {{3, 1, 2}});
                    Tensor y = samples.empty(1, 3);
                    LpUnit.forward(2, x, orders, y, CALLER);
                    double[] expected = {Math.cbrt(0.5) * size, 0.75 * size, size};
                    double rounding = type == ElementType.F32 ? 0x1p-24 : 0x1p-53;
                    for (int j = 0; j < 3; j++) {
                        assertEquals(expected[j], y.get(0, j), ROUNDINGS * rounding * size, "size " + size);
                    }
                }
            }
        }
    }

    @Example
    void unitsWithoutAnySizeAreZeroAndHaveNoGradient() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 1, 1)) {
                Unit unit = Unit.of(samples, 2, 19, 3);
                unit.x.clear();
                double[][] dx = values(unit.dx);
                double[][] dOrders = values(unit.dOrders);
                unit.orders.set(0, 0, 1);
                unit.forward();
                assertExactly(new double[2][19], unit.y);
                unit.backward();
                assertExactly(dx, unit.dx);
                assertExactly(dOrders, unit.dOrders);
            }
        }
    }

    @Example
    void whatIsNoNumberIsNotHidden() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 1, 1)) {
                Unit unit = Unit.of(samples, 2, 19, 3);
                unit.x.set(0, 3, Double.NaN);
                unit.x.set(1, 19 + 4, Double.NaN);
                unit.forward();
                assertEquals(Double.NaN, unit.y.get(0, 3));
                assertEquals(Double.NaN, unit.y.get(1, 4));
            }
        }
    }

    @Example
    void tinyDeltasBecomeZero() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 1, 3)) {
                Unit unit = Unit.of(samples, 1, 19, 3);
                unit.dx.clear();
                unit.dOrders.clear();
                for (int j = 0; j < 19; j++) {
                    unit.dy.set(0, j, 9e-31); // times a third, and a slope that is at most 3
                }
                unit.forward();
                unit.backward();
                assertExactly(new double[1][57], unit.dx);
                assertExactly(new double[1][19], unit.dOrders);
            }
        }
    }

    @Example
    void anOrderBelowOneIsRefusedWithItsPosition() {
        try (Samples samples = new Samples(ElementType.F32, 0, 3)) {
            Unit unit = Unit.of(samples, 2, 3, 2);
            for (double order : new double[] {0.5, Double.NaN, Double.POSITIVE_INFINITY}) {
                unit.orders.set(0, 1, order);
                String message = assertThrows(IllegalArgumentException.class, unit::forward).getMessage();
                assertEquals("LpUnit.forward: orders[1] is " + order + "; expected a number of at least 1", message);
                assertThrows(IllegalArgumentException.class, unit::backward);
            }
        }
    }
}
