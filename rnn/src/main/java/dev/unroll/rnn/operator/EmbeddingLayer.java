package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.init.Initializer;
import java.util.List;

/**
 * A learned vector for every id; of numbers instead of ids it is a linear map without a bias.
 *
 * <p>Many threads may run it, each on a tape of its own, while none changes its parameters.
 */
public final class EmbeddingLayer implements Layer {
    private final Parameter table;
    private final int size;

    /**
     * Declares its parameter, {@code name.weight}.
     *
     * @param parameters to declare it in
     * @param name the prefix of its name
     * @param inputs how many ids there are
     * @param size of a vector
     */
    public EmbeddingLayer(Parameters parameters, String name, int inputs, int size) {
        this.size = size;
        table = parameters.declare(name + ".weight", Initializer.gaussian(1), inputs, size);
    }

    /**
     * The vectors of all ids.
     *
     * @return {@code [inputs, size]}
     */
    public Parameter table() {
        return table;
    }

    @Override
    public List<Integer> stateSizes() {
        return List.of();
    }

    @Override
    public int outputs() {
        return size;
    }

    @Override
    public boolean runsPacked() {
        return true;
    }

    @Override
    public Unrolled run(Tape tape, Variable x, SequenceLayout layout, State initial) {
        return new Unrolled(Linear.product(tape, SequenceRows.withoutPadding(tape, layout, x), table), initial);
    }
}
