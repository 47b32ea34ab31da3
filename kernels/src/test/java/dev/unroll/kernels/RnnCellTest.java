package dev.unroll.kernels;

import static dev.unroll.kernels.Differences.assertGradient;
import static dev.unroll.kernels.Differences.dot;
import static dev.unroll.kernels.Samples.assertClose;
import static dev.unroll.kernels.Samples.assertExactly;
import static dev.unroll.kernels.Samples.values;

import java.util.function.DoubleSupplier;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

/** Against the formulas in double, and the gradients against differences. */
@Tag("every-width")
@Domain(Case.Cases.class)
@Domain(DomainContext.Global.class)
class RnnCellTest {
    private static final WorkerPool CALLER = WorkerPool.caller();

    @Property(tries = 100)
    void forwardIsTheFunctionOfTheSum(@ForAll Activation f, @ForAll Case c) {
        try (Samples samples = c.samples()) {
            Tensor p = samples.uniform(c.rows(), c.columns(), 3);
            Tensor h = samples.uniform(c.rows(), c.columns(), 3);
            double[][] expected = values(p);
            for (int r = 0; r < expected.length; r++) {
                for (int j = 0; j < expected[r].length; j++) {
                    expected[r][j] = ActivationsTest.apply(f, expected[r][j] + h.get(r, j));
                }
            }
            RnnCell.forward(f, p, h, CALLER);
            assertClose(expected, h, 24); // 16 of the function, and what exp makes of the rounding of a sum up to 6
        }
    }

    @Property(tries = 100)
    void backwardIsTheGradientTimesTheDerivative(@ForAll Activation f, @ForAll Case c) {
        try (Samples samples = c.samples()) {
            Tensor x = samples.uniform(c.rows(), c.columns(), 3);
            Tensor h = samples.copyOf(x);
            Tensor dh = samples.uniform(c.rows(), c.columns());
            Tensor delta = samples.empty(c.rows(), c.columns());
            double[][] expected = values(x);
            for (int r = 0; r < expected.length; r++) {
                for (int j = 0; j < expected[r].length; j++) {
                    expected[r][j] = dh.get(r, j) * ActivationsTest.derivative(f, expected[r][j]);
                }
            }
            Activations.forward(f, h, h, CALLER);
            RnnCell.backward(f, h, dh, delta, CALLER);
            assertClose(expected, delta, 32); // as of Activations.backward
        }
    }

    @Example
    void deltaIsTheGradientOfBothParts() {
        for (Activation f : Activation.values()) {
            try (Samples samples = new Samples(ElementType.F64, 1, 5)) {
                Tensor p = samples.uniform(3, 5);
                Tensor part = samples.uniform(3, 5);
                if (f == Activation.LOG) { // of numbers above 0
                    Activations.forward(Activation.EXP, p, p, CALLER);
                    Activations.forward(Activation.EXP, part, part, CALLER);
                }
                Tensor weights = samples.uniform(3, 5);
                Tensor h = samples.empty(3, 5);
                Tensor delta = samples.empty(3, 5);
                DoubleSupplier loss = () -> {
                    h.copyFrom(part);
                    RnnCell.forward(f, p, h, CALLER);
                    return dot(weights, h);
                };
                loss.getAsDouble();
                RnnCell.backward(f, h, weights, delta, CALLER);
                assertGradient(loss, p, delta);
                assertGradient(loss, part, delta);
            }
        }
    }

    @Example
    void tinyDeltasBecomeZero() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 0, 1)) {
                Tensor h = samples.of(new double[][] {{0, 0, 0, 0}});
                Tensor dh = samples.of(new double[][] {{9e-31, -9e-31, 1.1e-30, -1.1e-30}});
                Tensor delta = samples.empty(1, 4);
                RnnCell.backward(Activation.TANH, h, dh, delta, CALLER);
                assertExactly(new double[][] {{0, 0, dh.get(0, 2), dh.get(0, 3)}}, delta);
            }
        }
    }
}
