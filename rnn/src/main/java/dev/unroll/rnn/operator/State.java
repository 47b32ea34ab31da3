package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Variable;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What a cell carries from step to step: the hidden state first, then what else it has (an LSTM its cell state).
 *
 * <p>Immutable; its variables are for the thread of their tape.
 *
 * @param parts each {@code [batch, size]}
 */
public record State(List<Variable> parts) {
    /**
     * A state of these parts.
     *
     * @param parts the hidden state first
     * @return the state
     */
    public static State of(Variable... parts) {
        return new State(List.of(parts));
    }

    /**
     * A state of one part.
     *
     * @param hidden the hidden state
     * @return the state
     */
    public static State of(Variable hidden) {
        return new State(List.of(hidden));
    }

    /**
     * A state of two parts.
     *
     * @param hidden the hidden state
     * @param other such as the cell state of an LSTM
     * @return the state
     */
    public static State of(Variable hidden, Variable other) {
        return new State(List.of(hidden, other));
    }

    /**
     * Returns the state that has the results of a function as its parts.
     *
     * @param function of each part
     * @return a new state
     */
    public State map(UnaryOperator<Variable> function) {
        Variable[] results = new Variable[parts.size()];
        Arrays.setAll(results, i -> function.apply(parts.get(i)));
        return new State(List.of(results));
    }

    /**
     * The hidden state, which is also the cell's output.
     *
     * @return {@code [batch, hidden]}
     */
    public Variable hidden() {
        return parts.getFirst();
    }
}
