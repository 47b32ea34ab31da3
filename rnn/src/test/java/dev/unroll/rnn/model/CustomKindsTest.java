package dev.unroll.rnn.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.init.Initializer;
import dev.unroll.rnn.io.MalformedFileException;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.operator.LayerFactory;
import dev.unroll.rnn.operator.Linear;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.optim.Adam;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.pytorch.PyTorchCheckpoint;
import dev.unroll.rnn.spec.Kinds;
import dev.unroll.rnn.spec.LayerKind;
import dev.unroll.rnn.spec.LayerSpec;
import dev.unroll.rnn.spec.MissingKindException;
import dev.unroll.rnn.text.Normalization;
import dev.unroll.rnn.text.Tokenizer;
import dev.unroll.rnn.text.Tokens;
import dev.unroll.rnn.text.Vocabulary;
import dev.unroll.rnn.train.Checkpoints;
import dev.unroll.rnn.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Networks with user-defined layers, output maps and losses do all that built-in ones do. */
class CustomKindsTest {
    private static final int INPUTS = 5;
    private static final Tokens TEXT = text();

    @TempDir
    Path temp;

    private static Tokens text() {
        Random random = new Random(3);
        return new Tokens(random.ints(200, 0, INPUTS).toArray());
    }

    private static float[] predict(DeepRnn network) {
        float[] frames = new float[4 * 2 * INPUTS];
        Random random = new Random(4);
        for (int i = 0; i < frames.length; i++) {
            frames[i] = random.nextFloat();
        }
        return network.predict(new Frames(INPUTS, frames), SequenceLayout.of(4, 2), Readout.EVERY_STEP).toFloats();
    }

    @ParameterizedTest
    @ValueSource(strings = {"acme.gentle:2x6", "acme.gentle:6:bidirectional=concat:learned/acme.twice/mlp:4",
        "gru:4/acme.gentle:4:residual:first=0.5:plain/acme.bent", "acme.twice/acme.gentle:3/acme.bent:f=sigmoid",
        "acme.gentle:3/bare"})
    void aNetworkIsSavedAndLoaded(String text) throws IOException {
        Path folder = temp.resolve("m");
        try (DeepRnn network = NetworkBuilder.of(text, INPUTS, Acme.KINDS).seed(1).build()) {
            assertEquals(text, network.spec().text());
            network.requireSavable(folder);
            network.save(folder);
            assertTrue(Files.readString(folder.resolve("model.json")).contains(text));
            try (DeepRnn loaded = DeepRnn.load(folder, WorkerPool.caller(), Acme.KINDS)) {
                assertEquals(network.spec(), loaded.spec());
                assertArrayEquals(predict(network), predict(loaded));
            }
        }
        String message = assertThrows(
                MissingKindException.class, () -> DeepRnn.load(folder, WorkerPool.caller())).getMessage();
        assertTrue(message.contains("acme.") && message.contains("pass the Kinds to load"), message);
        assertTrue(message.length() <= Shown.MAX_MESSAGE, message);
        MissingKindException fault = assertThrows(MissingKindException.class, () -> DeepRnn.load(
                folder, WorkerPool.caller(), Kinds.builtIn().withLayer("other.layer", _ -> (_, _, _) -> null)));
        assertTrue(fault.getMessage().contains("[other.layer]"), fault.getMessage());
        assertTrue(text.contains(fault.kind()), fault.kind());
    }

    @Test
    void aLongPathLeavesRoomForWhatToDo() throws IOException {
        Path folder = temp.resolve("a".repeat(200)).resolve("b".repeat(200));
        try (DeepRnn network = NetworkBuilder.of("acme.gentle:4", INPUTS, Acme.KINDS).build()) {
            network.save(folder);
        }
        String message = assertThrows(
                MissingKindException.class, () -> DeepRnn.load(folder, WorkerPool.caller())).getMessage();
        assertTrue(message.length() <= Shown.MAX_MESSAGE, message);
        assertTrue(message.contains("acme.gentle") && message.contains("pass the Kinds to load"), message);
    }

    /** Layers and maps that are made one by one have descriptions too. */
    @Test
    void layersOfATableAndBuiltInOnesAreMixed() throws IOException {
        Path folder = temp.resolve("m");
        try (DeepRnn network = NetworkBuilder.of(
                INPUTS, Acme.KINDS.layer("acme.gentle:4"), LayerSpec.of(LayerKind.GRU, 3))
                .outputs(2, Acme.KINDS.output("acme.bent"))
                .build()) {
            assertEquals("acme.gentle:4/gru:3/acme.bent, 5 inputs, 2 outputs", network.spec().toString());
            network.save(folder);
            try (DeepRnn loaded = DeepRnn.load(folder, WorkerPool.caller(), Acme.KINDS)) {
                assertArrayEquals(predict(network), predict(loaded));
            }
        }
        LayerFactory nameless = LayerSpec.of(LayerKind.GRU, 3)::build;
        try (DeepRnn network = NetworkBuilder.of(INPUTS, nameless).build()) {
            String message = assertThrows(IllegalStateException.class, network::spec).getMessage();
            assertTrue(message.contains("layer 0") && message.contains("Kinds.withLayer"), message);
        }
    }

    @Test
    void aFactoryOfOtherParametersIsRefused() throws IOException {
        Path folder = temp.resolve("m");
        Kinds there = dense("weight");
        try (DeepRnn network = NetworkBuilder.of("rnn:4/acme.dense:3", INPUTS, there).build()) {
            network.save(folder);
        }
        DeepRnn.load(folder, WorkerPool.caller(), there).close();
        String message = assertThrows(MalformedFileException.class,
                () -> DeepRnn.load(folder, WorkerPool.caller(), dense("other"))).getMessage();
        assertTrue(message.contains("there is no tensor \"layer1.other.weight\""), message);
    }

    private static Kinds dense(String parameter) {
        return Kinds.builtIn().withLayer("acme.dense", arguments -> {
            int size = arguments.size();
            return (parameters, name, inputs) -> {
                new Linear(parameters, name + "." + parameter, inputs, size, Initializer.uniformByUnits(size));
                return Acme.KINDS.layer("acme.twice").build(parameters, name, inputs);
            };
        });
    }

    @Test
    void aLanguageModelIsSavedAndLoaded() throws IOException {
        Path folder = temp.resolve("m");
        Vocabulary vocabulary = Vocabulary.of(Tokenizer.CHARS, Normalization.RAW, "abcde");
        DeepRnn network =
                NetworkBuilder.of("embedding:4/acme.gentle:6/acme.bent", vocabulary.size(), Acme.KINDS).build();
        try (LanguageModel model = new LanguageModel(network, vocabulary)) {
            model.save(folder);
            assertThrows(MissingKindException.class, () -> LanguageModel.load(folder));
            try (LanguageModel loaded = LanguageModel.load(folder, WorkerPool.caller(), Acme.KINDS)) {
                assertEquals(model.sample("abc", 20), loaded.sample("abc", 20));
            }
        }
    }

    @Test
    void aSessionRunsIt() {
        try (DeepRnn network = NetworkBuilder.of("acme.gentle:4/acme.bent", 1, Acme.KINDS).build();
                CarriedState state = network.newState(1);
                Session session = network.session().open()) {
            for (int step = 0; step < 5; step++) {
                float[] output = new float[1];
                session.step(new float[] {step}).copyTo(output);
                assertArrayEquals(network.predict(state, new Frames(1, (float) step)).toFloats(), output);
            }
        }
    }

    @Test
    void pyTorchHasNoModuleForIt() {
        for (String text : new String[] {"acme.gentle:4", "gru:4/acme.bent"}) {
            try (DeepRnn network = NetworkBuilder.of(text, INPUTS, Acme.KINDS).build()) {
                String message = assertThrows(IllegalArgumentException.class,
                        () -> PyTorchCheckpoint.write(network, temp.resolve("p"))).getMessage();
                assertTrue(message.contains("user-defined") && message.contains("acme."), message);
            }
        }
    }

    private static Loss scaled(double quantile) {
        return Loss.named("scaled(" + quantile + ")", (tape, outputs, targets, weights) -> tape.combine(
                quantile, tape.crossEntropy(outputs, targets, weights), 0, tape.zeros(1, 1)));
    }

    private float[] train(String text, Loss loss, Path folder, int epochs) throws IOException {
        try (DeepRnn network = NetworkBuilder.of(text, INPUTS, Acme.KINDS).seed(2).build();
                Trainer trainer = new Trainer(network, Task.everyStep(loss), new Adam(0.01), Clip.norm(1)).seed(3);
                Checkpoints checkpoints = Checkpoints.in(folder, trainer)) {
            checkpoints.resume();
            trainer.fit(epochs, _ -> TEXT.sequential(2, 7), checkpoints);
            return network.parameters().values().toFloats();
        }
    }

    @Test
    void aTrainingIsResumedWithTheSameBits() throws IOException {
        String text = "embedding:3/acme.gentle:4:dropout=0.2/acme.bent";
        float[] expected = train(text, scaled(0.9), temp.resolve("whole"), 3);
        train(text, scaled(0.9), temp.resolve("parts"), 1);
        assertArrayEquals(expected, train(text, scaled(0.9), temp.resolve("parts"), 3));
        assertRefused("network was", () -> train("embedding:3/acme.gentle:4/acme.bent", scaled(0.9),
                temp.resolve("parts"), 4));
    }

    @Test
    void aTrainingIsNotResumedWithAnotherLoss() throws IOException {
        Path folder = temp.resolve("c");
        train("gru:4", scaled(0.9), folder, 1);
        assertRefused("loss was scaled(0.9) and is scaled(0.5)", () -> train("gru:4", scaled(0.5), folder, 2));
        assertRefused("loss was scaled(0.9) and is cross-entropy",
                () -> train("gru:4", Loss.crossEntropy(), folder, 2));
        Loss nameless = scaled(0.9)::of;
        assertRefused("loss was scaled(0.9) and is unnamed", () -> train("gru:4", nameless, folder, 2));
        train("gru:4", scaled(0.9), folder, 2);
    }

    private static void assertRefused(String part, Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), message);
        assertTrue(message.length() <= Shown.MAX_MESSAGE, message);
    }

    @Test
    void lossesHaveNames() {
        assertEquals("cross-entropy", Task.nextToken().loss().name());
        assertEquals("bernoulli", Loss.bernoulli().name());
        assertEquals("squared error", Loss.squaredError().name());
        assertEquals("huber(0.5)", Loss.huber(0.5).name());
        assertFalse(Loss.huber(1).name().equals(Loss.huber(2).name()));
        assertThrows(IllegalArgumentException.class, () -> Loss.named(" ", Loss.bernoulli()));
    }
}
