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

/** Whole steps with their products, against the formulas in double; gradients against differences, F32 against F64. */
@Tag("every-width")
@Domain(Case.Cases.class)
@Domain(DomainContext.Global.class)
class ResetBeforeGruCellTest {
    private static final WorkerPool CALLER = WorkerPool.caller();

    /** 16 of each nonlinearity, of which two follow each other, and the roundings of sums of size 2 before them. */
    private static final double ROUNDINGS = 64;

    /** All tensors of one step, forward and backward. */
    private record Step(
            Tensor p, Tensor h, Tensor gateWeights, Tensor weights, Tensor gates, Tensor s, Tensor nextH,
            Tensor dNextH, Tensor delta, Tensor ds, Tensor dh) {
        static Step of(Samples samples, long rows, long hidden) {
            double size = 1 / Math.max(1, Math.sqrt(hidden));
            return new Step(
                    samples.uniform(rows, 3 * hidden), samples.uniform(rows, hidden),
                    samples.uniform(hidden, 2 * hidden, size), samples.uniform(hidden, hidden, size),
                    samples.empty(rows, 3 * hidden), samples.empty(rows, hidden), samples.empty(rows, hidden),
                    samples.uniform(rows, hidden), samples.empty(rows, 3 * hidden), samples.empty(rows, hidden),
                    samples.uniform(rows, hidden));
        }

        void forward() {
            long n = h.columns();
            Gemm.nn(1, h, gateWeights, 0, gates.columns(0, 2 * n), CALLER);
            ResetBeforeGruCell.gates(p, gates, h, s, CALLER);
            Gemm.nn(1, s, weights, 0, gates.columns(2 * n, n), CALLER);
            ResetBeforeGruCell.candidate(p, gates, h, nextH, CALLER);
        }

        void backward() {
            long n = h.columns();
            ResetBeforeGruCell.candidateBackward(gates, h, dNextH, delta, dh, CALLER);
            Gemm.nt(1, delta.columns(2 * n, n), weights, 0, ds, CALLER);
            ResetBeforeGruCell.gatesBackward(gates, h, ds, delta, dh, CALLER);
            Gemm.nt(1, delta.columns(0, 2 * n), gateWeights, 1, dh, CALLER);
        }
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    @Property(tries = 100)
    void forwardIsTheStepOfCho(@ForAll Case c) {
        int n = c.columns();
        try (Samples samples = c.samples()) {
            Step step = Step.of(samples, c.rows(), n);
            double[][] nextH = values(step.h);
            for (int r = 0; r < c.rows(); r++) {
                double[] reset = new double[n];
                double[] update = new double[n];
                for (int j = 0; j < n; j++) {
                    double ofReset = step.p.get(r, j);
                    double ofUpdate = step.p.get(r, n + j);
                    for (int i = 0; i < n; i++) {
                        ofReset += step.h.get(r, i) * step.gateWeights.get(i, j);
                        ofUpdate += step.h.get(r, i) * step.gateWeights.get(i, n + j);
                    }
                    reset[j] = sigmoid(ofReset) * step.h.get(r, j);
                    update[j] = sigmoid(ofUpdate);
                }
                for (int j = 0; j < n; j++) {
                    double candidate = step.p.get(r, 2 * n + j);
                    for (int i = 0; i < n; i++) {
                        candidate += reset[i] * step.weights.get(i, j);
                    }
                    nextH[r][j] = (1 - update[j]) * Math.tanh(candidate) + update[j] * nextH[r][j];
                }
            }
            step.forward();
            assertClose(nextH, step.nextH, ROUNDINGS + 2 * n);
        }
    }

    @Example
    void backwardIsTheGradient() {
        try (Samples samples = new Samples(ElementType.F64, 3, 7)) {
            Step step = Step.of(samples, 3, 5);
            step.dh.clear();
            DoubleSupplier loss = () -> {
                step.forward();
                return dot(step.dNextH, step.nextH);
            };
            loss.getAsDouble();
            step.backward();
            assertGradient(loss, step.p, step.delta);
            assertGradient(loss, step.h, step.dh);
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
            double roundings = 4 * ROUNDINGS + 4 * c.columns(); // four factors, with the error of forward, and sums
            assertClose(values(exact.delta), step.delta, roundings);
            assertClose(values(exact.dh), step.dh, roundings);
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
                    }
                }
            }
        }
    }
}
