package dev.unroll.rnn.data;

import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;

/** The rows of a batch, step by step: ids or rows of numbers. */
public sealed interface Values permits Ids, Frames {
    /**
     * How many there are.
     *
     * @return rows
     */
    int count();

    /**
     * The rows as an input.
     *
     * @param tape to make it on
     * @return a constant, ids {@code [count]} of I32 or numbers {@code [count, columns]} of the tape's type
     */
    Variable on(Tape tape);
}
