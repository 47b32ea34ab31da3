package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.SequenceLayout;

/**
 * Adds a layer's input to its output (He et al. 2016).
 *
 * <p>Many threads may run it, each on a tape of its own, while none changes its parameters.
 *
 * @param layer with outputs as large as its inputs
 */
public record Residual(Layer layer) implements WrappingLayer {
    @Override
    public Unrolled run(Tape tape, Variable x, SequenceLayout layout, State initial) {
        if (!x.value().type().isFloating()) {
            throw new IllegalArgumentException(
                    "ids cannot be added to the outputs of a layer; put an embedding below a residual layer");
        }
        Variable clean = SequenceRows.withoutPadding(tape, layout, x);
        Unrolled inner = layer.run(tape, clean, layout, initial);
        return new Unrolled(tape.add(clean, inner.outputs()), inner.last(), inner.states());
    }
}
