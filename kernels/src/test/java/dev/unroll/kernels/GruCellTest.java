package dev.unroll.kernels;

import static dev.unroll.kernels.Differences.assertGradient;
import static dev.unroll.kernels.Differences.dot;
import static dev.unroll.kernels.Samples.assertClose;
import static dev.unroll.kernels.Samples.values;
import static org.junit.jupiter.api.Assertions.assertEquals;

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
class GruCellTest {
    private static final WorkerPool CALLER = WorkerPool.caller();

    /** 16 of each nonlinearity, of which two follow each other, and the roundings of sums of size 2 before them. */
    private static final double ROUNDINGS = 64;

    /** All tensors of one step, forward and backward. */
    private record Step(
            Tensor p, Tensor part, Tensor gates, Tensor bias, Tensor h, Tensor q, Tensor nextH,
            Tensor dNextH, Tensor delta, Tensor recurrent, Tensor dh) {
        static Step of(Samples samples, long rows, long hidden) {
            Tensor p = samples.uniform(rows, 3 * hidden);
            Tensor part = samples.uniform(rows, 3 * hidden);
            return new Step(
                    p, part, samples.copyOf(part), samples.uniform(1, hidden), samples.uniform(rows, hidden),
                    samples.empty(rows, hidden), samples.empty(rows, hidden), samples.uniform(rows, hidden),
                    samples.empty(rows, 3 * hidden), samples.empty(rows, 3 * hidden), samples.uniform(rows, hidden));
        }

        void forward() {
            GruCell.forward(p, gates, bias, h, q, nextH, CALLER);
        }

        void backward() {
            GruCell.backward(gates, h, q, dNextH, delta, recurrent, dh, CALLER);
        }
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    @Property(tries = 100)
    void forwardIsTheStep(@ForAll Case c) {
        int n = c.columns();
        try (Samples samples = c.samples()) {
            Step step = Step.of(samples, c.rows(), n);
            double[][] gates = values(step.part);
            double[][] q = values(step.h);
            double[][] nextH = values(step.h);
            for (int r = 0; r < c.rows(); r++) {
                for (int j = 0; j < n; j++) {
                    double reset = sigmoid(step.p.get(r, j) + gates[r][j]);
                    double update = sigmoid(step.p.get(r, n + j) + gates[r][n + j]);
                    q[r][j] = gates[r][2 * n + j] + step.bias.get(0, j);
                    double candidate = Math.tanh(step.p.get(r, 2 * n + j) + reset * q[r][j]);
                    nextH[r][j] = (1 - update) * candidate + update * nextH[r][j];
                    gates[r][j] = reset;
                    gates[r][n + j] = update;
                    gates[r][2 * n + j] = candidate;
                }
            }
            step.forward();
            assertClose(gates, step.gates, ROUNDINGS);
            assertClose(q, step.q, 1);
            assertClose(nextH, step.nextH, ROUNDINGS);
        }
    }

    @Example
    void backwardIsTheGradient() {
        try (Samples samples = new Samples(ElementType.F64, 3, 7)) {
            int n = 5;
            Step step = Step.of(samples, 3, n);
            step.dh.clear();
            DoubleSupplier loss = () -> {
                step.gates.copyFrom(step.part);
                step.forward();
                return dot(step.dNextH, step.nextH);
            };
            loss.getAsDouble();
            step.backward();
            assertGradient(loss, step.p, step.delta);
            assertGradient(loss, step.part, step.recurrent);
            assertGradient(loss, step.h, step.dh);
            Tensor dBias = samples.of(new double[1][n]);
            Elementwise.addColumnSums(step.recurrent.columns(2 * n, n), dBias, CALLER);
            assertGradient(loss, step.bias, dBias);
        }
    }

    @Property(tries = 100)
    void backwardInF32IsThatInF64(@ForAll Case c) {
        try (Samples samples = new Samples(ElementType.F32, c.gap(), c.seed());
                Samples same = new Samples(ElementType.F64, c.gap(), c.seed())) {
            Step step = Step.of(samples, c.rows(), c.columns());
            Step exact = Step.of(same, c.rows(), c.columns());
            step.forward();
            step.backward();
            exact.forward();
            exact.backward();
            assertClose(values(exact.delta), step.delta, 4 * ROUNDINGS); // four factors, each with the error of forward
            assertClose(values(exact.recurrent), step.recurrent, 4 * ROUNDINGS);
            assertClose(values(exact.dh), step.dh, 4 * ROUNDINGS);
        }
    }

    @Example
    void tinyDeltasBecomeZero() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 1, 3)) {
                Step step = Step.of(samples, 2, 19);
                step.forward();
                for (int r = 0; r < 2; r++) {
                    for (int j = 0; j < 19; j++) {
                        step.dNextH.set(r, j, 9e-31); // and less, multiplied by gates
                    }
                }
                step.backward();
                for (int r = 0; r < 2; r++) {
                    for (int j = 0; j < 3 * 19; j++) {
                        assertEquals(0.0, step.delta.get(r, j));
                        assertEquals(0.0, step.recurrent.get(r, j));
                    }
                }
            }
        }
    }
}
