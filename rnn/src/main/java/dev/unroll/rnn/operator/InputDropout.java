package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.SequenceLayout;

/**
 * Dropout of a layer's inputs while training, as {@link DropoutLayer} is of its outputs.
 *
 * <p>Many threads may run it, each on a tape of its own, while none changes its parameters.
 *
 * @param layer whose inputs; numbers and not ids, so a layer of tokens follows an embedding
 * @param rate the probability of becoming 0
 * @param variational whether all steps have the same mask
 */
public record InputDropout(Layer layer, double rate, boolean variational) implements WrappingLayer {
    /** Checks the probability. */
    public InputDropout {
        DropoutLayer.checkRate("input dropout", rate);
    }

    @Override
    public Unrolled run(Tape tape, Variable x, SequenceLayout layout, State initial) {
        if (Linear.isIds(x)) {
            throw new IllegalArgumentException(
                    "the inputs of this layer are ids, which cannot be dropped; leave the option"
                            + " input out, or give it to a layer behind an embedding");
        }
        boolean drops = tape.isTraining() && rate > 0;
        return layer.run(tape, drops ? DropoutLayer.drop(tape, x, layout, rate, variational) : x, layout, initial);
    }
}
