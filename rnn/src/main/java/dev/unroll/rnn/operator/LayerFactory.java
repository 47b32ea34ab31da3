package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Parameters;

/**
 * Makes a layer of a network: a {@code LayerSpec}, or a user's own.
 *
 * <p>A factory that is shared must be safe for use by many threads.
 */
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
