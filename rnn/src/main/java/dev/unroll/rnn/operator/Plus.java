package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.SequenceLayout;
import java.util.List;

/**
 * The operator {@code h' = x (+) h}: the summary of the old summary and the new input.
 *
 * <p>It has two halves, so that what does not depend on the state is one matrix product over all steps: {@link #project}
 * runs once for a whole sequence, {@link #step} once a step.
 *
 * <p>Many threads may run one, each on a tape of its own, while none changes its parameters: an implementation keeps nothing from call to call.
 */
public interface Plus extends Layer {
    /**
     * The sizes of the parts of the state, the hidden state first.
     *
     * @return columns of each part
     */
    @Override
    List<Integer> stateSizes();

    /**
     * The input's part, for all steps at once.
     *
     * @param tape to compute on
     * @param x {@code [steps * batch, inputs]}, or ids {@code [steps * batch]} of I32
     * @return {@code [steps * batch, any]}, of which {@link #step} is given the rows of its step
     */
    Variable project(Tape tape, Variable x);

    /**
     * One step.
     *
     * @param tape to compute on
     * @param p this step's rows of what {@link #project} gave, {@code [batch, any]}; fewer of later steps in a packed layout
     * @param previous the state before, of as many rows
     * @return the state after
     */
    State step(Tape tape, Variable p, State previous);

    /** It runs packed, as long as a step takes its number of rows from its arguments. */
    @Override
    default boolean runsPacked() {
        return true;
    }

    /** The hidden state is the output. */
    @Override
    default int outputs() {
        return stateSizes().getFirst();
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the rows of x are not those of the steps, or the hidden state is not a whole
     *     output of an op of the step
     */
    @Override
    default Unrolled run(Tape tape, Variable x, SequenceLayout layout, State initial) {
        return TimeLoop.run(this, tape, x, layout, initial, false);
    }
}
