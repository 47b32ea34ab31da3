package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.SequenceLayout;
import java.util.List;

/**
 * A map from sequences to sequences: a cell that runs over all steps, or what treats every step alike. Networks are
 * chains of layers.
 *
 * <p>Many threads may run one, each on a tape of its own, while none changes its parameters: an implementation keeps nothing from call to call.
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
     * The columns of an output that have seen the steps up to its own. The columns after them have seen the steps from its
     * own on, in the same number. {@link Readout#BOTH_ENDS} reads the former after the last step of a sequence, and the
     * latter after its first.
     *
     * @return {@link #outputs}, unless the layer runs backward too
     * @throws IllegalArgumentException if the columns of the directions cannot be told apart
     */
    default int forwardOutputs() {
        return outputs();
    }

    /**
     * Whether it can run sequences in a {@linkplain SequenceLayout#packed() packed} layout, in which steps have different
     * numbers of rows. A network of which one layer cannot runs padded sequences step by step to the end of the longest.
     *
     * @return false, unless the layer says otherwise
     */
    default boolean runsPacked() {
        return false;
    }

    /**
     * Runs sequences.
     *
     * @param tape to compute on
     * @param x {@code [steps * batch, inputs]} or ids {@code [steps * batch]}, step by step
     * @param layout of the rows, packed only if the layer {@linkplain #runsPacked runs packed}
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
     * @param states the state after every step, in the order of time, each of {@code batch} rows; a sequence that has ended
     *     has its last state; empty if the layer has none, or does not give them
     */
    record Unrolled(Variable outputs, State last, List<State> states) {
        /**
         * Makes the result of a layer that does not give the states of all steps.
         *
         * @param outputs {@code [steps * batch, outputs]}, step by step
         * @param last the state after the last step; of a sequence that ended earlier, after its own last
         */
        public Unrolled(Variable outputs, State last) {
            this(outputs, last, List.of());
        }
    }
}
