package dev.unroll.bench.paper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResultTablesTest {
    @TempDir
    private Path temp;

    private static RunResult result(String model, long seed, String options, double valid, Double test) {
        return new RunResult(
                "jsb", model, "ours", seed, options, null, null, "nats_per_frame", valid, test, 8.338, 75_200, 75_488,
                120,
                5_000, 40, 30, "rnn:200", options, 2, "a machine", "00", List.of(9.5, 9.0), List.of(9.25, valid));
    }

    private void write(String name, RunResult result) throws IOException {
        result.write(temp.resolve(name + ".json"));
    }

    private List<String> lines() throws IOException {
        return Files.readAllLines(new ResultTables(temp).write());
    }

    private String row(String title) throws IOException {
        return lines().stream()
                .filter(line -> line.startsWith("| " + title + " |"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aResultThatIsReadIsTheOneThatWasWritten() throws IOException {
        RunResult result = result("rnn", 3, "--lr 1", 8.4, null);
        write("r", result);
        assertEquals(result, RunResult.read(temp.resolve("r.json")));
        write("r", result.tested(8.5));
        assertEquals(8.5, RunResult.read(temp.resolve("r.json")).test());
    }

    @Test
    void validationChoosesAmongVariantsAndTheTestSplitDoesNot() throws IOException {
        write("a", result("rnn", 1, "--lr 1", 8.30, 8.40));
        write("b", result("rnn", 1, "--lr 2", 8.31, 8.20));
        String row = row("RNN");
        assertTrue(row.contains("| 8.300 | 8.400 | 8.338 | +0.7% | 1 | 2 | 75,200 | 40 | 2.0 |"), row);
        String all = String.join("\n", lines());
        assertTrue(all.contains("| ours rnn, seed 1 | 8.3100 | 8.2000 |"), all); // the failed try is listed
    }

    @Test
    void seedsAreAMeanWithHalfTheirRange() throws IOException {
        write("a", result("dts", 1, "--lr 1", 8.20, 8.30));
        write("b", result("dts", 2, "--lr 1", 8.40, 8.50));
        String row = row("DT(S)-RNN");
        assertTrue(row.contains("| 8.300 \u00b1 0.100 | 8.400 \u00b1 0.100 | 8.278 |"), row);
        assertTrue(row.contains("| 2 | 1 |"), row);
        write("b", result("dts", 2, "--lr 1", 8.40, null));
        assertTrue(row("DT(S)-RNN").contains("| 2 | 1 |"), row("DT(S)-RNN"));
        write("c", result("dts", 1, "--lr 2", 8.10, 8.10)); // one lucky seed is no better choice than two
        assertTrue(row("DT(S)-RNN").contains("| 8.300 \u00b1 0.100 | 8.300 (of 1) |"), row("DT(S)-RNN"));
    }

    @Test
    void theOrderOfOptionsIsNoDifference() throws IOException {
        write("a", result("dts", 1, "--lr 1 --batch 8", 8.20, null));
        write("b", result("dts", 2, "--batch 8 --lr 1", 8.40, null));
        assertTrue(row("DT(S)-RNN").contains("| 2 | 1 |"), row("DT(S)-RNN"));
    }

    @Test
    void anUntestedCellHasNoTestFigure() throws IOException {
        write("a", result("gru", 1, "--lr 1", 8.2, null));
        assertTrue(row("GRU").contains("| 8.200 |  |  |  | 1 | 1 |"), row("GRU"));
    }

    @Test
    void aFailedTryIsATry() throws IOException {
        write("a", result("rnn", 1, "--lr 1", 8.30, null));
        RunResult good = result("rnn", 1, "--lr 90", 0, null);
        write("b", new RunResult(
                good.task(), good.model(), good.recipe(), 1, "--lr 90", null, "it | diverged", good.unit(), null, null,
                8.338, 1, 1, 0, 0, 0, 0, "rnn:200", "--lr 90", 1, "a machine", null, List.of(), null));
        assertTrue(row("RNN").contains("| 8.300 |  | 8.338 |  | 1 | 2 |"), row("RNN"));
        assertTrue(lines().contains("| ours rnn, seed 1 | failed |  |  |  | `--lr 90` it \\| diverged |"),
                lines().toString());
    }

    @Test
    void depthIsBetterWorseOrTiedAndWhatIsMissingIsNamed() throws IOException {
        for (int seed = 1; seed <= 2; seed++) {
            write("rnn" + seed, result("rnn", seed, "", 8.30 + 0.02 * seed, null));
            write("dts" + seed, result("dts", seed, "", 8.10 + 0.02 * seed, null));
            write("dots" + seed, result("dots", seed, "", 8.31 + 0.02 * seed, null));
        }
        write("srnn", result("srnn", 1, "", 8.40, null));
        String all = String.join("\n", lines());
        assertTrue(
                all.contains("- ours, against the RNN on the validation split: DT(S)-RNN better, DOT(S)-RNN tied, sRNN"
                        + " worse (one seed).\n- ours, without a result yet: DOT(S)*-RNN.\n"),
                all);
        assertTrue(all.contains("## nottingham, nats per frame\n\nNothing was run yet.\n"), all);
    }

    @Test
    void streamsOfCharactersAreTablesOfTheirOwn() throws IOException {
        for (String stream : List.of("authors", "published")) {
            write(stream, new RunResult(
                    "ptb-char", "rnn", "ours", 1, "", stream, null, "bits_per_character", 1.4, null, 1.414, 1, 1, 1, 1,
                    1,
                    1, "rnn:600", "", 1, "a machine", "00", List.of(), List.of()));
        }
        assertEquals(2, lines().stream().filter(line -> line.startsWith("| RNN | ours, ")).count());
    }

    @Test
    void theSameTrainingTwiceIsRefused() throws IOException {
        write("a", result("rnn", 1, "--lr 1", 8.30, null));
        write("b", result("rnn", 1, "--lr 1", 8.30, 8.4));
        FileSystemException e = assertThrows(FileSystemException.class, () -> new ResultTables(temp));
        assertTrue(e.getReason().contains("same training as a.json"), e.getReason());
    }

    @Test
    void aReadmeOfSomebodyElseIsNotReplaced() throws IOException {
        write("a", result("rnn", 1, "--lr 1", 8.30, null));
        Path readme = Files.writeString(temp.resolve("README.md"), "# Mine\n");
        assertThrows(FileSystemException.class, this::lines);
        assertEquals("# Mine\n", Files.readString(readme));
    }

    @Test
    void aFolderWithoutResultsIsRefused() {
        FileSystemException e = assertThrows(FileSystemException.class, () -> new ResultTables(temp));
        assertTrue(e.getReason().startsWith("has no results"), e.getReason());
    }

    @Test
    void aFigureThatIsNotFiniteInACurveIsNull() throws IOException {
        RunResult good = result("rnn", 1, "", 8.3, null);
        List<Double> curve = Arrays.asList(null, 8.3);
        RunResult result = new RunResult(
                "jsb", "rnn", "ours", 1, "", null, null, good.unit(), 8.3, null, 8.338, 1, 1, 1, 1, 2, 2, "rnn:200", "",
                1,
                "a machine", "00", curve, curve);
        write("a", result);
        assertEquals(result, RunResult.read(temp.resolve("a.json")));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{}", "[]", "{\"task\": \"jsb\"}", "not JSON", "{\"task\": 1, \"valid\": \"a\"}",
        "{\"task\": \"JSB\", \"model\": \"rnn\", \"recipe\": \"ours\", \"valid\": 1.0, \"options\": \"\","
                + " \"sha256\": \"\"}",
        "{\"task\": \"ptb-char\", \"model\": \"rnn\", \"recipe\": \"ours\", \"valid\": 1.0, \"options\": \"\","
                + " \"sha256\": \"\"}",
        "{\"task\": \"jsb\", \"model\": \"rnn\", \"recipe\": \"ours\", \"valid\": 1e999, \"options\": \"\","
                + " \"sha256\": \"\"}",
        "{\"task\": \"chess\", \"model\": \"rnn\", \"recipe\": \"ours\", \"valid\": 1.0, \"options\": \"\","
                + " \"sha256\": \"\"}"})
    void whatIsNoResultIsNamed(String text) throws IOException {
        Path file = Files.writeString(temp.resolve("bad.json"), text);
        FileSystemException e = assertThrows(FileSystemException.class, () -> new ResultTables(temp));
        assertEquals(file.toString(), e.getFile());
        assertTrue(e.getReason().startsWith("is no result of unroll paper: "), e.getReason());
        assertTrue(e.getReason().length() < 300, e.getReason());
    }

    @Test
    void trainingsOnBooksAreListedWithTheMedianOfTheirLastEpochs() throws IOException {
        write("a", result("gru", 1, "--lr 1", 8.2, null));
        Path books = Files.createDirectory(temp.resolve("books"));
        Files.writeString(books.resolve("b.json"), "{\"data\": [\"timemachine\", \"warofworlds\"], \"recipe\": \"d2l\","
                + " \"model\": \"gru:2x256\", \"options\": [\"--cell\", \"gru\"], \"perplexities\": [1.5, 1.2, 1.3, 1.1],"
                + " \"epochs\": 500, \"tokens_per_second\": 12345.6, \"seconds\": 90}");
        String last = lines().getLast();
        assertEquals("| timemachine, warofworlds | d2l | gru:2x256 | --cell gru | 1.250 |  | 500 | 12,346 | 1.5 |",
                last);
        Files.writeString(books.resolve("c.json"),
                "{\"data\": [\"timemachine\"], \"recipe\": \"text\", \"model\": \"rnn:9\","
                        + " \"perplexities\": [2], \"validation_perplexity\": 3.72, \"epochs\": 1, \"tokens_per_second\": 1,"
                        + " \"seconds\": 60}");
        assertEquals("| timemachine | text | rnn:9 |  | 2.000 | 3.720 | 1 | 1 | 1.0 |", lines().getLast());
        Files.writeString(books.resolve("c.json"), "{\"data\": []}");
        FileSystemException e = assertThrows(FileSystemException.class, () -> new ResultTables(temp));
        assertTrue(e.getReason().contains("it has no recipe"), e.getReason());
    }

    @Test
    void aFolderIsNeeded() {
        assertThrows(NotDirectoryException.class, () -> new ResultTables(temp.resolve("none")));
    }
}
