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
class LstmCellTest {
    private static final WorkerPool CALLER = WorkerPool.caller();

    /** 16 of each nonlinearity, of which two follow each other, and the roundings of sums of size 2 before them. */
    private static final double ROUNDINGS = 64;

    /** All tensors of one step, forward and backward. */
    private record Step(
            Tensor p, Tensor part, Tensor gates, Tensor c, Tensor nextC, Tensor tanhC, Tensor nextH,
            Tensor dNextH, Tensor dNextC, Tensor delta, Tensor dc) {
        static Step of(Samples samples, long rows, long hidden) {
            Tensor p = samples.uniform(rows, 4 * hidden);
            Tensor part = samples.uniform(rows, 4 * hidden);
            return new Step(
                    p, part, samples.copyOf(part), samples.uniform(rows, hidden),
                    samples.empty(rows, hidden), samples.empty(rows, hidden), samples.empty(rows, hidden),
                    samples.uniform(rows, hidden), samples.uniform(rows, hidden),
                    samples.empty(rows, 4 * hidden), samples.uniform(rows, hidden));
        }

        void forward() {
            LstmCell.forward(p, gates, c, nextC, tanhC, nextH, CALLER);
        }

        void backward() {
            LstmCell.backward(gates, c, tanhC, dNextH, dNextC, delta, dc, CALLER);
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
            double[][] nextC = values(step.c);
            double[][] tanhC = values(step.c);
            double[][] nextH = values(step.c);
            for (int r = 0; r < c.rows(); r++) {
                for (int j = 0; j < n; j++) {
                    for (int gate = 0; gate < 4; gate++) {
                        double x = step.p.get(r, gate * n + j) + gates[r][gate * n + j];
                        gates[r][gate * n + j] = gate == 2 ? Math.tanh(x) : sigmoid(x);
                    }
                    nextC[r][j] = gates[r][n + j] * nextC[r][j] + gates[r][j] * gates[r][2 * n + j];
                    tanhC[r][j] = Math.tanh(nextC[r][j]);
                    nextH[r][j] = gates[r][3 * n + j] * tanhC[r][j];
                }
            }
            step.forward();
            assertClose(gates, step.gates, ROUNDINGS);
            assertClose(nextC, step.nextC, ROUNDINGS);
            assertClose(tanhC, step.tanhC, ROUNDINGS);
            assertClose(nextH, step.nextH, ROUNDINGS);
        }
    }

    @Example
    void backwardIsTheGradient() {
        try (Samples samples = new Samples(ElementType.F64, 3, 7)) {
            Step step = Step.of(samples, 3, 5);
            step.dc.clear();
            DoubleSupplier loss = () -> {
                step.gates.copyFrom(step.part);
                step.forward();
                return dot(step.dNextH, step.nextH) + dot(step.dNextC, step.nextC);
            };
            loss.getAsDouble();
            step.backward();
            assertGradient(loss, step.p, step.delta);
            assertGradient(loss, step.part, step.delta);
            assertGradient(loss, step.c, step.dc);
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
            assertClose(values(exact.dc), step.dc, 4 * ROUNDINGS);
        }
    }

    @Property(tries = 20)
    void dcIsAddedTo(@ForAll Case c) {
        try (Samples samples = c.samples()) {
            Step step = Step.of(samples, c.rows(), c.columns());
            double[][] before = values(step.dc);
            Tensor once = samples.copyOf(step.dc);
            step.forward();
            step.backward();
            once.copyFrom(step.dc);
            step.backward();
            double[][] twice = values(step.dc);
            for (int r = 0; r < before.length; r++) {
                for (int j = 0; j < before[r].length; j++) {
                    twice[r][j] = before[r][j] + 2 * (once.get(r, j) - before[r][j]);
                }
            }
            assertClose(twice, step.dc, 12); // roundings of numbers of size 2 to 3, twice here and twice there
        }
    }

    @Example
    void tinyDeltasBecomeZero() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 1, 3)) {
                Step step = Step.of(samples, 2, 19);
                step.forward();
                step.dNextC.clear();
                for (int r = 0; r < 2; r++) {
                    for (int j = 0; j < 19; j++) {
                        step.dNextH.set(r, j, 9e-31); // and less, multiplied by gates
                    }
                }
                step.backward();
                for (int r = 0; r < 2; r++) {
                    for (int j = 0; j < 4 * 19; j++) {
                        assertEquals(0.0, step.delta.get(r, j));
                    }
                }
            }
        }
    }
}
