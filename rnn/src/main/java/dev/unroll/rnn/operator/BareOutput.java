package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Parameters;

/**
 * The output map of a network without an output layer: the outputs of the top layer are those of the network.
 *
 * <p>Immutable, and safe for use by many threads.
 */
public record BareOutput() implements PredictFactory {
    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if there are more or fewer outputs than the top layer has
     */
    @Override
    public Predict build(Parameters parameters, String name, int inputs, int outputs) {
        if (inputs != outputs) {
            throw new IllegalArgumentException("a network without an output layer has the outputs of its top layer, "
                    + inputs + ", not " + outputs + "; leave bare out for a linear map to them");
        }
        return (_, h) -> h;
    }
}
