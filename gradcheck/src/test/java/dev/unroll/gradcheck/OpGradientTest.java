package dev.unroll.gradcheck;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.unroll.gradcheck.input.Input;
import dev.unroll.gradcheck.input.Samplers;
import dev.unroll.kernels.Activation;
import dev.unroll.rnn.autograd.ActivationOps;
import dev.unroll.rnn.autograd.ArithmeticOps;
import dev.unroll.rnn.autograd.CellOps;
import dev.unroll.rnn.autograd.LossOps;
import dev.unroll.rnn.autograd.MatrixOps;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.OpTable;
import dev.unroll.rnn.autograd.RowOps;
import dev.unroll.rnn.init.Randoms;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * A property for every op of the table: its gradient is right at any inputs of its domain. {@link CompletenessTest}
 * fails when an op has none; the op's line is to be added here.
 */
class OpGradientTest {
    /** Sizes 1 to 4: the full Jacobian of every op within milliseconds. */
    private static final int SMALL = 4;

    /** Sizes that are larger than a vector of eight doubles, and mostly no multiple of it. */
    private static final int LARGE = 21;

    private final Set<Op> checked = new LinkedHashSet<>();

    @Property(tries = 25)
    void add(@ForAll long seed) {
        gradientIsRight(ArithmeticOps.ADD, seed);
    }

    @Property(tries = 25)
    void multiply(@ForAll long seed) {
        gradientIsRight(ArithmeticOps.MULTIPLY, seed);
    }

    @Property(tries = 25)
    void addRow(@ForAll long seed) {
        gradientIsRight(ArithmeticOps.ADD_ROW, seed);
    }

    @Property(tries = 25)
    void matmul(@ForAll long seed) {
        gradientIsRight(MatrixOps.MATMUL, seed);
    }

    @Property(tries = 25)
    void affine(@ForAll long seed) {
        gradientIsRight(MatrixOps.AFFINE, seed);
    }

    @Property(tries = 25)
    void sigmoid(@ForAll long seed) {
        gradientIsRight(ActivationOps.of(Activation.SIGMOID), seed);
    }

    @Property(tries = 25)
    void tanh(@ForAll long seed) {
        gradientIsRight(ActivationOps.of(Activation.TANH), seed);
    }

    @Property(tries = 25)
    void relu(@ForAll long seed) {
        gradientIsRight(ActivationOps.of(Activation.RELU), seed);
    }

    @Property(tries = 25)
    void exp(@ForAll long seed) {
        gradientIsRight(ActivationOps.of(Activation.EXP), seed);
    }

    @Property(tries = 25)
    void log(@ForAll long seed) {
        gradientIsRight(ActivationOps.of(Activation.LOG), seed);
    }

    @Property(tries = 25)
    void softplus(@ForAll long seed) {
        gradientIsRight(ActivationOps.of(Activation.SOFTPLUS), seed);
    }

    @Property(tries = 25)
    void lookup(@ForAll long seed) {
        gradientIsRight(RowOps.LOOKUP, seed);
    }

    @Property(tries = 25)
    void rnnSigmoid(@ForAll long seed) {
        gradientIsRight(CellOps.rnn(Activation.SIGMOID), seed);
    }

    @Property(tries = 25)
    void rnnTanh(@ForAll long seed) {
        gradientIsRight(CellOps.rnn(Activation.TANH), seed);
    }

    @Property(tries = 25)
    void rnnRelu(@ForAll long seed) {
        gradientIsRight(CellOps.rnn(Activation.RELU), seed);
    }

    @Property(tries = 25)
    void rnnExp(@ForAll long seed) {
        gradientIsRight(CellOps.rnn(Activation.EXP), seed);
    }

    @Property(tries = 25)
    void rnnSoftplus(@ForAll long seed) {
        gradientIsRight(CellOps.rnn(Activation.SOFTPLUS), seed);
    }

    @Property(tries = 25)
    void lstm(@ForAll long seed) {
        gradientIsRight(CellOps.LSTM, seed);
    }

    @Property(tries = 25)
    void gru(@ForAll long seed) {
        gradientIsRight(CellOps.GRU, seed);
    }

    @Property(tries = 25)
    void crossEntropy(@ForAll long seed) {
        gradientIsRight(LossOps.CROSS_ENTROPY, seed);
        gradientIsRightWithEqualWeights(LossOps.CROSS_ENTROPY, seed);
        gradientIsRightWithEqualWeights(LossOps.crossEntropy(0), seed);
    }

    @Property(tries = 25)
    void matmulTransposed(@ForAll long seed) {
        gradientIsRight(MatrixOps.MATMUL_TRANSPOSED, seed);
    }

    @Property(tries = 25)
    void selectRows(@ForAll long seed) {
        gradientIsRight(RowOps.SELECT_ROWS, seed);
    }

    @Property(tries = 25)
    void scaleRows(@ForAll long seed) {
        gradientIsRight(RowOps.SCALE_ROWS, seed);
    }

    @Property(tries = 25)
    void concat(@ForAll long seed) {
        gradientIsRight(RowOps.CONCAT, seed);
    }

    @Property(tries = 25)
    void joinRows(@ForAll long seed) {
        gradientsAreRight("join_rows(", seed);
    }

    @Property(tries = 25)
    void layerNorm(@ForAll long seed) {
        gradientIsRight(RowOps.LAYER_NORM, seed);
    }

    @Property(tries = 25)
    void combine(@ForAll long seed) {
        gradientsAreRight("combine(", seed);
    }

    @Property(tries = 25)
    void scatterAdd(@ForAll long seed) {
        gradientIsRight(RowOps.SCATTER_ADD, seed);
    }

    @Property(tries = 25)
    void lstmGates(@ForAll long seed) {
        gradientIsRight(CellOps.LSTM_GATES, seed);
    }

    @Property(tries = 25)
    void rnnShortcutSigmoid(@ForAll long seed) {
        gradientIsRight(CellOps.rnnShortcut(Activation.SIGMOID), seed);
    }

    @Property(tries = 25)
    void rnnShortcutTanh(@ForAll long seed) {
        gradientIsRight(CellOps.rnnShortcut(Activation.TANH), seed);
    }

    @Property(tries = 25)
    void rnnShortcutRelu(@ForAll long seed) {
        gradientIsRight(CellOps.rnnShortcut(Activation.RELU), seed);
    }

    @Property(tries = 25)
    void rnnShortcutSoftplus(@ForAll long seed) {
        gradientIsRight(CellOps.rnnShortcut(Activation.SOFTPLUS), seed);
    }

    @Property(tries = 25)
    void rnnShortcutExp(@ForAll long seed) {
        gradientIsRight(CellOps.rnnShortcut(Activation.EXP), seed);
    }

    @Property(tries = 25)
    void crossEntropyWithoutIgnoredRows(@ForAll long seed) {
        gradientsAreRight("cross_entropy(", seed);
    }

    @Property(tries = 25)
    void binaryCrossEntropy(@ForAll long seed) {
        gradientIsRight(LossOps.BINARY_CROSS_ENTROPY, seed);
        gradientIsRightWithEqualWeights(LossOps.BINARY_CROSS_ENTROPY, seed);
    }

    @Property(tries = 25)
    void squaredError(@ForAll long seed) {
        gradientIsRight(LossOps.SQUARED_ERROR, seed);
        gradientIsRightWithEqualWeights(LossOps.SQUARED_ERROR, seed);
    }

    @Property(tries = 25)
    void huber(@ForAll long seed) {
        gradientsAreRight("huber(", seed);
        gradientIsRightWithEqualWeights(LossOps.huber(0.5), seed);
    }

    @Property(tries = 25)
    void dropout(@ForAll long seed) {
        gradientsAreRight("dropout(", seed);
    }

    @Property(tries = 25)
    void noise(@ForAll long seed) {
        gradientsAreRight("noise(", seed);
    }

    @Property(tries = 25)
    void maxout(@ForAll long seed) {
        gradientsAreRight("maxout(", seed);
    }

    @Property(tries = 25)
    void lp(@ForAll long seed) {
        gradientsAreRight("lp(", seed);
    }

    @Property(tries = 25)
    void resetBeforeGru(@ForAll long seed) {
        gradientIsRight(CellOps.RESET_BEFORE_GRU, seed);
    }

    /** The examples of an op that is made for numbers besides its inputs. */
    private void gradientsAreRight(String beginning, long seed) {
        List<Op> examples = OpTable.all().stream().filter(op -> op.name().startsWith(beginning)).toList();
        assertFalse(examples.isEmpty(), beginning);
        for (Op op : examples) {
            gradientIsRight(op, seed);
        }
    }

    private void gradientIsRight(Op op, long seed) {
        GradCheck.of(op).seed(seed).sizesUpTo(SMALL).mode(Mode.FULL_JACOBIAN).run().orThrow();
        GradCheck.of(op).seed(seed).sizesUpTo(LARGE).mode(Mode.PROJECTED).run().orThrow();
        checked.add(op);
    }

    /** A loss that is given no weights for its rows. */
    private static void gradientIsRightWithEqualWeights(Op loss, long seed) {
        for (Mode mode : Mode.values()) {
            int largest = mode == Mode.FULL_JACOBIAN ? SMALL : LARGE;
            Input[] inputs = Samplers.inputs(loss, Randoms.of(seed), largest).subList(0, 2).toArray(Input[]::new);
            GradCheck.ofAll((tape, in) -> tape.apply(loss, in[0], in[1], tape.equalWeights()), inputs)
                    .named(loss.name()).seed(seed).mode(mode).run().orThrow();
        }
    }

    /** The ops whose gradients this object found right so far. */
    Set<Op> checked() {
        return checked;
    }
}
