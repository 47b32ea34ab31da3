package dev.unroll.rnn.model;

import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.operator.Layer;

/** Makes a layer of a network: a {@link LayerSpec}, or a user's own. */
@FunctionalInterface
public interface LayerFactory {
    /**
     * Makes the layer.
     *
     * @param parameters to declare its parameters in
     * @param name the prefix of their names
     * @param inputs size of its input, or how many ids there are
     * @return a layer
     */
    Layer build(Parameters parameters, String name, int inputs);
}
