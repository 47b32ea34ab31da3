package dev.unroll.rnn.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.operator.Mlp;
import dev.unroll.rnn.operator.PredictFactory;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.operator.Units;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Sgd;
import dev.unroll.rnn.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a network predicts, without a tape of one's own. */
class PredictionTest {
    private static final int STEPS = 7;
    private static final int SIZE = 3;
    private static final int INPUTS = 5;

    private static float[] numbers(int count) {
        float[] numbers = new float[count];
        SplittableRandom random = new SplittableRandom(4);
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextDouble(-1, 1);
        }
        return numbers;
    }

    private static final float[] INPUT = numbers(STEPS * SIZE * INPUTS);

    private static Frames rows(int from, int to) {
        return new Frames(INPUTS, Arrays.copyOfRange(INPUT, from * INPUTS, to * INPUTS));
    }

    private static Batch batch() {
        return new Batch(SequenceLayout.of(STEPS, SIZE), rows(0, STEPS * SIZE), new Ids(new int[STEPS * SIZE]));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rnn:9", "gru:2x9", "lstm:9/mlp:4", "dots:6,5,4", "lstm:9:learned", "gru:6:reset=before",
        "lstm:6:norm", "gru:2x6:norm"})
    void stepByStepGivesTheBitsOfOneCall(String text) {
        try (DeepRnn network = NetworkBuilder.of(text, INPUTS).outputs(2).seed(1).build();
                CarriedState state = network.newState(SIZE)) {
            Frames whole = network.predict(batch(), Readout.EVERY_STEP);
            assertEquals(STEPS * SIZE, whole.count());
            assertEquals(whole.frames(0, 2 * SIZE), network.predict(state, rows(0, 2 * SIZE)));
            for (int t = 2; t < STEPS; t++) {
                assertEquals(whole.frames(t * SIZE, SIZE), network.predict(state, rows(t * SIZE, (t + 1) * SIZE)));
            }
            assertEquals(whole.frames((STEPS - 1) * SIZE, SIZE), network.predict(batch(), Readout.LAST_STEP));
            state.clear();
            assertEquals(whole.frames(0, SIZE), network.predict(state, rows(0, SIZE)), "a new beginning");
        }
    }

    @Test
    void sequencesOfOtherLengthsArePredictedAsAlone() {
        int[] lengths = {4, 7, 2};
        Batch padded = new Batch(SequenceLayout.padded(STEPS, lengths), rows(0, STEPS * SIZE), new Ids(0, 0, 0));
        try (DeepRnn network = NetworkBuilder.of("gru:8", INPUTS).type(ElementType.F64).seed(2).build()) {
            Frames last = network.predict(padded, Readout.LAST_STEP);
            for (int b = 0; b < SIZE; b++) {
                try (CarriedState state = network.newState(1)) {
                    Frames alone = null;
                    for (int t = 0; t < lengths[b]; t++) {
                        int row = t * SIZE + b;
                        alone = network.predict(state, rows(row, row + 1));
                    }
                    assertEquals(alone, last.frames(b, 1), "sequence " + b);
                }
            }
        }
    }

    @Test
    void anInputThatIsNotFiniteIsNamedAndLeavesTheStateAsItWas() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            for (float wrong : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
                for (int at = 0; at < 2 * SIZE * INPUTS; at++) {
                    assertNamed(type, wrong, at);
                }
            }
        }
    }

    private static void assertNamed(ElementType type, float wrong, int at) {
        try (DeepRnn network = NetworkBuilder.of("gru:2x4", INPUTS).outputs(2).type(type).seed(1).build();
                CarriedState state = network.newState(SIZE);
                CarriedState undisturbed = network.newState(SIZE)) {
            network.predict(state, rows(0, SIZE));
            network.predict(undisturbed, rows(0, SIZE));
            float[] numbers = rows(SIZE, 3 * SIZE).toFloats();
            numbers[at] = wrong;
            int row = at / INPUTS;
            Exception e = assertThrows(
                    IllegalArgumentException.class, () -> network.predict(state, new Frames(INPUTS, numbers)));
            assertEquals(
                    "the input in row " + row + ", column " + at % INPUTS + " (step " + row / SIZE + " of sequence "
                            + row % SIZE + ", counted from 0) is " + wrong + "; expected a finite number",
                    e.getMessage());
            assertEquals(
                    network.predict(undisturbed, rows(SIZE, 2 * SIZE)), network.predict(state, rows(SIZE, 2 * SIZE)));
        }
    }

    @Test
    void anInputThatIsNotFiniteIsRefusedWhereverDataComesIn() {
        float[] numbers = INPUT.clone();
        numbers[3 * INPUTS + 1] = Float.NaN;
        Frames frames = new Frames(INPUTS, numbers);
        Batch batch = new Batch(SequenceLayout.of(STEPS, SIZE), frames, new Ids(new int[STEPS * SIZE]));
        try (DeepRnn network = NetworkBuilder.of("lstm:4", INPUTS).outputs(2).build();
                Trainer trainer = new Trainer(network, new Sgd(1), Clip.norm(1))) {
            for (Runnable wrong : new Runnable[] {
                () -> trainer.step(batch), () -> Evaluation.of(network, Task.nextToken(), List.of(batch)),
                () -> network.predict(batch, Readout.EVERY_STEP)}) {
                String message = assertThrows(IllegalArgumentException.class, wrong::run).getMessage();
                assertTrue(message.startsWith("the input in row 3, column 1 (step 1 of sequence 0,"), message);
            }
            trainer.step(batch()); // nothing is held, and no state was spoiled
        }
    }

    @Test
    void inputsThatAreNoWholeStepsAreRefused() {
        try (DeepRnn network = NetworkBuilder.of("gru:8", INPUTS).build();
                CarriedState state = network.newState(SIZE)) {
            for (int rows : new int[] {0, 2, 4}) {
                String message = assertThrows(
                        IllegalArgumentException.class, () -> network.predict(state, rows(0, rows))).getMessage();
                assertTrue(message.contains("not " + rows + " inputs"), message);
            }
        }
    }

    @Test
    void statesAndInputsOfOtherNetworksAreRefused() {
        try (DeepRnn network = NetworkBuilder.of("gru:8", INPUTS).build();
                DeepRnn other = NetworkBuilder.of("gru:8", INPUTS).build();
                CarriedState ofOther = other.newState(1);
                CarriedState state = network.newState(1)) {
            String message = assertThrows(
                    IllegalArgumentException.class, () -> network.predict(ofOther, rows(0, 1))).getMessage();
            assertTrue(message.contains("another network's"), message);
            message = assertThrows(
                    IllegalArgumentException.class, () -> network.predict(state, new Frames(3, 1, 2, 3))).getMessage();
            assertTrue(message.contains("inputs of 5 numbers, not of 3"), message);
        }
        String message = assertThrows(
                IllegalArgumentException.class, () -> NetworkBuilder.of("gru:8:residual", INPUTS).build()).getMessage();
        assertTrue(message.contains("a residual layer of 5 inputs needs as many outputs, not 8"), message);
    }

    @Test
    void theMapToTheOutputsMayBeOnesOwn(@TempDir Path temp) {
        PredictFactory deep =
                (parameters, name, inputs, outputs) -> new Mlp(parameters, name, Units.of(Activation.SIGMOID),
                        inputs, List.of(6, outputs), false);
        try (DeepRnn network = NetworkBuilder.of("gru:8", INPUTS).outputs(2, deep).seed(3).build();
                Trainer trainer = new Trainer(network, new Sgd(0.5), Clip.norm(1))) {
            for (float output : network.predict(batch(), Readout.EVERY_STEP).toFloats()) {
                assertTrue(output > 0 && output < 1, "sigmoids come out: " + output);
            }
            double before = Evaluation.of(network, Task.nextToken(), List.of(batch()));
            for (int i = 0; i < 5; i++) {
                trainer.step(batch());
            }
            assertTrue(Evaluation.of(network, Task.nextToken(), List.of(batch())) < before);
            assertTrue(assertThrows(IllegalStateException.class, () -> network.save(temp.resolve("m")))
                    .getMessage().contains("the map to the outputs of this network is user-defined and has no name"));
            assertTrue(Files.notExists(temp.resolve("m")));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"dots:6,5,4", "lstm:6:norm:projection=5/gru:5:norm"})
    void aNetworkWithoutAVocabularyIsSavedToo(String text, @TempDir Path temp) throws IOException {
        Path folder = temp.resolve("m");
        try (DeepRnn network = NetworkBuilder.of(text, INPUTS).outputs(2).seed(3).build()) {
            network.save(folder);
            try (DeepRnn loaded = DeepRnn.load(folder, WorkerPool.caller())) {
                assertEquals(network.spec(), loaded.spec());
                assertEquals(
                        network.predict(batch(), Readout.EVERY_STEP), loaded.predict(batch(), Readout.EVERY_STEP));
            }
            String message = assertThrows(IOException.class, () -> LanguageModel.load(folder)).getMessage();
            assertTrue(message.contains("model.json") && message.contains("vocabulary"), message);
        }
    }

    @Test
    void tiedOutputsHaveOneSizeAlone() {
        NetworkBuilder tied = NetworkBuilder.of("embedding:8/gru:8/tied", 11).outputs(12);
        String message = assertThrows(IllegalArgumentException.class, tied::build).getMessage();
        assertTrue(message.contains("tied outputs need") && message.contains("12"), message);
    }

    @Test
    void aBareNetworkGivesTheOutputsOfItsTopLayerAndIsSavedAsSuch(@TempDir Path folder) throws IOException {
        try (DeepRnn network = NetworkBuilder.of("gru:6", INPUTS).outputs(6).seed(3).build();
                DeepRnn bare = NetworkBuilder.of("gru:6/bare", INPUTS).seed(4).build();
                CarriedState state = bare.newState(batch().layout().batch())) {
            assertEquals(6, bare.outputs());
            bare.parameters().copyFrom(network.parameters(), "layer0");
            Frames top = bare.predict(batch(), Readout.LAST_STEP);
            try (Pass pass = bare.inference("a test", state)) {
                pass.run(batch(), Readout.LAST_STEP);
                pass.keep();
                assertEquals(Frames.copyOf(state.on(pass.tape()).getFirst().hidden().value()), top);
            }
            bare.save(folder);
            try (DeepRnn loaded = DeepRnn.load(folder, WorkerPool.caller())) {
                assertEquals(bare.spec(), loaded.spec());
                assertEquals(top, loaded.predict(batch(), Readout.LAST_STEP));
            }
            NetworkBuilder wrong = NetworkBuilder.of("gru:6/bare", INPUTS).outputs(7);
            String message = assertThrows(IllegalArgumentException.class, wrong::build).getMessage();
            assertTrue(message.contains("the outputs of its top layer, 6, not 7; leave bare out"), message);
        }
    }
}
