package dev.unroll.bench.jmh;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.GruCell;
import dev.unroll.kernels.LstmCell;
import dev.unroll.kernels.ResetBeforeGruCell;
import dev.unroll.kernels.RnnCell;
import dev.unroll.kernels.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** The fused passes of recurrent steps, for a batch of states of 256 units; elements are those of the state. */
public class CellBenchmark extends KernelBenchmark {
    private static final int HIDDEN = 256;

    /** Rows of the state. */
    @Param({"1", "32"})
    public int batch;

    private Tensor p4;
    private Tensor gates4;
    private Tensor delta4;
    private Tensor p3;
    private Tensor gates3;
    private Tensor delta3;
    private Tensor recurrent3;
    private Tensor bias;
    private Tensor state;
    private Tensor otherState;
    private Tensor gradient;
    private Tensor otherGradient;
    private Tensor one;
    private Tensor two;
    private Tensor three;

    @Override
    void allocate() {
        p4 = random(batch, 4 * HIDDEN);
        gates4 = random(batch, 4 * HIDDEN);
        delta4 = zeros(batch, 4 * HIDDEN);
        p3 = random(batch, 3 * HIDDEN);
        gates3 = random(batch, 3 * HIDDEN);
        delta3 = zeros(batch, 3 * HIDDEN);
        recurrent3 = zeros(batch, 3 * HIDDEN);
        bias = random(HIDDEN);
        state = random(batch, HIDDEN);
        otherState = random(batch, HIDDEN);
        gradient = random(batch, HIDDEN);
        otherGradient = random(batch, HIDDEN);
        one = zeros(batch, HIDDEN);
        two = zeros(batch, HIDDEN);
        three = zeros(batch, HIDDEN);
    }

    private void count(Amounts amounts, int tensorsOfTheState) {
        amounts.pass((long) batch * HIDDEN, tensorsOfTheState * type.bytes());
    }

    /**
     * A simple step.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void rnnForward(Amounts amounts) {
        RnnCell.forward(Activation.TANH, state, one, pool());
        count(amounts, 3);
    }

    /**
     * Its gradient.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void rnnBackward(Amounts amounts) {
        RnnCell.backward(Activation.TANH, state, gradient, one, pool());
        count(amounts, 3);
    }

    /**
     * An LSTM step.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void lstmForward(Amounts amounts) {
        LstmCell.forward(p4, gates4, state, one, two, three, pool());
        count(amounts, 4 + 8 + 1 + 3);
    }

    /**
     * Its gradient.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void lstmBackward(Amounts amounts) {
        LstmCell.backward(gates4, state, otherState, gradient, otherGradient, delta4, one, pool());
        count(amounts, 4 + 4 + 4 + 2);
    }

    /**
     * A GRU step.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void gruForward(Amounts amounts) {
        GruCell.forward(p3, gates3, bias, state, one, two, pool());
        count(amounts, 3 + 6 + 1 + 2);
    }

    /**
     * Its gradient.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void gruBackward(Amounts amounts) {
        GruCell.backward(gates3, state, otherState, gradient, delta3, recurrent3, one, pool());
        count(amounts, 3 + 3 + 6 + 2);
    }

    /**
     * A GRU step with the reset before the product, up to that product.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void resetBeforeGruGates(Amounts amounts) {
        ResetBeforeGruCell.gates(p3, gates3, state, one, pool());
        count(amounts, 2 + 4 + 1 + 1);
    }

    /**
     * The rest of it.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void resetBeforeGruCandidate(Amounts amounts) {
        ResetBeforeGruCell.candidate(p3, gates3, state, one, pool());
        count(amounts, 1 + 3 + 1 + 1 + 1);
    }

    /**
     * The gradient of the rest.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void resetBeforeGruCandidateBackward(Amounts amounts) {
        ResetBeforeGruCell.candidateBackward(gates3, state, gradient, delta3, one, pool());
        count(amounts, 2 + 1 + 1 + 2 + 2);
    }

    /**
     * The gradient of the beginning.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void resetBeforeGruGatesBackward(Amounts amounts) {
        ResetBeforeGruCell.gatesBackward(gates3, state, gradient, delta3, one, pool());
        count(amounts, 1 + 1 + 1 + 1 + 2);
    }
}
