package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import java.util.List;

/**
 * Adds a layer's input to its output (He et al. 2016).
 *
 * @param layer with outputs as large as its inputs
 */
public record Residual(Layer layer) implements Layer {
    @Override
    public List<Integer> stateSizes() {
        return layer.stateSizes();
    }

    @Override
    public int outputs() {
        return layer.outputs();
    }

    @Override
    public State initial(Tape tape, int batch) {
        return layer.initial(tape, batch);
    }

    @Override
    public Unrolled run(Tape tape, Variable x, Steps steps, State initial) {
        Unrolled inner = layer.run(tape, x, steps, initial);
        return new Unrolled(tape.add(x, inner.outputs()), inner.last());
    }
}
