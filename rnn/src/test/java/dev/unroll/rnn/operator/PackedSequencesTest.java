package dev.unroll.rnn.operator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.data.Values;
import dev.unroll.rnn.spec.ModelSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sequences that a network runs without their padding give what they give with it. */
class PackedSequencesTest {
    private static final int INPUTS = 6;
    private static final int OUTPUTS = 3;
    private static final SequenceLayout STEPS = SequenceLayout.padded(9, 2, 9, 0, 5, 9, 1, 5);

    /** Gradients of up to 50 rows are added in another order; their terms are of order 1. */
    private static final double ROUNDING = 1e-12;

    /** A layer that is run as if it could not run packed. */
    private record StepByStep(Layer layer) implements WrappingLayer {
        @Override
        public boolean runsPacked() {
            return false;
        }

        @Override
        public Unrolled run(Tape tape, Variable x, SequenceLayout layout, State initial) {
            assertTrue(layout.isPadded());
            return layer.run(tape, x, layout, initial);
        }
    }

    /** All that a run of a network gives: predictions, last states, states of all steps of the padded rows, gradients. */
    private record Result(List<double[]> values, double[] gradients) {}

    private static Result run(String spec, boolean packed, boolean ids, Readout readout, WorkerPool pool) {
        try (Workspace memory = new Workspace("parameters"); Workspace step = new Workspace("step")) {
            Parameters parameters = new Parameters();
            List<LayerFactory> factories = new ArrayList<>(ModelSpec.parse(spec, INPUTS, OUTPUTS).layers());
            if (!packed) {
                factories
                        .replaceAll(factory -> (all, name, inputs) -> new StepByStep(factory.build(all, name, inputs)));
            }
            Network network = Network.declare(parameters, INPUTS, factories, false, OUTPUTS);
            parameters.allocate(memory, ElementType.F64, new SplittableRandom(1));
            Tape tape = Tape.recording(step, ElementType.F64, pool);
            List<State> initial =
                    network.layers().stream().map(layer -> layer.initial(tape, STEPS.batch())).toList();
            Network.Output output = network.run(tape, tape.constant(inputs(ids)), STEPS, readout, initial);
            List<double[]> values = new ArrayList<>(List.of(predictions(output.logits().value(), readout)));
            output.last().forEach(state -> values.addAll(numbers(state)));
            output.states().forEach(layer -> layer.forEach(state -> values.addAll(numbers(state))));
            int counted = (int) output.logits().value().rows();
            tape.backward(tape.squaredError(
                    output.logits(), tape.zeros(counted, OUTPUTS), tape.row(weights(readout, counted))));
            return new Result(values, parameters.gradients().toDoubles());
        }
    }

    private static List<double[]> numbers(State state) {
        return state.parts().stream().map(part -> part.value().toDoubles()).toList();
    }

    /** Without the padding, which has no meaning. */
    private static double[] predictions(Tensor logits, Readout readout) {
        double[] all = logits.toDoubles();
        return readout == Readout.EVERY_STEP
                ? IntStream.range(0, all.length).filter(i -> !STEPS.isPadding(i / OUTPUTS)).mapToDouble(i -> all[i])
                        .toArray()
                : all;
    }

    private static double[] weights(Readout readout, int rows) {
        double[] weights = new double[rows];
        Arrays.setAll(weights, i -> readout == Readout.EVERY_STEP && STEPS.isPadding(i) ? 0 : 1 + i % 3);
        return weights;
    }

    private static Values inputs(boolean ids) {
        int rows = (int) STEPS.rows();
        if (ids) {
            return new Ids(IntStream.range(0, rows).map(i -> STEPS.isPadding(i) ? -7 : i * 5 % INPUTS).toArray());
        }
        float[] numbers = new float[rows * INPUTS];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = STEPS.isPadding(i / INPUTS) ? Float.NaN : (float) Math.sin(i);
        }
        return new Frames(INPUTS, numbers);
    }

    private static void assertSame(String spec, boolean ids) {
        for (Readout readout : Readout.values()) {
            String at = spec + ", " + readout;
            Result packed = run(spec, true, ids, readout, WorkerPool.caller());
            Result padded = run(spec, false, ids, readout, WorkerPool.caller());
            assertEquals(padded.values.size(), packed.values.size(), at);
            for (int i = 0; i < padded.values.size(); i++) {
                assertArrayEquals(padded.values.get(i), packed.values.get(i), at + ", value " + i);
            }
            assertArrayEquals(padded.gradients, packed.gradients, ROUNDING, at);
            try (WorkerPool threads = new WorkerPool(3)) {
                assertArrayEquals(packed.gradients, run(spec, true, ids, readout, threads).gradients, at);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "rnn:7", "lstm:2x7", "gru:7:learned", "gru:7:reset=before", "lstm:7:projection=3", "dts:5,6", "dots:5,6,7",
        "lstm:7:gates=5", "lstm:5:bidirectional", "gru:5:bidirectional/lstm:4:bidirectional:learned",
        "mlp:6/rnn:6:residual",
        "lstm:5:norm", "rnn:5:zoneout=0.3", "lstm:5:dropout=0.5"})
    void framesGiveTheSameBits(String spec) {
        assertSame(spec, false);
    }

    @ParameterizedTest
    @ValueSource(strings = {"embedding:4/gru:7", "lstm:5:bidirectional", "dots:5,6,7"})
    void idsGiveTheSameBits(String spec) {
        assertSame(spec, true);
    }

    @Test
    void aLayoutIsPackedByDescendingLength() {
        SequenceLayout packed = STEPS.packed();
        assertArrayEquals(new int[] {1, 4, 3, 6, 0, 5}, STEPS.byLength());
        assertArrayEquals(new int[] {9, 9, 5, 5, 2, 1}, packed.lengths());
        assertTrue(packed.isPacked());
        assertFalse(packed.isPadded());
        assertEquals(9 + 9 + 5 + 5 + 2 + 1, packed.rows());
        assertEquals(List.of(6, 5, 4, 4, 4, 2, 2, 2, 2),
                IntStream.range(0, 9).mapToObj(packed::rowsOf).toList());
        for (int t = 0, row = 0; t < packed.steps(); t++) {
            assertEquals(row, packed.firstRow(t));
            for (int b = 0; b < packed.rowsOf(t); b++, row++) {
                assertEquals(t, packed.stepOf(row));
                assertEquals(b, packed.sequenceOf(row));
                assertFalse(packed.isPadding(row));
            }
        }
        assertEquals("9 steps of 6 packed sequences [9, 9, 5, 5, 2, 1]", packed.toString());
        assertThrows(IllegalStateException.class, () -> SequenceLayout.padded(3, 0, 0).packed());
    }

    /** A cell whose steps also make a matrix that has as many rows as the first step by chance, and not later. */
    private record Fixed(int size) implements Plus {
        @Override
        public List<Integer> stateSizes() {
            return List.of(size);
        }

        @Override
        public Variable project(Tape tape, Variable x) {
            return x;
        }

        @Override
        public State step(Tape tape, Variable p, State previous) {
            Variable scale = tape.tanh(tape.zeros(3, size)); // as many rows as sequences
            return State.of(tape.addRow(tape.add(p, previous.hidden()), tape.rows(scale, 0, 1)));
        }
    }

    @Test
    void aStepMayMakeMatricesThatHaveNoRowForEachSequence() {
        try (Workspace workspace = new Workspace("test")) {
            Tape tape = Tape.inference(workspace, ElementType.F64, WorkerPool.caller());
            SequenceLayout layout = SequenceLayout.padded(3, 3, 1, 2).packed();
            Variable x = tape.constant(new Frames(1, 1f, 2f, 3f, 10f, 20f, 100f));
            Layer.Unrolled unrolled = new Fixed(1).run(tape, x, layout, State.of(tape.zeros(3, 1)));
            assertArrayEquals(new double[] {1, 2, 3, 11, 22, 111}, unrolled.outputs().value().toDoubles());
            assertArrayEquals(new double[] {111, 22, 3}, unrolled.last().hidden().value().toDoubles());
        }
    }

    @Test
    void aNumberThatIsNotFiniteIsNamedByItsPlaceInTheCallersRows() {
        try (Workspace memory = new Workspace("parameters"); Workspace step = new Workspace("step")) {
            Parameters parameters = new Parameters();
            Network network = Network.declare(
                    parameters, 1, ModelSpec.parse("rnn:2", 1, 1).layers(), false, 1);
            parameters.allocate(memory, ElementType.F32, new SplittableRandom(1));
            Tape tape = Tape.inference(step, ElementType.F32, WorkerPool.caller());
            Variable x = tape.constant(new Frames(1, 1f, 2f, Float.NaN, 4f, Float.NaN, Float.POSITIVE_INFINITY));
            Exception e = assertThrows(IllegalArgumentException.class, () -> network.run(
                    tape, x, SequenceLayout.padded(3, 1, 3), Readout.EVERY_STEP,
                    List.of(State.of(tape.zeros(2, 2)))));
            assertEquals("the input in row 5, column 0 (step 2 of sequence 1, counted from 0) is Infinity;"
                    + " expected a finite number", e.getMessage());
        }
    }
}
