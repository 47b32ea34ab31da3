package dev.unroll.rnn.data;

import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;

/**
 * Ids of tokens or classes.
 *
 * @param ids from 0
 */
public record Ids(int... ids) implements Values {
    @Override
    public int count() {
        return ids.length;
    }

    @Override
    public Variable on(Tape tape) {
        return tape.ids(ids);
    }
}
