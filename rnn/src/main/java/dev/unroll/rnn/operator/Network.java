package dev.unroll.rnn.operator;

import dev.unroll.kernels.Reductions;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.init.Initializer;
import java.util.ArrayList;
import java.util.List;

/**
 * A stack of layers and the output layer. Its parameters are declared, and may have no memory yet.
 *
 * <p>Many threads may run it, each on a tape of its own, while none changes its parameters.
 *
 * @param layers from the input to the output
 * @param predict the output layer
 */
public record Network(List<Layer> layers, Predict predict) {
    private static final String OUTPUT = "output";

    /**
     * The result of a run.
     *
     * @param logits {@code [steps * batch, outputs]}, or {@code [batch, outputs]}
     * @param last the state of every layer after the last step
     * @param states the states of every layer after each step, in the order of time; none of a layer that gives none
     */
    public record Output(Variable logits, List<State> last, List<List<State>> states) {}

    /**
     * Declares the parameters of layers and of a linear output layer.
     *
     * @param parameters to declare them in
     * @param inputs size of an input, or number of ids
     * @param factories of the layers, from the input to the output
     * @param tied whether the output layer uses the table of the embedding that the network begins with
     * @param outputs size of an output
     * @return the network
     */
    public static Network declare(
            Parameters parameters, int inputs, List<? extends LayerFactory> factories, boolean tied, int outputs) {
        List<Layer> layers = layers(parameters, inputs, factories);
        int top = layers.isEmpty() ? inputs : layers.getLast().outputs();
        Initializer initializer = Initializer.uniformByUnits(top);
        Predict predict = tied && layers.getFirst() instanceof EmbeddingLayer embedding
                ? new TiedOutput(parameters, OUTPUT, embedding, top, outputs, initializer)
                : new Linear(parameters, OUTPUT, top, outputs, initializer);
        return new Network(layers, predict);
    }

    /**
     * Declares the parameters of layers and of a given output layer.
     *
     * @param parameters to declare them in
     * @param inputs size of an input, or number of ids
     * @param factories of the layers, from the input to the output
     * @param predict makes the output layer
     * @param outputs size of an output
     * @return the network
     */
    public static Network declare(
            Parameters parameters, int inputs, List<? extends LayerFactory> factories, PredictFactory predict,
            int outputs) {
        List<Layer> layers = layers(parameters, inputs, factories);
        int top = layers.isEmpty() ? inputs : layers.getLast().outputs();
        return new Network(layers, predict.build(parameters, OUTPUT, top, outputs));
    }

    private static List<Layer> layers(Parameters parameters, int inputs, List<? extends LayerFactory> factories) {
        List<Layer> layers = new ArrayList<>();
        int below = inputs;
        for (LayerFactory factory : factories) {
            layers.add(factory.build(parameters, nameOf(layers.size()), below));
            below = layers.getLast().outputs();
        }
        return layers;
    }

    /**
     * Returns the prefix of the names of a layer's parameters.
     *
     * @param layer from 0
     * @return such as {@code layer0}
     */
    public static String nameOf(int layer) {
        return "layer" + layer;
    }

    /**
     * Runs some steps.
     *
     * @param tape to compute on
     * @param x {@code [steps * batch, inputs]} or ids {@code [steps * batch]}
     * @param layout of the rows
     * @param readout what to predict from
     * @param initial the state of every layer before the first step
     * @return the predictions and the state of every layer after the last step
     * @throws IllegalArgumentException if an input is not finite; padding may be anything
     */
    public Output run(Tape tape, Variable x, SequenceLayout layout, Readout readout, List<State> initial) {
        boolean isByDirection = readout == Readout.BOTH_ENDS && !layers.isEmpty();
        int forward = isByDirection ? forwardOutputs() : 0; // refuses before anything runs
        List<State> last = new ArrayList<>();
        List<List<State>> states = new ArrayList<>();
        Variable below = SequenceRows.withoutPadding(tape, layout, x);
        requireNumbers(below, layout);
        for (int l = 0; l < layers.size(); l++) {
            Layer.Unrolled unrolled = layers.get(l).run(tape, below, layout, initial.get(l));
            last.add(unrolled.last());
            states.add(unrolled.states());
            below = unrolled.outputs();
        }
        Variable read = isByDirection
                ? Readout.bothEnds(tape, below, forward, layout)
                : readout.of(tape, below, layout);
        return new Output(predict.predict(tape, read), last, states);
    }

    /** Returns the columns of the top layer's outputs that are of the forward direction. */
    private int forwardOutputs() {
        int recurrent = layers.size() - 1;
        while (recurrent > 0 && layers.get(recurrent).stateSizes().isEmpty()) {
            recurrent--;
        }
        Layer layer = layers.get(recurrent);
        if (recurrent < layers.size() - 1 && layer.forwardOutputs() < layer.outputs()) {
            throw new IllegalArgumentException("layer " + recurrent
                    + " is bidirectional, and the layers above it mix its directions: they cannot be read at both ends; make the bidirectional layer the top one, or use"
                    + " another readout");
        }
        return layers.getLast().forwardOutputs();
    }

    /**
     * Refuses data that is not finite before it reaches a state, which would never forget it. What was computed from
     * parameters is not data: where it is not finite, something else is to blame.
     */
    private static void requireNumbers(Variable x, SequenceLayout layout) {
        if (!x.needsGradient()) {
            requireNumbers(x.value(), layout.batch());
        }
    }

    /**
     * Refuses inputs that are not finite.
     *
     * @param x {@code [steps * batch, inputs]}, or ids, which are finite
     * @param batch the number of sequences
     * @throws IllegalArgumentException if one is NaN or infinite, with its step and sequence
     */
    public static void requireNumbers(Tensor x, long batch) {
        long at = x.type().isFloating() ? Reductions.firstNotFinite(x) : -1;
        if (at >= 0) {
            long row = at / x.columns();
            long column = at % x.columns();
            throw new IllegalArgumentException(
                    "the input in row " + row + ", column " + column + " (step " + row / batch
                            + " of sequence " + row % batch + ", counted from 0) is " + x.get(row, column)
                            + "; expected a finite number");
        }
    }
}
