package dev.unroll.bench.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.model.Pass;
import dev.unroll.rnn.model.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code unroll info --model}: what a description of a network means. */
@ResourceLock(Resources.SYSTEM_OUT)
@ResourceLock(Resources.SYSTEM_ERR)
class InfoTest {
    @TempDir
    private Path temp;

    /** The sizes of Pascanu et al. 2014, with the counts that follow from their equations. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "88 | rnn:600 | 465600",
        "88 | dts:400,400 | 585600",
        "88 | dots:400,400,400 | 745600",
        "88 | srnn:2x400 | 550400",
        "88 | rnn:200 | 75200",
        "88 | srnn:2x600 | 1185600",
        "50 | rnn:600 | 420000",
        "50 | dts:400,400 | 540000",
        "50 | dots:400,400,600 | 790000",
        "50 | srnn:2x400 | 520000",
        "10000 | rnn:200 | 4040000",
        "10000 | dts:200,200 | 6120000",
        "10000 | dots:200,200,200 | 6160000",
        "10000 | srnn:2x400 | 8480000"})
    void theNetworksOfThePaperHaveItsCountsOfWeights(String inputs, String model, long weights) throws IOException {
        Path json = temp.resolve("info.json");
        Call info = Call.of("info", "--model", model, "--inputs", inputs, "--json", json.toString());
        assertEquals(0, info.code(), info.err());
        assertEquals(weights, new ObjectMapper().readTree(json.toFile()).get("weights").asLong());
        assertTrue(info.out().contains(String.format(Locale.ROOT, "%,d%n", weights)), info.out());
    }

    @Test
    void layersComeWithTheirShapes() throws IOException {
        Path json = temp.resolve("info.json");
        Path file = Files.writeString(temp.resolve("net.txt"), "lstm:3  # the bottom one\ngru:4\n");
        Call info = Call.of(
                "info", "--model", file.toString(), "--inputs", "5", "--outputs", "2", "--json", json.toString());
        assertEquals(0, info.code(), info.err());
        JsonNode results = new ObjectMapper().readTree(json.toFile());
        assertEquals("lstm:3/gru:4", results.get("model").asText());
        assertEquals("[5,12]", results.get("tensors").get(0).get("shape").toString());
        assertEquals("output.bias", results.get("tensors").get(8).get("name").asText());
        assertEquals(5 * 12 + 3 * 12 + 3 * 12 + 4 * 12 + 4 * 2, results.get("weights").asLong());
        assertEquals(results.get("weights").asLong() + 12 + 12 + 4 + 2, results.get("parameters").asLong());
    }

    /** Of an LSTM over one-hot letters the rows of 4n gates are selected; an embedding is, too, unless it is tied. */
    @ParameterizedTest
    @CsvSource({"lstm:3, 2 * 5 * 12 + 2 * 3 * 12 + 2 * 3 * 5", "embedding:3/lstm:3, 4 * 3 * 12 + 2 * 3 * 5",
        "embedding:3/lstm:3/tied, 4 * 3 * 12 + 2 * 3 * 5"})
    void productsAreCountedPerStep(String model, String expected) throws IOException {
        Path json = temp.resolve("info.json");
        Call info = Call.of("info", "--model", model, "--inputs", "5", "--json", json.toString());
        assertEquals(0, info.code(), info.err());
        long sum = Arrays.stream(expected.split(" \\+ "))
                .mapToLong(product -> Arrays.stream(product.split(" \\* "))
                        .mapToLong(Long::parseLong).reduce(1, (a, b) -> a * b))
                .sum();
        assertEquals(sum, new ObjectMapper().readTree(json.toFile()).get("flops_per_step").asLong());
    }

    /** The gradient of an input is not computed, and of one-hot inputs rows are selected. */
    @ParameterizedTest
    @CsvSource({"rnn:3, 2 * (15 + 9 + 15), 6 * (9 + 15)", "rnn:3:bidirectional, 2 * (30 + 18 + 30), 6 * (18 + 30)",
        "'mlp:3,4:shortcuts', 2 * (15 + 12 + 20 + 20), 6 * (12 + 20)"})
    void trainingAndOneHotInputsAreCountedToo(String model, String all, String ofIds) {
        Call info = Call.of("info", "--model", model, "--inputs", "5");
        assertTrue(info.out().contains("step:       " + product(all) + " floating"), info.out());
        assertTrue(info.out().contains(", " + product(ofIds) + " in training\n"), info.out());
    }

    /** A product with a sum in parentheses. */
    private static long product(String text) {
        String[] parts = text.split(" \\* \\(|\\)");
        return Long.parseLong(parts[0]) * Arrays.stream(parts[1].split(" \\+ ")).mapToLong(Long::parseLong).sum();
    }

    /** Against a step of that size, whose tensors do not fill the chunks of its workspace. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "embedding:8/gru:2x16 | 20 | 400 | 8", "lstm:32:dropout=0.2:variational | 20 | 2000 | 1",
        "dts:12,7 | 9 | 300 | 10", "lstm:16:bidirectional | 30 | 200 | 4"})
    void theMemoryOfAStepIsWhatItTakes(String model, int inputs, int steps, int batch) throws IOException {
        Path json = temp.resolve("info.json");
        Call info = Call.of("info", "--model", model, "--inputs", "" + inputs, "--steps", "" + steps, "--batch",
                "" + batch, "--json", json.toString());
        assertEquals(0, info.code(), info.err());
        JsonNode results = new ObjectMapper().readTree(json.toFile());
        long training = results.get("bytes_training_step").asLong();
        long inference = results.get("bytes_inference").asLong();
        assertTrue(info.out().contains(
                String.format(Locale.ROOT, "training step:           %,d bytes of activations%n", training)),
                info.out());
        Batch zeros = Batch.ofTokens(steps, batch, new int[steps * batch], new int[steps * batch]);
        try (DeepRnn network = NetworkBuilder.of(model, inputs).build(); CarriedState state = network.newState(batch)) {
            try (Pass pass = network.recording("a step", state)) {
                pass.tape().training(1, 1);
                Task task = Task.nextToken();
                pass.backward(task.loss(pass.tape(), pass.run(zeros, task.readout()), zeros), 1);
                assertEquals(pass.tape().bytes(), training, 0.1 * training);
            }
            try (Pass pass = network.inference("a pass", state)) {
                pass.run(zeros, Task.nextToken().readout());
                assertEquals(pass.tape().bytes(), inference, 0.1 * inference);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"auto, 100", "250, 250"})
    void recomputationTakesASegmentAndTheStatesBetweenSegments(String value, int segment) throws IOException {
        Path json = temp.resolve("info.json");
        Call info = Call.of("info", "--model", "lstm:8", "--inputs", "6", "--frames", "--steps", "10000", "--batch",
                "2", "--recompute", value, "--json", json.toString());
        assertEquals(0, info.code(), info.err());
        JsonNode results = new ObjectMapper().readTree(json.toFile());
        double whole = results.get("bytes_training_step").asDouble();
        int states = (10_000 / segment + 1) * 2 * 16 * 4;
        assertEquals(whole * segment / 10_000 + states, results.get("bytes_recomputing_step").asDouble(), 1000);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "info --model lstm:8 --inputs 8 --batch 2 | go with --steps",
        "info --model lstm:8 --inputs 8 --steps 0 | steps must be at least 1, not 0",
        "info --model lstm:8 --inputs 8 --steps 9 --recompute 0 | expected auto or a number of steps",
        "info --model lstm:8:bidirectional --inputs 8 --steps 9 --recompute 3 | looks ahead",
        "info --model lstm:8 | needs --inputs",
        "info --inputs 8 | go with --model",
        "info --model lstm --inputs 8 | expected kind:sizes",
        "info --model lstm:0 --inputs 8 | must be from 1",
        "info --model fish:8 --inputs 8 | kind fish is not known",
        "info --model lstm:8:tail --inputs 8 | option tail is not known",
        "info --model gru:8/tied --inputs 8 | tied outputs need an embedding",
        "info --model lstm:8 --inputs 0 | inputs must be from 1"})
    void aDescriptionThatIsNoneIsExplainedWithCode2(String line, String part) {
        Call.of(line.split(" ")).assertFailed(2, part);
    }
}
