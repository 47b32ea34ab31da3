package dev.unroll.bench.cli.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.unroll.bench.cli.Call;
import dev.unroll.bench.cli.Scales;
import dev.unroll.bench.dataset.Dataset;
import dev.unroll.bench.dataset.SharedData;
import dev.unroll.rnn.model.LanguageModel;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.text.Normalization;
import dev.unroll.rnn.text.Tokenizer;
import dev.unroll.rnn.text.Vocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Trainings of more than a text from the command line: music, held-out data, what was learned before. */
@ResourceLock(Resources.SYSTEM_OUT)
@ResourceLock(Resources.SYSTEM_ERR)
class TrainingTest {
    @TempDir
    private Path temp;

    private Path rolls;

    @BeforeEach
    void writeScales() throws IOException {
        rolls = Scales.write(temp.resolve("scales.mat"));
    }

    private static JsonNode results(Path json) throws IOException {
        return new ObjectMapper().readTree(json.toFile());
    }

    @Test
    void aModelOfMusicTrainsIsSavedAndEvaluated() throws IOException {
        Path json = temp.resolve("r.json");
        Path model = temp.resolve("model");
        Call train = Call.of(
                "train", "--data", rolls.toString(), "--model", "rnn:24:bias=false", "--epochs", "60", "--lr", "0.02",
                "--batch", "2", "--steps", "15", "--out", model.toString(), "--json", json.toString());
        assertEquals(0, train.code(), train.err());
        assertTrue(train.out().contains(" nats per frame on what was held out"), train.out());
        double valid = results(json).get("validation_nats_per_frame").asDouble();
        // 12 pairs of notes, guessed evenly without a thought to what sounded: 24 binary entropies of 1/12, 6.9 nats.
        assertTrue(valid < 2, "after 60 epochs: " + valid);
        assertEquals(results(json).get("model").asText(), "rnn:24:bias=false");

        Call eval = Call.of("eval", "--model", model.toString(), "--data", rolls.toString());
        assertEquals(0, eval.code(), eval.err());
        int frames = 20 + 27 + 34 + 41 + 48 + 55 - 6; // every frame but the first of each piece
        assertEquals(String.format(Locale.ROOT, "%.4f nats per frame over %d frames", valid, frames),
                eval.out().strip());
        Call test = Call.of("eval", "--model", model.toString(), "--data", rolls.toString(), "--split", "test");
        assertEquals(eval.out(), test.out(), "all splits of this file are the same");
    }

    @ParameterizedTest
    @CsvSource({"15, true", "4, false", "auto, false"})
    void recomputationIsOfLongerBatchesAlone(String steps, boolean same) throws IOException {
        byte[][] models = new byte[2][];
        String line = "train --data " + rolls + " --model gru:16:dropout=0.2 --epochs 2 --lr 0.1 --batch 2 --steps 15";
        for (int i = 0; i < 2; i++) {
            Path model = temp.resolve("model" + i);
            Call train = Call.of((line + " --out " + model + (i == 0 ? "" : " --recompute " + steps)).split(" "));
            assertEquals(0, train.code(), train.err());
            models[i] = Files.readAllBytes(model.resolve("model.safetensors"));
        }
        assertEquals(same, Arrays.equals(models[0], models[1]));
    }

    @Test
    void averagesAreWhatIsValidatedAndSavedAndTheTrainingIsTheSame() throws IOException {
        List<JsonNode> results = new ArrayList<>();
        for (String average : new String[] {"", " --average 0.95"}) {
            Path json = temp.resolve("r" + results.size() + ".json");
            Path model = temp.resolve("model" + results.size());
            String line = "train --data " + rolls + " --model rnn:16 --epochs 4 --lr 0.5 --batch 2 --steps 15 --seed 3"
                    + " --out " + model + " --json " + json + average;
            Call train = Call.of(line.split(" "));
            assertEquals(0, train.code(), train.err());
            results.add(results(json));
            Call eval = Call.of("eval", "--model", model.toString(), "--data", rolls.toString());
            assertTrue(eval.out().startsWith(String.format(
                    Locale.ROOT, "%.4f nats", results.getLast().get("validation_nats_per_frame").asDouble())),
                    eval.out());
        }
        assertEquals(results.getFirst().get("nats_per_frame_of_epochs"),
                results.getLast().get("nats_per_frame_of_epochs"));
        assertFalse(results.getFirst().get("validation_nats_per_frame")
                .equals(results.getLast().get("validation_nats_per_frame")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--tokens words | --tokens is of texts; leave it out",
        "--text letters | --text",
        "--prefix a | --prefix is of texts",
        "--batches random | --batches is of texts",
        "--data-dir d | is read from its own place; leave --data-dir out",
        "--max-tokens 5 | --max-tokens is of texts",
        "--valid some.txt | --valid is of texts"})
    void whatMusicDoesNotHeedIsRefused(String line, String part) {
        String[] options = line.split(" ");
        Call call = Call.of("train", "--data", rolls.toString(), options[0], options[1]);
        call.assertFailed(2, part);
    }

    @Test
    void publishedMusicIsTrainedOnAndEvaluatedByItsName() {
        SharedData.file(Dataset.JSB_CHORALES);
        String folder = SharedData.PATH.toString();
        String model = temp.resolve("model").toString();
        Call train = Call.of(
                "train", "--data", "jsb", "--data-dir", folder, "--hidden", "4", "--epochs", "1", "--out", model);
        assertEquals(0, train.code(), train.err());
        assertTrue(train.err().contains("on jsb, 229 pieces, 76 held out"), train.err());
        Call test = Call.of("eval", "--model", model, "--data", "jsb", "--data-dir", folder, "--split", "test");
        assertEquals(0, test.code(), test.err());
        assertTrue(test.out().endsWith(String.format("over 4,648 frames%n")), test.out());
    }

    @Test
    void publishedBooksAreOneTextAndMayGoWithFiles() throws IOException {
        SharedData.file(Dataset.TIME_MACHINE);
        SharedData.file(Dataset.WAR_OF_THE_WORLDS);
        String folder = SharedData.PATH.toString();
        String model = temp.resolve("model").toString();
        Path more = Files.writeString(temp.resolve("more.txt"), "une page \u00e9crite");
        Call train = Call.of(
                "train", "--data", "timemachine,warofworlds," + more, "--data-dir", folder, "--model", "rnn:2",
                "--batch",
                "500", "--epochs", "1", "--out", model);
        assertEquals(0, train.code(), train.err());
        assertTrue(train.err().contains("on timemachine, warofworlds, " + more), train.err());
        Call sample = Call.of("sample", "--model", model, "--prefix", "\u00e9[", "--length", "1");
        assertEquals(0, sample.code(), "characters of every file are known: " + sample.err());
        Call eval = Call.of("eval", "--model", model, "--data", "timemachine", "--data-dir", folder);
        assertEquals(0, eval.code(), eval.err());
        assertTrue(eval.out().endsWith(String.format("over 178,978 tokens%n")), eval.out());
    }

    @Test
    void modelsAndFilesThatDoNotFitAreNamed() throws IOException {
        Path text = Files.writeString(temp.resolve("t.txt"), "round and round and round it goes. ".repeat(40));
        Path model = temp.resolve("model");
        Call train = Call.of(
                "train", "--data", text.toString(), "--hidden", "8", "--epochs", "1", "--batch", "2", "--out",
                model.toString());
        assertEquals(0, train.code(), train.err());
        Call.of("eval", "--model", model.toString(), "--data", rolls.toString())
                .assertFailed(1, "but a frame has 88 notes");
        Call.of("eval", "--model", model.toString(), "--data", text.toString(), "--split", "test")
                .assertFailed(2, "--split is of piano-roll files");
        Path music = temp.resolve("music");
        Call.of("train", "--data", rolls.toString(), "--hidden", "8", "--epochs", "1", "--out", music.toString());
        Call.of("eval", "--model", music.toString(), "--data", text.toString())
                .assertFailed(1, "model.json", "vocabulary");
        Call.of("train", "--data", temp.resolve("none.mat").toString()).assertFailed(1, "none.mat", "no such file");
        assertFalse(Files.exists(temp.resolve("none.mat")));
    }

    @Test
    void aTextHeldOutChoosesTheEpoch() throws IOException {
        Path text = Files.writeString(temp.resolve("t.txt"), "round and round and round it goes. ".repeat(60));
        Path heldOut = Files.writeString(temp.resolve("v.txt"), "and it goes round and round. ".repeat(20));
        Path json = temp.resolve("r.json");
        Call train = Call.of(
                "train", "--data", text.toString(), "--valid", heldOut.toString(), "--model", "gru:16", "--optimizer",
                "adam", "--lr", "0.01", "--epochs", "5", "--batch", "4", "--json", json.toString());
        assertEquals(0, train.code(), train.err());
        double perplexity = results(json).get("validation_perplexity").asDouble();
        assertTrue(perplexity > 1 && perplexity < 14, "14 characters: " + perplexity);
        Files.writeString(heldOut, "a");
        Call.of("train", "--data", text.toString(), "--valid", heldOut.toString()).assertFailed(1, "at least 2");
        Files.writeString(heldOut, "ZZZ");
        Call.of("train", "--data", text.toString(), "--valid", heldOut.toString()).assertFailed(1, "character 'Z'");
    }

    /** Also with a rest that fills no batch: 1,027 tokens are 4 windows of 256 and 2 more. */
    @Test
    void whatAHeldOutTextGaveIsWhatEvalPrints() throws IOException {
        Path text = Files.writeString(temp.resolve("t.txt"), "round and round and round it goes. ".repeat(60));
        Path heldOut = Files.writeString(
                temp.resolve("v.txt"), ("and it goes round and round. ".repeat(36) + "round").substring(0, 1027));
        Path json = temp.resolve("r.json");
        Path model = temp.resolve("model");
        Call train = Call.of(
                "train", "--data", text.toString(), "--valid", heldOut.toString(), "--model", "gru:16", "--optimizer",
                "adam", "--lr", "0.01", "--epochs", "3", "--batch", "4", "--json", json.toString(), "--out",
                model.toString());
        assertEquals(0, train.code(), train.err());
        double perplexity = results(json).get("validation_perplexity").asDouble();
        Call eval = Call.of("eval", "--model", model.toString(), "--data", heldOut.toString());
        assertEquals(
                String.format(Locale.ROOT, "perplexity %.4f over 1,026 tokens", perplexity), eval.out().strip());
    }

    @Test
    void anInfinitePerplexityIsAnError() throws IOException {
        Path folder = temp.resolve("model");
        Vocabulary vocabulary = Vocabulary.of(Tokenizer.CHARS, Normalization.RAW, "ab");
        try (LanguageModel model = new LanguageModel(NetworkBuilder.rnn(vocabulary.size(), 4, 1).build(), vocabulary)) {
            model.network().parameters().list().getLast()
                    .write(values -> values.set(0, vocabulary.encode("a")[0], 1e5));
            model.save(folder);
        }
        Path text = Files.writeString(temp.resolve("t.txt"), "abababab");
        Call.of("eval", "--model", folder.toString(), "--data", text.toString())
                .assertFailed(1, "the perplexity is Infinity, which is no result");
    }

    /** Every target of the training is an a, which a step of such a rate makes all but certain. */
    @Test
    void aHeldOutTextOfInfinitePerplexityIsAnError() throws IOException {
        Path text = Files.writeString(temp.resolve("t.txt"), "b" + "a".repeat(400));
        Path heldOut = Files.writeString(temp.resolve("v.txt"), "ab".repeat(50));
        Path json = temp.resolve("r.json");
        Call call = Call.of(
                "train", "--data", text.toString(), "--valid", heldOut.toString(), "--model", "rnn:4", "--optimizer",
                "sgd", "--lr", "1e5", "--epochs", "1", "--batch", "2", "--steps", "10", "--json", json.toString());
        call.assertFailed(1, "epoch 1 has no finite perplexity: the mean loss of what was held out was");
        assertFalse(Files.exists(json) && Files.readString(json).contains("null"), "no result");
    }

    @Test
    void endsOfLinesArePredictedToo() throws IOException {
        Path text = Files.writeString(temp.resolve("t.txt"), " one two three \n four five \n".repeat(30));
        Path model = temp.resolve("model");
        Call train = Call.of(
                "train", "--data", text.toString(), "--tokens", "words", "--text", "eos", "--hidden", "8", "--epochs",
                "2",
                "--batch", "2", "--steps", "7", "--out", model.toString(), "--prefix", "one two three\nfour");
        assertEquals(0, train.code(), train.err());
        assertTrue(train.err().contains("7 words"), train.err()); // five, <eos> and <unk>
        Call eval = Call.of("eval", "--model", model.toString(), "--data", text.toString());
        assertTrue(eval.out().contains("over 209 tokens"), eval.out());
    }

    @Test
    void aNetworkThatSeesWhatItIsToPredictIsRefused() throws IOException {
        Call.of("train", "--data", rolls.toString(), "--model", "gru:8:bidirectional", "--epochs", "1")
                .assertFailed(1, "looks ahead");
        Path text = Files.writeString(temp.resolve("t.txt"), "round and round and round it goes. ".repeat(60));
        Call.of("train", "--data", text.toString(), "--model", "gru:8:bidirectional").assertFailed(1, "looks ahead");
    }

    @Test
    void whatWasLearnedIsTakenOver() throws IOException {
        Path text = Files.writeString(temp.resolve("t.txt"), "round and round and round it goes. ".repeat(60));
        Path rnn = temp.resolve("rnn");
        String[] options = {"--epochs", "2", "--batch", "4", "--steps", "10"};
        train(text, "rnn:16", options, "--out", rnn.toString());
        String from = rnn.toString();
        String out = train(text, "srnn:2x16", options, "--start-from", from, "--start-rate", "0");
        assertFalse(out.isBlank());
        fail(text, "lstm:16", from, 1, "whose lowest layer is not that of");
        Path other = Files.writeString(temp.resolve("o.txt"), "many more letters, but not those. ".repeat(60));
        fail(other, "srnn:2x16", from, 1, "has another vocabulary");
        fail(text, "srnn:2x16", temp.resolve("none").toString(), 1, "no saved model");
        Call.of("train", "--data", text.toString(), "--start-rate", "0.5").assertFailed(2, "goes with --start-from");
    }

    private static String train(Path text, String model, String[] options, String... more) {
        List<String> args = new ArrayList<>(List.of("train", "--data", text.toString(), "--model", model));
        args.addAll(List.of(options));
        args.addAll(List.of(more));
        Call call = Call.of(args.toArray(String[]::new));
        assertEquals(0, call.code(), call.err());
        return call.out();
    }

    private static void fail(Path text, String model, String from, int code, String part) {
        Call.of("train", "--data", text.toString(), "--model", model, "--start-from", from).assertFailed(code, part);
    }

    /** A rate of 1e30 makes the values infinite in the second epoch: the first one's are still there. */
    @Test
    void aTrainingThatDivergesLeavesItsBestEpoch() throws IOException {
        Path text = Files.writeString(temp.resolve("t.txt"), "round and round and round it goes. ".repeat(60));
        Path model = temp.resolve("model");
        Call call = Call.of(
                "train", "--data", text.toString(), "--model", "rnn:8:f=relu", "--optimizer", "sgd", "--lr", "1",
                "--schedule", "step:1e37:60", "--clip", "1e37", "--epochs", "50", "--batch", "4", "--steps", "10",
                "--out", model.toString());
        call.assertFailed(1, "training diverged", "; the model of epoch", "is saved in " + model);
        assertEquals(0, Call.of("eval", "--model", model.toString(), "--data", text.toString()).code());
    }
}
