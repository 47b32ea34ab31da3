package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.RandomOps;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;

/**
 * Dropout of a layer's outputs while training (Zaremba et al. 2014), or with one mask for all steps of a sequence (Gal and
 * Ghahramani 2016).
 *
 * @param layer whose outputs
 * @param rate the probability of becoming 0
 * @param variational whether all steps have the same mask
 */
public record Dropout(Layer layer, double rate, boolean variational) implements Around {
    /** Checks the probability. */
    public Dropout {
        checkRate("dropout", rate);
    }

    static void checkRate(String what, double rate) {
        if (!(rate >= 0 && rate < 1)) {
            throw new IllegalArgumentException(
                    "the rate of " + what + " must be a probability from 0 to less than 1, not " + rate);
        }
    }

    @Override
    public Unrolled run(Tape tape, Variable x, Steps steps, State initial) {
        Unrolled inner = layer.run(tape, x, steps, initial);
        if (!tape.isTraining()) {
            return inner;
        }
        return new Unrolled(drop(tape, inner.outputs(), steps, rate, variational), inner.last());
    }

    /** Drops numbers of all steps, at each step others or at all of them the same. */
    static Variable drop(Tape tape, Variable x, Steps steps, double rate, boolean variational) {
        return variational ? withOneMask(tape, x, steps, rate) : tape.dropout(rate, x);
    }

    private static Variable withOneMask(Tape tape, Variable x, Steps steps, double rate) {
        Op oneMask = RandomOps.dropout(rate, tape.seed(), tape.nextStream());
        int batch = steps.batch();
        Variable[] last = new Variable[1];
        tape.unroll(steps.count(), false, t -> last[0] =
                tape.apply(oneMask, tape.rows(x, (long) t * batch, batch))[0]);
        return tape.allSteps(last[0]);
    }
}
