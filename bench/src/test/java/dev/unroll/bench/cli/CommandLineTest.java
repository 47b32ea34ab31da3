package dev.unroll.bench.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands as a user calls them, in this process: what they print, what they write, how they fail. */
@ResourceLock(Resources.SYSTEM_OUT)
@ResourceLock(Resources.SYSTEM_ERR)
class CommandLineTest {
    private static final String TEXT = "one two three four five six seven eight nine ten, and over again; ".repeat(30);

    @TempDir
    private Path temp;

    private static Call call(String... args) {
        return Call.of(args);
    }

    private Path text(String content) throws IOException {
        return Files.writeString(temp.resolve("text.txt"), content);
    }

    private String train(Path text, Path model) {
        Call train = call(
                "train", "--data", text.toString(), "--hidden", "16", "--layers", "1", "--batch", "4", "--steps", "10",
                "--epochs", "2", "--lr", "1", "--out", model.toString());
        assertEquals(0, train.code(), train.err());
        return train.out();
    }

    @ParameterizedTest
    @ValueSource(strings = {"lstm", "gru", "rnn"})
    void everyCellTrainsSavesSamplesAndEvaluates(String cell) throws IOException {
        Path json = temp.resolve("r.json");
        Path model = temp.resolve("model");
        Call train = call(
                "train", "--data", text(TEXT).toString(), "--cell", cell, "--hidden", "24", "--layers", "2", "--batch",
                "4", "--steps", "10", "--epochs", "12", "--lr", "1", "--seed", "5", "--threads", "2", "--out",
                model.toString(), "--json", json.toString());
        assertEquals(0, train.code(), train.err());
        JsonNode results = new ObjectMapper().readTree(json.toFile());
        assertEquals(12, results.get("epochs").asInt());
        assertEquals(10, results.get("perplexities").size());
        assertEquals(results.get("perplexity").asDouble(), results.get("perplexities").get(9).asDouble());
        assertEquals(2, results.get("threads").asInt());
        assertEquals(5, results.get("seed").asInt());
        assertEquals(2, results.get("samples").size());
        assertEquals(50, results.get("samples").get(0).get("continuation").asText().length());
        assertTrue(results.get("tokens_per_second").asDouble() > 0);
        assertTrue(results.get("seconds").asDouble() > 0);
        assertFalse(results.get("simd").asText().isBlank());
        // 21 characters guessed evenly are 21; even twelve short epochs teach more than the frequencies do.
        assertTrue(results.get("perplexity").asDouble() < 15, results.toString());

        Call sample = call("sample", "--model", model.toString(), "--prefix", "one two", "--length", "20");
        assertEquals(0, sample.code(), sample.err());
        assertTrue(sample.out().startsWith("one two") && sample.out().strip().length() <= 27, sample.out());
        Call eval = call("eval", "--model", model.toString(), "--data", temp.resolve("text.txt").toString());
        assertEquals(0, eval.code(), eval.err());
        assertTrue(eval.out().matches("perplexity \\d+\\.\\d{4} over 1,979 tokens\\R"), eval.out());
    }

    @Test
    void wordsAreTokensToo() throws IOException {
        Call train = call(
                "train", "--data", text(TEXT).toString(), "--tokens", "words", "--text", "letters", "--hidden", "16",
                "--batch", "2", "--steps", "5", "--epochs", "1", "--batches", "random");
        assertEquals(0, train.code(), train.err());
        assertTrue(train.out().contains("one two three|"), train.out());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "train --hidden 0 | --hidden must be at least 1, not 0",
        "train --batch -3 | --batch must be at least 1, not -3",
        "train --lr NaN | --lr must be a positive number, not NaN",
        "train --cell transformer | transformer",
        "train --recipe cake | cake",
        "train --threads 0 | --threads must be from 1 to 9999",
        "train --threads 100000 | --threads must be from 1 to 9999",
        "train --data demo --tokens words | leave --tokens out",
        "train --colour red | --colour",
        "train --epochs many | many",
        "sample --prefix a --length 5 | --model",
        "sample --model m --prefix a --length 0 | --length must be at least 1, not 0",
        "sample --model m --prefix a --length 5 --temperature 0 | --temperature must be positive, not 0.0",
        "train --text letters | needs nothing done to its text; leave --text out",
        "train --data demo --data-dir x | needs no folder; leave --data-dir out",
        "peers --only fish | --only fish is not known; known are activation, exp, gemm, gemm-packed",
        "peers --peers fish | --peers fish is not known; known are MKL packed, MKL, oneDNN",
        "peers --threads 1,0 | --threads must be from 1 to 9999, not 0",
        "peers --chart chart.pdf | chart.pdf must end in .png or .svg",
        "peers --type f16 | f16",
        "serving --max-wait 0 | --max-wait must be more than 0, not 0.0",
        "serving --sessions 0 | --sessions must be at least 1, not 0",
        "serving --sessions 4 --rows 5 | --rows must be from 1 to --sessions, not 5",
        "serving --threads 0 | --threads must be at least 1, not 0",
        "serving --clients fish | fish",
        "serving --model cake:3 | kind cake is not known",
        "jmh Fish | no benchmark is called like Fish; there are ActivationBenchmark.backward",
        "jmh ( | PATTERN: Unclosed group in (",
        "jmh --forks 0 | --forks must be at least 1, not 0",
        "train --schedule cake | expected constant, step:FACTOR:UPDATES",
        "train --schedule cosine:many | --schedule cosine:many: expected a whole number of updates, not \"many\"",
        "train --schedule step:0:10 | the factor must be a positive number",
        "train --schedule halve | needs held-out data; name it with --valid",
        "train --warm-up 0 | --warm-up: schedule: the number of updates must be at least 1",
        "train --weight-noise -1 | --weight-noise: the noise of the weights must be 0 or a positive number",
        "train --weight-decay -1 | --weight-decay: the decay must be 0 or a positive number",
        "train --average 1 | --average: the decay of the average must be at least 0 and less than 1, not 1.0",
        "train --average NaN | --average: the decay of the average must be at least 0",
        "train --accumulate 0 | --accumulate: an update needs at least 1 batch",
        "train --recompute fish | expected auto or a number of steps of at least 1, not \"fish\"",
        "train --patience 0 | --patience: the patience must be at least 1 epoch",
        "train --clip-value -1 | --clip-value: the largest element of a gradient must be positive",
        "train --init cake | --init cake is not known; known are usual, glorot, orthogonal and [nottingham",
        "train --optimizer cake | cake",
        "train --data x.txt --text eos | --text eos is of words; add --tokens words",
        "train --resume | --resume go with --out, where the checkpoints are; add it",
        "train --keep 3 | go with --out",
        "train --out x --keep 0 | --keep must be at least 1, not 0",
        "train --out x --checkpoint-every soon | --checkpoint-every must be a number with s, m, h or u",
        "train --out x --checkpoint-every off --resume | makes no checkpoints; leave --keep and --resume out",
        "train --out x --checkpoint-every 0u | --checkpoint-every must be at least 1, not 0u",
        "train --out x --checkpoint-every 0s | --checkpoint-every must be at least 1, not 0s",
        "train --out x --checkpoint-every 00M | --checkpoint-every must be at least 1, not 00M",
        "train --data x.txt --data-dir d | x.txt is read from its own place; leave --data-dir out",
        "train --data timemachine,jsb | --data jsb is music, which is read of one file; give it alone",
        "train --data demo,timemachine | --data demo is no file, but a source of its own; give it alone",
        "train --data jsb --text raw | --text is of texts",
        "eval --model m --data x.txt --data-dir d | x.txt is read from its own place; leave --data-dir out",
        "eval --model m --data piano,x.txt | --data piano is music",
        "eval --model m --data timemachine --split test | --split is of piano-roll files",
        "sample --model m --prefix a --length 5 --seed 7 | --seed is of the draws of --temperature",
        "train --model cake:3 | kind cake is not known",
        "import --from w.safetensors --out m | Missing required option: '--model=SPEC|FILE'",
        "import --from w.safetensors --out m --model cake:3 | --model cake:3: cake:3: kind cake is not known",
        "export --model m | Missing required option: '--to=FILE'",
        "run --model m --input x.safetensors | Missing required option: '--output=FILE'",
        "example | Missing required parameter",
        "example cake | cake",
        "example cell | needs --out",
        "peers --only word --shape 2x256 | no work is left",
        "fly | fly",
        "'' | a command is missing",
    })
    void aWrongCallIsExplainedInOneLineWithCode2(String line, String part) {
        String[] args = line.isEmpty() ? new String[0] : line.strip().split(" ");
        Call call = call(args);
        call.assertFailed(2, part, "--help");
        assertEquals(1, call.err().strip().lines().count(), call.err());
    }

    @Test
    void textsThatCannotBeUsedAreNamedWithTheRemedyAndCode1() throws IOException {
        call("train", "--data", temp.resolve("no.txt").toString()).assertFailed(1, "no.txt", "no such file");
        call("train", "--data", temp.toString()).assertFailed(1, "is a folder");
        call("train", "--data", text("").toString()).assertFailed(1, "text.txt", "is empty");
        call("train", "--data", text("short").toString()).assertFailed(1, "but the text has 5", "smaller batch");
        call("train", "--data", text(TEXT).toString(), "--hidden", "600000000")
                .assertFailed(1, "a size must be from 1 to 16777216, not 600000000");
        call("train", "--data", text(TEXT).toString(), "--batch", "9999").assertFailed(1, "needs 350000 tokens",
                "has 1980");
        call("train", "--data", text("12 34").toString(), "--text", "lines").assertFailed(1, "no token is left");
        Files.write(temp.resolve("bytes.txt"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        call("train", "--data", temp.resolve("bytes.txt").toString()).assertFailed(1, "bytes.txt", "UTF-8");
        call("train", "--data", text(TEXT).toString(), "--prefix", "Zebra")
                .assertFailed(1,
                        "--prefix \"Zebra\": character 'Z', after 0 tokens of the text, is not in the vocabulary");
    }

    @Test
    void modelsThatCannotBeUsedAreNamedWithCode1() throws IOException {
        Path model = temp.resolve("model");
        call("sample", "--model", model.toString(), "--prefix", "a", "--length", "3").assertFailed(1, "no saved model");
        train(text(TEXT), model);
        call("sample", "--model", model.toString(), "--prefix", "%", "--length", "3")
                .assertFailed(1, "--prefix \"%\": character '%', after 0 tokens of the text,");
        call("eval", "--model", model.toString(), "--data", text("a").toString()).assertFailed(1,
                "text.txt: has 1 tokens", "at least 2 tokens");
        byte[] numbers = Files.readAllBytes(model.resolve("model.safetensors"));
        Files.write(model.resolve("model.safetensors"), Arrays.copyOf(numbers, 100));
        call("eval", "--model", model.toString(), "--data", text(TEXT).toString())
                .assertFailed(1, "model.safetensors");
    }

    @Test
    void anEmptyPrefixIsAWrongCallOfEveryCommand() throws IOException {
        Path model = temp.resolve("model");
        train(text(TEXT), model);
        String part = "--prefix is empty; give at least one token";
        call("sample", "--model", model.toString(), "--prefix", "", "--length", "3").assertFailed(2, part);
        call("train", "--data", temp.resolve("text.txt").toString(), "--prefix", "").assertFailed(2, part);
    }

    @Test
    void aFolderWithOtherFilesIsNotReplaced() throws IOException {
        Path folder = Files.createDirectory(temp.resolve("documents"));
        Files.writeString(folder.resolve("letter.txt"), "dear reader");
        Call train = call(
                "train", "--data", text(TEXT).toString(), "--hidden", "8", "--layers", "1", "--batch", "2", "--steps",
                "5", "--epochs", "1", "--out", folder.toString());
        train.assertFailed(1, "documents");
        assertEquals(1, train.err().strip().lines().count(), "refused before the training: " + train.err());
        assertTrue(Files.exists(folder.resolve("letter.txt")));
    }

    @Test
    void resultsThatCannotBeWrittenAreRefusedBeforeTheTraining() throws IOException {
        String text = text(TEXT).toString();
        Call call = call("train", "--data", text, "--json", temp.resolve("no/r.json").toString());
        call.assertFailed(1, "r.json", "make it first");
        assertEquals(1, call.err().strip().lines().count(), call.err());
        call("train", "--data", text, "--json", temp.toString()).assertFailed(1, "is a folder; name a file");
        call("train", "--data", text, "--out", text).assertFailed(1, "text.txt", "choose another folder");
        call("train", "--data", text, "--out", text + "/below").assertFailed(1,
                "text.txt: a file, where a folder for the model should be");
        call("peers", "--json", temp.resolve("no/r.json").toString()).assertFailed(1, "r.json", "make it first");
        call("peers", "--chart", temp.resolve("no/c.svg").toString()).assertFailed(1, "c.svg", "make it first");
        call("jmh", "--json", temp.toString()).assertFailed(1, "is a folder; name a file");
        call("peers", "--fetch").assertFailed(1, "pom.xml is not there; start bench/unroll");
    }

    @Test
    void verboseShowsWhereAnErrorCameFrom() {
        Call call = call("train", "--verbose", "--data", temp.resolve("no.txt").toString());
        assertEquals(1, call.code());
        assertTrue(call.err().contains("\tat dev.unroll.bench"), call.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "train ", "sample ", "eval ", "info ", "example ", "gradcheck ", "peers ", "jmh ",
        "import ", "export ", "convert ", "run "})
    void everyCommandHasHelp(String command) {
        Call help = call((command + "--help").split(" "));
        assertEquals(0, help.code(), help.err());
        assertTrue(help.out().startsWith("Usage: unroll " + command), help.out());
    }

    @Test
    void infoTellsTheKernelsAndWhy() {
        Call info = call("info");
        assertEquals(0, info.code(), info.err());
        for (String line : new String[] {"cpu:", "java:", "kernels:", "width:", "threads:", "memory:"}) {
            assertTrue(info.out().contains(line), info.out());
        }
    }
}
