package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Variable;
import java.util.List;

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
     * The hidden state, which is also the cell's output.
     *
     * @return {@code [batch, hidden]}
     */
    public Variable hidden() {
        return parts.getFirst();
    }
}
