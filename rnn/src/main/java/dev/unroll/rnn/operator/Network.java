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
import java.util.stream.IntStream;

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
        if (!packs(x, layout, initial)) {
            Variable clean = SequenceRows.withoutPadding(tape, layout, x);
            requireNumbers(clean, layout);
            Stack stack = stack(tape, clean, layout, readout, initial);
            return new Output(predict.predict(tape, stack.read), stack.last, stack.states);
        }
        PackedSequences sequences = new PackedSequences(layout);
        Variable packed = sequences.pack(tape, x);
        requireNumbers(packed, sequences, layout);
        List<State> begin = initial.stream().map(state -> sequences.packInitial(tape, state)).toList();
        return unpack(tape, stack(tape, packed, sequences.layout(), readout, begin), sequences, readout, initial);
    }

    /** Whether padded sequences are run packed. What does not fit is left to be refused where it is read. */
    private boolean packs(Variable x, SequenceLayout layout, List<State> initial) {
        long rows = Linear.isIds(x) ? x.value().size() : x.value().rows();
        return layout.isPadded() && rows == layout.rows() && layers.stream().allMatch(Layer::runsPacked)
                && IntStream.range(0, layout.batch()).anyMatch(b -> layout.length(b) > 0)
                && initial.stream().flatMap(state -> state.parts().stream())
                        .allMatch(part -> part.value().rows() == layout.batch());
    }

    private Output unpack(
            Tape tape, Stack stack, PackedSequences sequences, Readout readout, List<State> initial) {
        List<State> last = new ArrayList<>();
        List<List<State>> states = new ArrayList<>();
        for (int l = 0; l < layers.size(); l++) {
            last.add(sequences.unpack(tape, stack.last.get(l), initial.get(l)));
            states.add(sequences.unpack(tape, stack.states.get(l), last.get(l), initial.get(l)));
        }
        Variable logits = readout == Readout.EVERY_STEP
                ? sequences.unpackSteps(tape, predict.predict(tape, stack.read))
                : predict.predict(tape, sequences.unpackSequences(tape, stack.read));
        return new Output(logits, last, states);
    }

    /** What a run of all layers gave, and what is read out of the top one. */
    private record Stack(Variable read, List<State> last, List<List<State>> states) {}

    private Stack stack(Tape tape, Variable x, SequenceLayout layout, Readout readout, List<State> initial) {
        boolean isByDirection = readout == Readout.BOTH_ENDS && !layers.isEmpty();
        int forward = isByDirection ? forwardOutputs() : 0; // refuses before anything runs
        List<State> last = new ArrayList<>();
        List<List<State>> states = new ArrayList<>();
        Variable below = x;
        for (int l = 0; l < layers.size(); l++) {
            Layer.Unrolled unrolled = layers.get(l).run(tape, below, layout, initial.get(l));
            last.add(unrolled.last());
            states.add(unrolled.states());
            below = unrolled.outputs();
        }
        Variable read = isByDirection
                ? Readout.bothEnds(tape, below, forward, layout)
                : readout.of(tape, below, layout);
        return new Stack(read, last, states);
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
        long at = firstNotFinite(x);
        if (at >= 0) {
            long row = at / x.value().columns();
            throw notFinite(x.value(), at, row, layout.stepOf(row), layout.sequenceOf(row));
        }
    }

    private static void requireNumbers(Variable packed, PackedSequences sequences, SequenceLayout layout) {
        long at = firstNotFinite(packed);
        if (at >= 0) {
            long row = sequences.paddedRow(at / packed.value().columns());
            throw notFinite(packed.value(), at, row, layout.stepOf(row), layout.sequenceOf(row));
        }
    }

    private static long firstNotFinite(Variable x) {
        return x.needsGradient() || Linear.isIds(x) ? -1 : Reductions.firstNotFinite(x.value());
    }

    /**
     * Refuses inputs of a step that are not finite.
     *
     * @param x {@code [batch, inputs]}, or ids, which are finite
     * @throws IllegalArgumentException if one is NaN or infinite, with its sequence
     */
    public static void requireNumbers(Tensor x) {
        long at = x.type().isFloating() ? Reductions.firstNotFinite(x) : -1;
        if (at >= 0) {
            throw notFinite(x, at, at / x.columns(), 0, at / x.columns());
        }
    }

    private static IllegalArgumentException notFinite(Tensor x, long at, long row, long step, long sequence) {
        long column = at % x.columns();
        return new IllegalArgumentException(
                "the input in row " + row + ", column " + column + " (step " + step + " of sequence " + sequence
                        + ", counted from 0) is " + x.get(at / x.columns(), column) + "; expected a finite number");
    }
}
