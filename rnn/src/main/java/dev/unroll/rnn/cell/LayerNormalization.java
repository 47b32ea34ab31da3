package dev.unroll.rnn.cell;

import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.init.Initializer;

/** Layer normalization with a gain and a bias of its own (Ba et al. 2016). */
final class LayerNormalization {
    private final Parameter gain;
    /** Null without biases. */
    private final Parameter bias;

    /** Declares {@code name.gain}, of ones, and {@code name.bias} unless its initializer is null. */
    LayerNormalization(Parameters parameters, String name, int size, Initializer ofBias) {
        gain = parameters.declare(name + ".gain", Initializer.constant(1), size);
        bias = ofBias == null ? null : parameters.declare(name + ".bias", ofBias, size);
    }

    Variable apply(Tape tape, Variable x) {
        return tape.layerNorm(x, gain, bias != null ? bias : tape.zeros(1, gain.shape()[0]));
    }
}
