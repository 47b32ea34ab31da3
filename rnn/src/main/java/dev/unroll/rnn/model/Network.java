package dev.unroll.rnn.model;

import dev.unroll.kernels.Reductions;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.init.Initializer;
import dev.unroll.rnn.operator.Embedding;
import dev.unroll.rnn.operator.Layer;
import dev.unroll.rnn.operator.Linear;
import dev.unroll.rnn.operator.Predict;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.operator.SequenceRows;
import dev.unroll.rnn.operator.State;
import dev.unroll.rnn.operator.TiedOutput;
import java.util.ArrayList;
import java.util.List;

/**
 * Layers one after another and the map to the outputs, whose parameters are declared and may have no memory yet.
 *
 * @param layers from the input to the output
 * @param predict from the top layer
 */
record Network(List<Layer> layers, Predict predict) {
    private static final String OUTPUT = "output";

    /** Declares all parameters; without a map to the outputs of one's own it is linear, or the embedding's if tied. */
    static Network declare(
            Parameters parameters, int inputs, List<? extends LayerFactory> factories, PredictFactory ownOrNull,
            boolean tied, int outputs) {
        List<Layer> layers = new ArrayList<>();
        int below = inputs;
        for (LayerFactory factory : factories) {
            layers.add(factory.build(parameters, nameOf(layers.size()), below));
            below = layers.getLast().outputs();
        }
        if (ownOrNull != null) {
            return new Network(layers, ownOrNull.build(parameters, OUTPUT, below, outputs));
        }
        Initializer initializer = Initializer.uniformByUnits(below);
        Predict predict = tied && layers.getFirst() instanceof Embedding embedding
                ? new TiedOutput(parameters, OUTPUT, embedding, below, outputs, initializer)
                : new Linear(parameters, OUTPUT, below, outputs, initializer);
        return new Network(layers, predict);
    }

    /** What the names of a layer's parameters begin with. */
    static String nameOf(int layer) {
        return "layer" + layer;
    }

    DeepRnn.Output run(Tape tape, Variable x, SequenceLayout layout, Readout readout, List<State> initial) {
        List<State> last = new ArrayList<>();
        Variable below = SequenceRows.withoutPadding(tape, layout, x);
        requireNumbers(below, layout);
        for (int l = 0; l < layers.size(); l++) {
            Layer.Unrolled unrolled = layers.get(l).run(tape, below, layout, initial.get(l));
            last.add(unrolled.last());
            below = unrolled.outputs();
        }
        return new DeepRnn.Output(predict.predict(tape, readout.of(tape, below, layout)), last);
    }

    /**
     * Data that is not finite is refused before it reaches a state, which would never forget it. What was computed from
     * parameters is not data: where it is not finite, something else is to blame.
     */
    private static void requireNumbers(Variable x, SequenceLayout layout) {
        Tensor value = x.value();
        if (x.needsGradient() || !value.type().isFloating()) {
            return;
        }
        long at = Reductions.firstNotFinite(value);
        if (at >= 0) {
            long row = at / value.columns();
            long column = at % value.columns();
            throw new IllegalArgumentException("the input in row " + row + ", column " + column + " (step "
                    + row / layout.batch() + " of sequence " + row % layout.batch() + ", counted from 0) is "
                    + value.get(row, column) + "; expected a finite number");
        }
    }
}
