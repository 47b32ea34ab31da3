package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.init.Initializer;
import java.util.ArrayList;
import java.util.List;

/**
 * A layer whose sequences begin with a state that is learned, the same for all.
 *
 * <p>Many threads may run it, each on a tape of its own, while none changes its parameters.
 */
public final class LearnedState implements WrappingLayer {
    private final Layer layer;
    private final List<Parameter> parts = new ArrayList<>();

    /**
     * Declares the state's parts, {@code name.initial.0}, {@code name.initial.1}, ..., zeros at first.
     *
     * @param parameters to declare them in
     * @param name the prefix of their names
     * @param layer with the state
     */
    public LearnedState(Parameters parameters, String name, Layer layer) {
        this.layer = layer;
        for (int size : layer.stateSizes()) {
            parts.add(parameters.declare(name + ".initial." + parts.size(), Initializer.zeros(), size));
        }
    }

    @Override
    public Layer layer() {
        return layer;
    }

    @Override
    public State initial(Tape tape, int batch) {
        List<Variable> rows = new ArrayList<>();
        for (Parameter part : parts) {
            rows.add(tape.addRow(tape.zeros(batch, part.shape()[0]), part));
        }
        return new State(rows);
    }

    @Override
    public Unrolled run(Tape tape, Variable x, SequenceLayout layout, State initial) {
        return layer.run(tape, x, layout, initial);
    }
}
