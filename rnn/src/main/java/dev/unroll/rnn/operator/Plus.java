package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import java.util.List;

/**
 * The operator {@code h' = x (+) h}: the summary of the old summary and the new input.
 *
 * <p>It has two halves, so that what does not depend on the state is one matrix product over all steps: {@link #project}
 * runs once for a whole sequence, {@link #step} once a step.
 */
public interface Plus {
    /**
     * The sizes of the parts of the state, the hidden state first.
     *
     * @return columns of each part
     */
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
     * @param p this step's rows of what {@link #project} gave, {@code [batch, any]}
     * @param previous the state before
     * @return the state after
     */
    State step(Tape tape, Variable p, State previous);

    /**
     * The size of the hidden state.
     *
     * @return columns of the output
     */
    default int hidden() {
        return stateSizes().getFirst();
    }

    /**
     * Runs a sequence.
     *
     * @param tape to compute on
     * @param x {@code [steps * batch, inputs]} or ids {@code [steps * batch]}, step by step
     * @param steps how many
     * @param initial the state before the first step
     * @return all hidden states and the last state
     * @throws IllegalArgumentException if the rows of x are no multiple of the steps, or the hidden state is not a whole
     *     output of an op of the step
     */
    default Unrolled unroll(Tape tape, Variable x, int steps, State initial) {
        Variable projected = project(tape, x);
        long rows = projected.value().rows();
        if (steps < 1 || rows % steps != 0) {
            throw new IllegalArgumentException(
                    "an input of " + rows + " rows cannot be " + steps + " steps; give steps * batch rows");
        }
        long batch = rows / steps;
        State[] state = {initial};
        tape.unroll(steps, t -> state[0] = step(tape, tape.rows(projected, t * batch, batch), state[0]));
        Variable outputs = tape.allSteps(state[0].hidden());
        if (outputs.value().rows() != rows) {
            throw new IllegalArgumentException("the hidden state must be an output of an op of the step: all steps of"
                    + " this one have " + outputs.value().rows() + " rows, not " + rows);
        }
        return new Unrolled(outputs, state[0]);
    }

    /**
     * A sequence that was run.
     *
     * @param outputs the hidden states, {@code [steps * batch, hidden]}
     * @param last the state after the last step
     */
    record Unrolled(Variable outputs, State last) {}
}
