package dev.unroll.rnn.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.io.Safetensors;
import dev.unroll.rnn.io.TensorInfo;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.text.Normalization;
import dev.unroll.rnn.text.Tokenizer;
import dev.unroll.rnn.text.Tokens;
import dev.unroll.rnn.text.Vocabulary;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LanguageModelTest {
    private static final Vocabulary VOCABULARY = Vocabulary.of(Tokenizer.CHARS, Normalization.RAW, "abcdefg ");
    private static final String TEXT = "bad cafe faded; ".replace(';', ' ').repeat(40);

    private static LanguageModel model(String cell) {
        int size = VOCABULARY.size();
        return new LanguageModel(
                NetworkBuilder.of(cell + ":2x19", size).seed(3).build(), VOCABULARY);
    }

    private static float[] values(LanguageModel model) {
        return model.network().parameters().values().toFloats();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rnn", "gru", "lstm"})
    void aSavedModelComesBackWithTheSameBits(String cell, @TempDir Path temp) throws IOException {
        Path folder = temp.resolve("m");
        try (LanguageModel model = model(cell)) {
            model.save(folder);
            model.save(folder); // a second time, over the first
            try (LanguageModel loaded = LanguageModel.load(folder)) {
                assertEquals(model.network().spec(), loaded.network().spec());
                assertEquals(model.vocabulary(), loaded.vocabulary());
                assertArrayEquals(values(model), values(loaded));
                assertEquals(model.sample("bad ", 30), loaded.sample("bad ", 30));
            }
        }
    }

    @Test
    void aDamagedModelIsRefusedInOneLineThatNamesTheFile(@TempDir Path temp) throws IOException {
        Path folder = temp.resolve("m");
        try (LanguageModel model = model("lstm")) {
            model.save(folder);
        }
        Path numbers = folder.resolve("model.safetensors");
        Path description = folder.resolve("model.json");
        byte[] good = Files.readAllBytes(numbers);
        Files.write(numbers, Arrays.copyOf(good, good.length - 1));
        assertRefused(folder, "model.safetensors");
        Files.write(numbers, good);
        String json = Files.readString(description);
        for (String damage : List.of("", "{", json.replace("lstm", "gpt"), json.replace("2x19", "2x20"),
                json.replace("2x19", "0x19"), json.replace("\"inputs\"", "\"input\""))) {
            Files.writeString(description, damage);
            assertRefused(folder, "model.");
        }
        Files.delete(description);
        LanguageModel.load(folder).close(); // the numbers say themselves what they are
        Files.delete(numbers);
        assertThrows(NoSuchFileException.class, () -> LanguageModel.load(folder));
        assertThrows(NoSuchFileException.class, () -> LanguageModel.load(temp.resolve("none")));
    }

    /** Sizes that no memory has: who built the network before looking at the numbers would say so. */
    @Test
    void aNetworkWhoseNumbersTheFileHasNotIsRefusedBeforeItsMemoryIsTaken(@TempDir Path temp) throws IOException {
        Path folder = temp.resolve("m");
        try (LanguageModel model = model("lstm")) {
            model.save(folder);
        }
        Path description = folder.resolve("model.json");
        String json = Files.readString(description);
        for (String model : List.of("lstm:16000000", "lstm:2x16000000", "mlp:16000000,16000000", "lstm:1000x16000000",
                "lstm:2x19/mlp:19", "lstm:19", "lstm:2x20", "gru:2x19", "lstm:2x19:gates=16000000")) {
            Files.writeString(description, json.replace("lstm:2x19", model));
            assertRefused(folder, "model.safetensors: ");
        }
        Files.writeString(description, json.replace("F32", "F64"));
        assertRefused(folder, "model.safetensors: expected F64");
        Files.writeString(description, json.replace("lstm:2x19", "mlp:9" + ",9".repeat(10_000)));
        assertRefused(folder, "model.json: the sizes of all layers must be from 1 to 10000, not 10001");
        Files.writeString(description, json.replace("lstm:2x19", "lstm:1000x9/".repeat(20_000)));
        assertRefused(folder, "model.json: layers must be from 1 to 1000");
        Files.writeString(description, json.replace("lstm:2x19", "rnn:9/".repeat(50_000)));
        assertRefused(folder, "model.json: a description of 300000 characters is longer than");
    }

    @Test
    void numbersThatAreNotFiniteAreNeitherSavedNorLoaded(@TempDir Path temp) throws IOException {
        Path folder = temp.resolve("m");
        try (LanguageModel model = model("rnn")) {
            model.save(folder);
            byte[] good = Files.readAllBytes(folder.resolve("model.safetensors"));
            model.network().parameters().list().getLast().write(values -> values.set(0, 0, Double.NaN));
            Exception e = assertThrows(ArithmeticException.class, () -> model.save(folder));
            assertTrue(e.getMessage().contains("the values of output.bias are not finite"), e.getMessage());
            assertArrayEquals(good, Files.readAllBytes(folder.resolve("model.safetensors")), "the good one stays");
            SequencedMap<TensorInfo, MemorySegment> tensors = new LinkedHashMap<>();
            for (Parameter p : model.network().parameters().list()) {
                float[] numbers = p.value().toFloats();
                tensors.put(new TensorInfo(p.name(), ElementType.F32, p.shape()), MemorySegment.ofArray(numbers));
            }
            try (FileChannel channel = FileChannel.open(
                    folder.resolve("model.safetensors"), StandardOpenOption.WRITE,
                    StandardOpenOption.TRUNCATE_EXISTING)) {
                Safetensors.write(channel, Map.of(), tensors);
            }
        }
        Path description = folder.resolve("model.json"); // as other programs write it: without a digest
        Files.writeString(description, Files.readString(description).replaceAll(",\\s*\"sha256\": \"\\w+\"", ""));
        assertRefused(folder, folder.resolve("model.safetensors")
                + ": the tensor output.bias holds numbers that are not finite; take another copy of the model");
    }

    @Test
    void factsStayWithTheModelFromSaveToSave(@TempDir Path temp) throws IOException {
        Map<String, Object> facts = Map.of("labels", List.of("a", "b"), "scale", 0.25, "source", Map.of("rows", 3L));
        try (LanguageModel model = model("gru")) {
            model.network().metadata(facts);
            assertThrows(IllegalArgumentException.class, () -> model.network().metadata(Map.of("x", Double.NaN)));
            model.save(temp.resolve("a"));
        }
        try (LanguageModel loaded = LanguageModel.load(temp.resolve("a"))) {
            assertEquals(facts, loaded.network().metadata());
            loaded.network().save(temp.resolve("b"));
        }
        try (DeepRnn network = DeepRnn.load(temp.resolve("b"), WorkerPool.caller())) {
            assertEquals(facts, network.metadata());
        }
    }

    /** The same network says under the rule RAW what it has to say under EOS: there the ends of lines are spelled. */
    @Test
    void aPrefixIsContinuedWithinItsLineUnlessItEndsIt() {
        Vocabulary vocabulary =
                Vocabulary.of(Tokenizer.WORDS, Normalization.EOS, "the cat sat\nthe dog ran\nso it goes\n");
        Vocabulary spelled = new Vocabulary(Tokenizer.WORDS, Normalization.RAW, vocabulary.tokens());
        try (LanguageModel model =
                new LanguageModel(NetworkBuilder.rnn(vocabulary.size(), 19, 1).seed(3).build(), vocabulary);
                LanguageModel reference =
                        new LanguageModel(NetworkBuilder.rnn(vocabulary.size(), 19, 1).seed(3).build(), spelled)) {
            assertEquals(reference.sample("the cat", 30, 0.01, 5), model.sample("the cat", 30, 0.01, 5));
            assertEquals(reference.sample("the cat <eos>", 30, 0.01, 5), model.sample("the cat\n", 30, 0.01, 5));
            assertNotEquals(model.sample("the cat\n", 30, 0.01, 5), model.sample("the cat", 30, 0.01, 5));
        }
    }

    @Tag("full")
    @Test
    void aVocabularyOfMoreThanHalfAMillionWordsIsSavedAndLoaded(@TempDir Path temp) throws IOException {
        List<String> words = new ArrayList<>(List.of(Vocabulary.UNKNOWN));
        for (int i = 0; i < 530_000; i++) {
            words.add("word" + i);
        }
        Vocabulary vocabulary = new Vocabulary(Tokenizer.WORDS, Normalization.RAW, words);
        try (LanguageModel model = new LanguageModel(NetworkBuilder.rnn(words.size(), 1, 1).build(), vocabulary)) {
            model.requireSavable(temp.resolve("m"));
            model.save(temp.resolve("m"));
        }
        try (LanguageModel loaded = LanguageModel.load(temp.resolve("m"))) {
            assertEquals(vocabulary, loaded.vocabulary());
        }
    }

    @Test
    void whatCouldNotBeLoadedIsNotSavedAndLeavesWhatIsThere(@TempDir Path temp) throws IOException {
        Path folder = temp.resolve("m");
        for (double wrong : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            try (LanguageModel model = model("rnn")) {
                float[] good = values(model);
                model.save(folder);
                model.network().parameters().list().getLast().write(values -> values.set(0, 3, wrong));
                String message = assertThrows(ArithmeticException.class, () -> model.save(folder)).getMessage();
                assertEquals(
                        "the values of output.bias are not finite; the model is not saved, since it could not be loaded;"
                                + " train it again with a lower rate",
                        message);
                try (LanguageModel loaded = LanguageModel.load(folder)) {
                    assertArrayEquals(good, values(loaded));
                }
            }
        }
    }

    @Test
    void anyFiniteNumberIsSavedAndLoaded(@TempDir Path temp) throws IOException {
        Path folder = temp.resolve("m");
        try (DeepRnn network = NetworkBuilder.of("rnn:5", 3).type(ElementType.F64).build()) {
            network.parameters().list().getFirst().write(values -> {
                values.set(0, 0, Double.MAX_VALUE);
                values.set(1, 2, -1e160);
            });
            network.save(folder);
            try (DeepRnn loaded = DeepRnn.load(folder, WorkerPool.caller())) {
                assertArrayEquals(network.parameters().values().toDoubles(), loaded.parameters().values().toDoubles());
            }
        }
    }

    /** The bias of one token makes its logit, the others are what they are. */
    @Test
    void aTokenIsNotSampledFromLogitsThatAreNoNumbers() {
        for (int id = 0; id < VOCABULARY.size(); id++) {
            for (double wrong : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
                int token = id;
                try (LanguageModel model = model("gru")) {
                    model.network().parameters().list().getLast().write(values -> values.set(0, token, wrong));
                    String expected = "no token can be sampled: the logit of id " + id + " is " + wrong
                            + "; look whether the model's parameters are finite";
                    Exception e = assertThrows(ArithmeticException.class, () -> model.sample("bad ", 3));
                    assertEquals(expected, e.getMessage());
                    e = assertThrows(ArithmeticException.class, () -> model.sample("bad ", 3, 0.5, 1));
                    assertEquals(expected, e.getMessage());
                }
            }
        }
    }

    @Test
    void aTokenWhoseLogitIsMinusInfinityIsNeverSampledAndWithoutOthersNoneIs() {
        try (LanguageModel model = model("gru")) {
            Parameter bias = model.network().parameters().list().getLast();
            bias.write(values -> {
                for (int id = 0; id < values.columns(); id++) {
                    values.set(0, id, Double.NEGATIVE_INFINITY);
                }
            });
            for (boolean drawn : new boolean[] {false, true}) {
                Exception e = assertThrows(
                        ArithmeticException.class,
                        () -> {
                            var _ = drawn ? model.sample("bad ", 3, 1, 1) : model.sample("bad ", 3);
                        });
                assertTrue(e.getMessage().contains("every logit is -Infinity"), e.getMessage());
            }
            bias.write(values -> values.set(0, VOCABULARY.encode("c")[0], 0));
            assertEquals("ccc", model.sample("bad ", 3));
            assertEquals("ccc", model.sample("bad ", 3, 2, 1));
        }
    }

    private static void assertRefused(Path folder, String file) {
        Exception e = assertThrows(IOException.class, () -> LanguageModel.load(folder));
        assertTrue(e.getMessage().contains(file) && e.getMessage().lines().count() == 1, e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"rnn", "gru", "lstm"})
    void stepsStreamedOneByOneEqualOneCallBitForBit(String cell) {
        int[] ids = VOCABULARY.encode(TEXT.substring(0, 23));
        try (LanguageModel model = model(cell);
                CarriedState whole = model.network().newState(1);
                CarriedState stream = model.network().newState(1)) {
            float[] logits = run(model, ids, whole);
            for (int t = 0; t < ids.length; t++) {
                float[] step = run(model, new int[] {ids[t]}, stream);
                int v = VOCABULARY.size();
                assertArrayEquals(Arrays.copyOfRange(logits, t * v, (t + 1) * v), step, "step " + t);
            }
        }
    }

    private static float[] run(LanguageModel model, int[] ids, CarriedState state) {
        try (Pass pass = model.network().inference("a test", state)) {
            Variable logits = pass.run(new Ids(ids), SequenceLayout.of(ids.length, 1), Readout.EVERY_STEP);
            pass.keep();
            return logits.value().toFloats();
        }
    }

    @Test
    void thePerplexityIsThatOfEveryTokenGivenAllBefore() {
        int[] ids = VOCABULARY.encode(TEXT); // longer than one window of the evaluation
        try (LanguageModel model = model("gru");
                CarriedState stream = model.network().newState(1)) {
            double sum = 0;
            for (int t = 0; t < ids.length - 1; t++) {
                float[] logits = run(model, new int[] {ids[t]}, stream);
                double all = 0;
                for (float logit : logits) {
                    all += Math.exp(logit);
                }
                sum += Math.log(all) - logits[ids[t + 1]];
            }
            // Each loss is rounded to f32, 2^-24 of about 2 nats; their mean is no worse.
            assertEquals(Math.exp(sum / (ids.length - 1)), model.perplexity(new Tokens(ids)), 1e-5);
            Tokens half = new Tokens(Arrays.copyOf(ids, 300));
            assertEquals(model.perplexity(half), model.perplexity(List.of(half, half, half)), 1e-6);
        }
    }

    @Test
    void drawsFollowTheirSeedAndTheTemperature() {
        try (LanguageModel model = model("lstm")) {
            assertEquals(model.sample("a", 40, 1, 5), model.sample("a", 40, 1, 5));
            assertTrue(!model.sample("a", 40, 1, 5).equals(model.sample("a", 40, 1, 6)), "another seed, other draws");
            assertEquals(model.sample("a", 40), model.sample("a", 40, 1e-9, 5), "cold draws take the likeliest");
        }
    }

    @Test
    void wrongArgumentsAreRefused() {
        try (LanguageModel model = model("rnn")) {
            assertThrows(IllegalArgumentException.class, () -> model.sample("", 5));
            assertThrows(IllegalArgumentException.class, () -> model.sample("a", -1));
            assertThrows(IllegalArgumentException.class, () -> model.sample("xyz", 5));
            assertThrows(IllegalArgumentException.class, () -> model.sample("a", 5, 0, 1));
            assertThrows(IllegalArgumentException.class, () -> model.sample("a", 5, Double.NaN, 1));
            assertThrows(IllegalArgumentException.class, () -> model.perplexity(new Tokens(1)));
            assertThrows(IllegalArgumentException.class, () -> model.perplexity(List.of()));
        }
        assertThrows(IllegalArgumentException.class, () -> NetworkBuilder.lstm(5, 0, 1));
        try (DeepRnn other = NetworkBuilder.lstm(5, 4, 1).pool(WorkerPool.caller()).build()) {
            assertThrows(IllegalArgumentException.class, () -> new LanguageModel(other, VOCABULARY));
        }
    }

    @Test
    void aModelLargerThanItsMemoryIsRefusedWithTheRemedy() {
        Exception e = assertThrows(
                IllegalStateException.class,
                () -> NetworkBuilder.lstm(100, 1_000, 2).memoryLimit(1 << 20).build());
        assertTrue(e.getMessage().contains("exceed its limit of 1048576 bytes"), e.getMessage());
    }
}
