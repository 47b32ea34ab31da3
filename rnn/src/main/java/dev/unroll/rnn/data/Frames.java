package dev.unroll.rnn.data;

import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;

/**
 * Rows of numbers: frames of a piano-roll, samples of a signal.
 *
 * @param columns of a frame
 * @param values frame after frame
 */
public record Frames(int columns, float... values) implements Values {
    /** Checks that the frames are whole. */
    public Frames {
        if (columns < 1) {
            throw new IllegalArgumentException("a frame must have at least 1 column, not " + columns);
        }
        if (values.length % columns != 0) {
            throw new IllegalArgumentException("frames of " + columns + " columns cannot be made of " + values.length
                    + " numbers; give " + columns + " numbers per frame");
        }
    }

    @Override
    public int count() {
        return values.length / columns;
    }

    @Override
    public Variable on(Tape tape) {
        return tape.matrix(columns, values);
    }
}
