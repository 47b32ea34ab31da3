package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.MatrixOps;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.init.Initializer;

/**
 * An output map whose weights are the transposed table of an embedding (Press and Wolf 2017), with a bias of its own.
 *
 * <p>Many threads may run it, each on a tape of its own, while none changes its parameters.
 */
public final class TiedOutput implements Predict {
    private final EmbeddingLayer embedding;
    private final Parameter bias;

    /**
     * Declares its bias, {@code name.bias}.
     *
     * @param parameters to declare it in
     * @param name the prefix of its name
     * @param embedding whose table is the weights
     * @param hidden size of what it reads; that of a vector of the embedding
     * @param outputs size; as many as the embedding has vectors
     * @param ofBias initializer
     */
    public TiedOutput(
            Parameters parameters, String name, EmbeddingLayer embedding, int hidden, int outputs, Initializer ofBias) {
        if (embedding.outputs() != hidden || embedding.table().shape()[0] != outputs) {
            throw new IllegalArgumentException("tied outputs need a top layer as large as the vectors of the embedding,"
                    + " and one output for each: the top layer has " + hidden + ", there are "
                    + embedding.table().shape()[0] + " vectors of " + embedding.outputs() + ", and " + outputs
                    + " outputs");
        }
        this.embedding = embedding;
        bias = parameters.declare(name + ".bias", ofBias, outputs);
    }

    @Override
    public Variable predict(Tape tape, Variable h) {
        return tape.addRow(tape.apply(MatrixOps.MATMUL_TRANSPOSED, h, embedding.table())[0], bias);
    }
}
