package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.SequenceLayout;
import java.util.List;

/**
 * A map from sequences to sequences: a cell that runs over all steps, or what treats every step alike. Networks are
 * chains of layers.
 */
public interface Layer {
    /**
     * The sizes of the parts of what it carries from step to step, the hidden state first.
     *
     * @return columns of each part; none for a layer that carries nothing
     */
    List<Integer> stateSizes();

    /**
     * The size of an output.
     *
     * @return columns
     */
    int outputs();

    /**
     * The state that new sequences begin with.
     *
     * @param tape to make it on
     * @param batch how many sequences
     * @return zeros, unless the layer says otherwise
     */
    default State initial(Tape tape, int batch) {
        return new State(stateSizes().stream().map(size -> tape.zeros(batch, size)).toList());
    }

    /**
     * Whether an output depends on the inputs up to its step alone. Only then can steps run as they come, and only then is
     * the next input something to predict.
     *
     * @return true, unless the layer looks ahead
     */
    default boolean isCausal() {
        return true;
    }

    /**
     * Runs sequences.
     *
     * @param tape to compute on
     * @param x {@code [steps * batch, inputs]} or ids {@code [steps * batch]}, step by step
     * @param layout of the rows
     * @param initial the state before the first step
     * @return the outputs of all steps, and the state after the last
     * @throws IllegalArgumentException if the rows of x are not those of the steps
     */
    Unrolled run(Tape tape, Variable x, SequenceLayout layout, State initial);

    /**
     * Sequences that were run.
     *
     * @param outputs {@code [steps * batch, outputs]}, step by step
     * @param last the state after the last step; of a sequence that ended earlier, after its own last
     */
    record Unrolled(Variable outputs, State last) {}
}
