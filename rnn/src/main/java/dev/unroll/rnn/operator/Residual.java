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
        Variable clean = steps.withoutPadding(tape, x);
        Unrolled inner = layer.run(tape, clean, steps, initial);
        return new Unrolled(tape.add(clean, inner.outputs()), inner.last());
    }
}
