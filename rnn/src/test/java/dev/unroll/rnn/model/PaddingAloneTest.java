package dev.unroll.rnn.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Reductions;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.init.Initialization;
import dev.unroll.rnn.init.Initializer;
import dev.unroll.rnn.operator.Layer;
import dev.unroll.rnn.operator.Linear;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.spec.ModelSpec;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Padding changes nothing in layers and readouts that stand in no network, whatever it holds. */
class PaddingAloneTest {
    private static final SequenceLayout STEPS = SequenceLayout.padded(4, 2, 4, 0, 3);
    private static final int INPUTS = 3;
    private static final float[] PADDINGS = {Float.NaN, Float.POSITIVE_INFINITY, 3e38f, -7};

    /** A number for every row and column, but one number all over the padding. */
    private static float[] rows(int columns, float padding) {
        float[] rows = new float[(int) STEPS.rows() * columns];
        for (int i = 0; i < rows.length; i++) {
            int row = i / columns;
            boolean isPadding = row / STEPS.batch() >= STEPS.length(row % STEPS.batch());
            rows[i] = isPadding ? padding : (float) Math.sin(i + 1);
        }
        return rows;
    }

    /** What each prediction counts. */
    private static float[] counts(Readout readout) {
        float[] counts = new float[readout == Readout.EVERY_STEP ? (int) STEPS.rows() : STEPS.batch()];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = i / STEPS.batch() < STEPS.length(i % STEPS.batch()) ? 1 : 0;
        }
        return counts;
    }

    /** The loss, then all gradients, of a layer with a map behind it. */
    private static double[] gradients(String text, Readout readout, float padding) {
        try (Workspace memory = new Workspace("parameters"); Workspace step = new Workspace("step")) {
            Parameters parameters = new Parameters(Initialization.USUAL);
            Layer layer = ModelSpec.parse(text, INPUTS, 2).layers().getFirst().build(parameters, "layer", INPUTS);
            Linear map = new Linear(parameters, "map", layer.outputs(), 2, Initializer.uniform(0.5));
            parameters.allocate(memory, ElementType.F32, new SplittableRandom(1));
            Tape tape = Tape.recording(step, ElementType.F32, WorkerPool.caller()).training(1, 1);
            Variable x = tape.constant(new Frames(INPUTS, rows(INPUTS, padding)));
            Variable outputs = layer.run(tape, x, STEPS, layer.initial(tape, STEPS.batch())).outputs();
            return backward(tape, parameters, map.predict(tape, readout.of(tape, outputs, STEPS)), counts(readout));
        }
    }

    private static double[] backward(Tape tape, Parameters parameters, Variable predicted, float... counts) {
        Variable loss = tape.squaredError(predicted, tape.constant(new Frames(2, new float[2 * counts.length])),
                tape.row(counts));
        tape.backward(loss);
        assertTrue(Reductions.isFinite(parameters.gradients()));
        float[] all = parameters.gradients().toFloats();
        double value = loss.value().get(0, 0);
        return DoubleStream.concat(DoubleStream.of(value), IntStream.range(0, all.length)
                .mapToDouble(i -> all[i])).toArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "rnn:5", "rnn:5:f=relu", "gru:5", "gru:5:reset=before", "lstm:5", "lstm:5:bidirectional", "dt:5,4", "mlp:4",
        "gru:3:residual", "lstm:5:dropout=0.5", "gru:5:learned", "rnn:5:zoneout=0.3",
        "lstm:5:norm", "gru:5:norm"})
    void changesNoBitOfALayersGradients(String text) {
        for (Readout readout : Readout.values()) {
            double[] expected = gradients(text, readout, 0);
            for (float padding : PADDINGS) {
                assertArrayEquals(expected, gradients(text, readout, padding), readout + ", " + padding);
            }
        }
    }

    private static double[] ofReadout(Readout readout, float padding) {
        try (Workspace memory = new Workspace("parameters"); Workspace step = new Workspace("step")) {
            Parameters parameters = new Parameters(Initialization.USUAL);
            Linear map = new Linear(parameters, "map", 5, 2, Initializer.uniform(0.5));
            parameters.allocate(memory, ElementType.F32, new SplittableRandom(1));
            Tape tape = Tape.recording(step, ElementType.F32, WorkerPool.caller());
            Variable outputs = tape.constant(new Frames(5, rows(5, padding)));
            return backward(tape, parameters, map.predict(tape, readout.of(tape, outputs, STEPS)), counts(readout));
        }
    }

    @ParameterizedTest
    @EnumSource
    void changesNoBitOfWhatIsReadOut(Readout readout) {
        double[] expected = ofReadout(readout, 0);
        for (float padding : PADDINGS) {
            assertArrayEquals(expected, ofReadout(readout, padding), String.valueOf(padding));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LAST_STEP", "BOTH_ENDS", "MEAN", "MAX"})
    void aSequenceOfNoStepsIsReadOutAsZeros(Readout readout) {
        try (Workspace step = new Workspace("step")) {
            Tape tape = Tape.inference(step, ElementType.F32, WorkerPool.caller());
            Variable read = readout.of(tape, tape.constant(new Frames(5, rows(5, Float.NaN))), STEPS);
            assertArrayEquals(new float[5], read.value().rows(2, 1).toFloats());
            assertTrue(Reductions.isFinite(read.value()));
        }
    }
}
