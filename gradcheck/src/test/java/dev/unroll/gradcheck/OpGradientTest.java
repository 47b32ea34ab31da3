package dev.unroll.gradcheck;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.unroll.kernels.Activation;
import dev.unroll.rnn.autograd.CellOps;
import dev.unroll.rnn.autograd.LossOps;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.Ops;
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
        gradientIsRight(Ops.ADD, seed);
    }

    @Property(tries = 25)
    void multiply(@ForAll long seed) {
        gradientIsRight(Ops.MULTIPLY, seed);
    }

    @Property(tries = 25)
    void addRow(@ForAll long seed) {
        gradientIsRight(Ops.ADD_ROW, seed);
    }

    @Property(tries = 25)
    void matmul(@ForAll long seed) {
        gradientIsRight(Ops.MATMUL, seed);
    }

    @Property(tries = 25)
    void affine(@ForAll long seed) {
        gradientIsRight(Ops.AFFINE, seed);
    }

    @Property(tries = 25)
    void sigmoid(@ForAll long seed) {
        gradientIsRight(Ops.ACTIVATE.get(Activation.SIGMOID), seed);
    }

    @Property(tries = 25)
    void tanh(@ForAll long seed) {
        gradientIsRight(Ops.ACTIVATE.get(Activation.TANH), seed);
    }

    @Property(tries = 25)
    void relu(@ForAll long seed) {
        gradientIsRight(Ops.ACTIVATE.get(Activation.RELU), seed);
    }

    @Property(tries = 25)
    void exp(@ForAll long seed) {
        gradientIsRight(Ops.ACTIVATE.get(Activation.EXP), seed);
    }

    @Property(tries = 25)
    void log(@ForAll long seed) {
        gradientIsRight(Ops.ACTIVATE.get(Activation.LOG), seed);
    }

    @Property(tries = 25)
    void softplus(@ForAll long seed) {
        gradientIsRight(Ops.ACTIVATE.get(Activation.SOFTPLUS), seed);
    }

    @Property(tries = 25)
    void lookup(@ForAll long seed) {
        gradientIsRight(Ops.LOOKUP, seed);
    }

    @Property(tries = 25)
    void rnnSigmoid(@ForAll long seed) {
        gradientIsRight(Ops.RNN.get(Activation.SIGMOID), seed);
    }

    @Property(tries = 25)
    void rnnTanh(@ForAll long seed) {
        gradientIsRight(Ops.RNN.get(Activation.TANH), seed);
    }

    @Property(tries = 25)
    void rnnRelu(@ForAll long seed) {
        gradientIsRight(Ops.RNN.get(Activation.RELU), seed);
    }

    @Property(tries = 25)
    void rnnExp(@ForAll long seed) {
        gradientIsRight(Ops.RNN.get(Activation.EXP), seed);
    }

    @Property(tries = 25)
    void rnnSoftplus(@ForAll long seed) {
        gradientIsRight(Ops.RNN.get(Activation.SOFTPLUS), seed);
    }

    @Property(tries = 25)
    void lstm(@ForAll long seed) {
        gradientIsRight(Ops.LSTM, seed);
    }

    @Property(tries = 25)
    void gru(@ForAll long seed) {
        gradientIsRight(Ops.GRU, seed);
    }

    @Property(tries = 25)
    void crossEntropy(@ForAll long seed) {
        gradientIsRight(LossOps.CROSS_ENTROPY, seed);
    }

    @Property(tries = 25)
    void crossEntropyWithoutIgnoredRows(@ForAll long seed) {
        gradientsAreRight("cross_entropy(", seed);
        gradientsAreRight("weighted_cross_entropy(", seed);
    }

    @Property(tries = 25)
    void binaryCrossEntropy(@ForAll long seed) {
        gradientIsRight(LossOps.BINARY_CROSS_ENTROPY, seed);
        gradientIsRight(LossOps.WEIGHTED_BINARY_CROSS_ENTROPY, seed);
    }

    @Property(tries = 25)
    void squaredError(@ForAll long seed) {
        gradientIsRight(LossOps.SQUARED_ERROR, seed);
        gradientIsRight(LossOps.WEIGHTED_SQUARED_ERROR, seed);
    }

    @Property(tries = 25)
    void huber(@ForAll long seed) {
        gradientsAreRight("huber(", seed);
        gradientsAreRight("weighted_huber(", seed);
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
        List<Op> examples = Ops.table().stream().filter(op -> op.name().startsWith(beginning)).toList();
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

    /** The ops whose gradients this object found right so far. */
    Set<Op> checked() {
        return checked;
    }
}
