package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Parameters;

/**
 * Makes the map from the top layer to the outputs: a user's own, instead of a linear one.
 *
 * <p>A factory that is shared must be safe for use by many threads.
 */
@FunctionalInterface
public interface PredictFactory {
    /**
     * Makes the map.
     *
     * @param parameters to declare its parameters in
     * @param name the prefix of their names
     * @param inputs size of the top layer's outputs
     * @param outputs size of a prediction
     * @return a map from {@code [m, inputs]} to {@code [m, outputs]}
     */
    Predict build(Parameters parameters, String name, int inputs, int outputs);
}
