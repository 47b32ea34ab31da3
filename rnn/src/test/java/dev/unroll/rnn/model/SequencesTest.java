package dev.unroll.rnn.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.cell.LstmPlus;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.init.Randoms;
import dev.unroll.rnn.operator.Bidirectional.Merge;
import dev.unroll.rnn.operator.Layer;
import dev.unroll.rnn.operator.Network;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.operator.SequenceRows;
import dev.unroll.rnn.operator.State;
import dev.unroll.rnn.spec.LayerOption;
import dev.unroll.rnn.spec.LayerSpec;
import dev.unroll.rnn.spec.ModelSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What must be equal bit for bit however sequences are run: in one call or several, padded or alone, stacked or not. */
class SequencesTest {
    private static final int INPUTS = 5;
    private static final int STEPS = 7;
    private static final int[] LENGTHS = {3, 7, 1, 6};

    private final Workspace workspace = new Workspace("test");
    private final RandomGenerator random = Randoms.of(1);

    @AfterEach
    void close() {
        workspace.close();
    }

    private Tensor random(long rows, long columns) {
        Tensor x = workspace.allocate(ElementType.F32, rows, columns);
        for (long r = 0; r < rows; r++) {
            for (long c = 0; c < columns; c++) {
                x.set(r, c, random.nextDouble(-1, 1));
            }
        }
        return x;
    }

    private Tape inference() {
        return Tape.inference(workspace, ElementType.F32, WorkerPool.caller());
    }

    /** Rows t of sequence b, for all steps of a batch. */
    private Tensor sequence(Tensor x, int b, int batch, int length) {
        Tensor one = workspace.allocate(ElementType.F32, length, x.columns());
        for (int t = 0; t < length; t++) {
            one.rows(t, 1).copyFrom(x.rows((long) t * batch + b, 1));
        }
        return one;
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "rnn:2x19", "gru:19", "lstm:2x19", "lstm:19:projection=9", "dts:18,19", "dots:17,18,19", "lstm:9:gates=17",
        "rnn:9:bidirectional", "gru:9:bidirectional=sum/lstm:8:learned", "mlp:17/rnn:17:residual",
        "gru:19:reset=before", "gru:9:reset=before:bidirectional", "gru:9:gates=17", "dt:17,18,19:lp=2",
        "dots:17,18,19:lp=2:maxout=2", "mlp:17:lp=3/rnn:9", "lstm:19:norm", "gru:9:norm:bidirectional"})
    void aPaddedBatchEqualsItsSequencesOneByOne(String network) {
        int batch = LENGTHS.length;
        Tensor x = random(STEPS * batch, INPUTS);
        for (int t = 0; t < STEPS; t++) {
            for (int b = 0; b < batch; b++) {
                if (t >= LENGTHS[b]) {
                    x.rows((long) t * batch + b, 1).set(0, 2, Double.NaN); // which must not leak
                }
            }
        }
        try (DeepRnn model = model(network)) {
            float[] gradients = gradients(model, x, SequenceLayout.padded(STEPS, LENGTHS));
            Tape tape = inference();
            Network.Output padded = model.forward(
                    tape, tape.constant(x), SequenceLayout.padded(STEPS, LENGTHS), initial(model, tape, batch));
            double[] sum = new double[gradients.length];
            for (int b = 0; b < batch; b++) {
                Tensor alone = sequence(x, b, batch, LENGTHS[b]);
                SequenceLayout steps = SequenceLayout.of(LENGTHS[b], 1);
                Network.Output output = model.forward(tape, tape.constant(alone), steps, initial(model, tape, 1));
                assertArrayEquals(
                        output.logits().value().toFloats(),
                        sequence(padded.logits().value(), b, batch, LENGTHS[b]).toFloats(), "outputs");
                for (int l = 0; l < output.last().size(); l++) {
                    for (int part = 0; part < output.last().get(l).parts().size(); part++) {
                        assertArrayEquals(
                                output.last().get(l).parts().get(part).value().toFloats(),
                                padded.last().get(l).parts().get(part).value().rows(b, 1).toFloats(), "last state");
                    }
                }
                float[] one = gradients(model, alone, steps);
                for (int i = 0; i < one.length; i++) {
                    sum[i] += one[i];
                }
            }
            for (int i = 0; i < sum.length; i++) {
                // Sums of at most 17 terms of order 1 in another order.
                assertEquals(sum[i], gradients[i], 1e-5, "gradient " + i);
            }
        }
    }

    private static DeepRnn model(String network) {
        return NetworkBuilder.of(ModelSpec.parse(network, INPUTS, 3)).seed(2).pool(WorkerPool.caller()).build();
    }

    private static List<State> initial(DeepRnn model, Tape tape, int batch) {
        try (CarriedState state = model.newState(batch)) {
            return state.on(tape); // zeros or parameters, of the tape's memory
        }
    }

    /** Of the sum of all outputs at the last steps, and of the squares of the means. */
    private float[] gradients(DeepRnn model, Tensor x, SequenceLayout steps) {
        model.parameters().gradients().clear();
        Tape tape = Tape.recording(workspace, ElementType.F32, WorkerPool.caller());
        List<State> initial = initial(model, tape, steps.batch());
        Variable last = model.forward(tape, tape.constant(x), steps, Readout.LAST_STEP, initial).logits();
        Variable mean = model.forward(tape, tape.constant(x), steps, Readout.MEAN, initial).logits();
        Variable y = tape.add(last, tape.multiply(mean, mean));
        tape.backward(y, ones(y.value()));
        return model.parameters().gradients().toFloats();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "rnn:2x19", "gru:19", "lstm:2x19", "lstm:19:projection=9", "dts:18,19", "dots:17,18,19", "lstm:9:gates=17",
        "gru:9:learned/lstm:8:learned", "mlp:17/rnn:17:residual", "gru:2x19:reset=before", "gru:9:gates=17",
        "dt:17,18,19:lp=2", "dots:17,18,19:lp=2:maxout=2", "mlp:17:lp=3/rnn:9", "lstm:19:norm", "gru:9:norm:learned"})
    void stepsStreamedEqualOneCall(String network) {
        int batch = 3;
        Tensor x = random(STEPS * batch, INPUTS);
        try (DeepRnn model = model(network);
                CarriedState carried = model.newState(batch)) {
            Tape tape = inference();
            Network.Output all =
                    model.forward(tape, tape.constant(x), SequenceLayout.of(STEPS, batch), carried.on(tape));
            for (int t = 0; t < STEPS; t++) {
                Tensor step = x.rows((long) t * batch, batch);
                Network.Output one =
                        model.forward(tape, tape.constant(step), SequenceLayout.of(1, batch), carried.on(tape));
                carried.keep(one.last());
                assertArrayEquals(
                        all.logits().value().rows((long) t * batch, batch).toFloats(), one.logits().value().toFloats());
            }
        }
    }

    /**
     * Back through time from the sum of the outputs of all steps: in windows, from which nothing flows back to the one
     * before, and all the way, through states that never leave the tape. Weight gradients have the same bits where the
     * cell uses its state once; where it does more often, the state's gradient is a sum in another order.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "rnn:2x19 | true", "lstm:2x19 | true", "lstm:19:projection=9 | true", "lstm:9:gates=17 | true",
        "dt:18,19:lp=2 | true", "gru:19 | false", "gru:19:reset=before | false", "gru:9:gates=17 | false",
        "dts:18,19 | false", "dots:17,18,19:lp=2:maxout=2 | false", "lstm:19:norm | true", "gru:19:norm | false"})
    void truncatedGradientsAreTheFullOnesWhenTheWindowCoversTheSequence(String network, boolean usesStateOnce) {
        Tensor x = random(STEPS * 3, INPUTS);
        try (DeepRnn model = model(network)) {
            float[] full = fullGradients(model, x);
            List<float[]> ofWeights = weightGradients(model);
            float[] covered = windowGradients(model, x, STEPS);
            assertArrayEquals(full, covered, 2e-5f); // sums of 21 terms of order 1 in another order
            for (int i = 0; usesStateOnce && i < ofWeights.size(); i++) {
                assertArrayEquals(ofWeights.get(i), weightGradients(model).get(i));
            }
            float[] truncated = windowGradients(model, x, 4);
            float largest = 0;
            for (int i = 0; i < full.length; i++) {
                largest = Math.max(largest, Math.abs(full[i] - truncated[i]));
            }
            assertTrue(largest > 1e-3, "windows of 4 steps gave the gradients of all " + STEPS);
        }
    }

    private static List<float[]> weightGradients(DeepRnn model) {
        return model.parameters().list().stream()
                .filter(parameter -> parameter.shape().length > 1)
                .map(parameter -> parameter.gradient().toFloats())
                .toList();
    }

    private float[] windowGradients(DeepRnn model, Tensor x, int window) {
        model.parameters().gradients().clear();
        int batch = (int) x.rows() / STEPS;
        try (CarriedState carried = model.newState(batch)) {
            for (int from = 0; from < STEPS; from += window) {
                int count = Math.min(window, STEPS - from);
                Tape tape = Tape.recording(workspace, ElementType.F32, WorkerPool.caller());
                Variable part = tape.constant(x.rows((long) from * batch, (long) count * batch));
                Network.Output output = model.forward(tape, part, SequenceLayout.of(count, batch), carried.on(tape));
                carried.keep(output.last());
                tape.backward(output.logits(), ones(output.logits().value()));
            }
        }
        return model.parameters().gradients().toFloats();
    }

    private float[] fullGradients(DeepRnn model, Tensor x) {
        model.parameters().gradients().clear();
        int batch = (int) x.rows() / STEPS;
        Tape tape = Tape.recording(workspace, ElementType.F32, WorkerPool.caller());
        List<State> state = initial(model, tape, batch);
        Variable sum = null;
        for (int t = 0; t < STEPS; t++) {
            Variable step = tape.constant(x.rows((long) t * batch, batch));
            Network.Output output = model.forward(tape, step, SequenceLayout.of(1, batch), state);
            state = output.last();
            sum = sum == null ? output.logits() : tape.add(sum, output.logits());
        }
        tape.backward(sum, ones(sum.value()));
        return model.parameters().gradients().toFloats();
    }

    private Tensor ones(Tensor like) {
        Tensor ones = workspace.allocate(ElementType.F32, like.shape());
        for (long r = 0; r < ones.rows(); r++) {
            for (long c = 0; c < ones.columns(); c++) {
                ones.set(r, c, 1);
            }
        }
        return ones;
    }

    @Test
    void twoSingleLayersEqualTheBuiltInStack() {
        Tensor x = random(STEPS * 2, INPUTS);
        Parameters parameters = new Parameters();
        Layer first = new LstmPlus(parameters, "layer0", INPUTS, 19);
        Layer second = new LstmPlus(parameters, "layer1", 19, 19);
        Tape tape = inference();
        try (DeepRnn model = model("lstm:2x19")) {
            parameters.allocate(workspace, ElementType.F32, random);
            for (int i = 0; i < parameters.list().size(); i++) {
                Tensor source = model.parameters().list().get(i).value();
                parameters.list().get(i).write(values -> values.copyFrom(source));
            }
            SequenceLayout steps = SequenceLayout.of(STEPS, 2);
            Layer.Unrolled below = first.run(tape, tape.constant(x), steps, first.initial(tape, 2));
            Layer.Unrolled top = second.run(tape, below.outputs(), steps, second.initial(tape, 2));
            List<State> last = model.forward(tape, tape.constant(x), steps, initial(model, tape, 2)).last();
            assertState(last.get(0), below.last());
            assertState(last.get(1), top.last());
        }
    }

    private static void assertState(State expected, State actual) {
        for (int part = 0; part < expected.parts().size(); part++) {
            assertArrayEquals(
                    expected.parts().get(part).value().toFloats(), actual.parts().get(part).value().toFloats());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "rnn:19", "gru:19", "gru:19:reset=before", "gru:19:gates=17", "lstm:19", "lstm:19:gates=17", "dts:18,19",
        "dt:18,19:lp=2", "lstm:27:projection=19", "lstm:27:projection=19:norm", "gru:19:norm"})
    void aBidirectionalLayerEqualsTwoPasses(String cell) {
        int batch = 2;
        Tensor x = random(STEPS * batch, INPUTS);
        Tensor turned = workspace.allocate(ElementType.F32, STEPS * batch, INPUTS);
        for (int t = 0; t < STEPS; t++) {
            turned.rows((long) t * batch, batch).copyFrom(x.rows((long) (STEPS - 1 - t) * batch, batch));
        }
        Parameters parameters = new Parameters();
        LayerSpec spec = (LayerSpec) ModelSpec.parse(cell, INPUTS, 3).layers().getFirst();
        Layer both = spec.with(LayerOption.BIDIRECTIONAL, Merge.CONCAT)
                .build(parameters, "both", INPUTS);
        Layer one = spec.build(parameters, "one", INPUTS);
        parameters.allocate(workspace, ElementType.F32, random);
        Tape tape = inference();
        SequenceLayout steps = SequenceLayout.of(STEPS, batch);
        float[] outputs =
                both.run(tape, tape.constant(x), steps, both.initial(tape, batch)).outputs().value().toFloats();
        for (String half : List.of("forward", "backward")) {
            copy(parameters, "both." + half, "one");
            boolean backward = half.equals("backward");
            Layer.Unrolled alone = one.run(
                    tape, tape.constant(backward ? turned : x), steps, one.initial(tape, batch));
            for (int t = 0; t < STEPS; t++) {
                int at = backward ? STEPS - 1 - t : t;
                for (int b = 0; b < batch; b++) {
                    for (int j = 0; j < 19; j++) {
                        assertEquals(
                                alone.outputs().value().get((long) at * batch + b, j),
                                outputs[(t * batch + b) * 38 + (backward ? 19 : 0) + j]);
                    }
                }
            }
        }
    }

    private static void copy(Parameters parameters, String from, String to) {
        List<String> copied = new ArrayList<>();
        parameters.list().stream().filter(source -> source.name().startsWith(from)).forEach(source -> {
            String name = to + source.name().substring(from.length());
            parameters.list().stream().filter(p -> p.name().equals(name)).forEach(target -> {
                target.write(values -> values.copyFrom(source.value()));
                copied.add(name);
            });
        });
        assertEquals(false, copied.isEmpty());
    }

    @ParameterizedTest
    @EnumSource
    void batchFirstAndBackIsNoChange(Readout readout) {
        Tensor x = random(STEPS * 4, INPUTS);
        Tape tape = inference();
        SequenceLayout steps = SequenceLayout.of(STEPS, 4);
        Variable turned = SequenceRows.toBatchFirst(tape, steps, tape.constant(x));
        assertArrayEquals(x.rows(4L * 2 + 3, 1).toFloats(), turned.value().rows(3L * STEPS + 2, 1).toFloats());
        Variable back = SequenceRows.fromBatchFirst(tape, steps, turned);
        assertArrayEquals(x.toFloats(), back.value().toFloats());
        assertArrayEquals(
                readout.of(tape, tape.constant(x), steps).value().toFloats(),
                readout.of(tape, back, steps).value().toFloats());
    }
}
