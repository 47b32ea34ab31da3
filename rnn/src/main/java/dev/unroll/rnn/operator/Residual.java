package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;

/**
 * Adds a layer's input to its output (He et al. 2016).
 *
 * @param layer with outputs as large as its inputs
 */
public record Residual(Layer layer) implements Around {
    @Override
    public Unrolled run(Tape tape, Variable x, Steps steps, State initial) {
        if (!x.value().type().isFloating()) {
            throw new IllegalArgumentException(
                    "ids cannot be added to the outputs of a layer; put an embedding below a residual layer");
        }
        Unrolled inner = layer.run(tape, x, steps, initial);
        return new Unrolled(tape.add(x, inner.outputs()), inner.last());
    }
}
