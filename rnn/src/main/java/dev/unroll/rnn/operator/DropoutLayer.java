package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.RandomOps;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.SequenceLayout;

/**
 * Dropout of a layer's outputs while training (Zaremba et al. 2014), or with one mask for all steps of a sequence (Gal and
 * Ghahramani 2016).
 *
 * <p>Many threads may run it, each on a tape of its own, while none changes its parameters.
 *
 * @param layer whose outputs
 * @param rate the probability of becoming 0
 * @param variational whether all steps have the same mask
 */
public record DropoutLayer(Layer layer, double rate, boolean variational) implements WrappingLayer {
    /** Checks the probability. */
    public DropoutLayer {
        checkRate("dropout", rate);
    }

    static void checkRate(String what, double rate) {
        if (!(rate >= 0 && rate < 1)) {
            throw new IllegalArgumentException(
                    "the rate of " + what + " must be a probability from 0 to less than 1, not " + rate);
        }
    }

    @Override
    public Unrolled run(Tape tape, Variable x, SequenceLayout layout, State initial) {
        Unrolled inner = layer.run(tape, x, layout, initial);
        if (!tape.isTraining()) {
            return inner;
        }
        return new Unrolled(drop(tape, inner.outputs(), layout, rate, variational), inner.last(), inner.states());
    }

    /** Drops numbers of all steps, at each step others or at all of them the same. */
    static Variable drop(Tape tape, Variable x, SequenceLayout layout, double rate, boolean variational) {
        return variational ? withOneMask(tape, x, layout, rate) : tape.dropout(rate, x);
    }

    private static Variable withOneMask(Tape tape, Variable x, SequenceLayout layout, double rate) {
        Op oneMask = RandomOps.dropout(rate, tape.seed(), tape.nextStreamOfSequences());
        Variable[] last = new Variable[1];
        tape.unroll(layout, false, t -> last[0] =
                tape.apply(oneMask, tape.rows(x, layout.firstRow(t), layout.rowsOf(t)))[0]);
        return tape.allSteps(last[0]);
    }
}
