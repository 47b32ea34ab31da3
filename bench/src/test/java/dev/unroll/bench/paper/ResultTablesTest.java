package dev.unroll.bench.paper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
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
                "jsb", model, "ours", seed, options, null, "nats_per_frame", valid, test, 8.338, 75_200, 75_488, 120,
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
        assertTrue(row.contains("| 8.300 | 8.400 | 8.338 | +0.7% | 1 | 2 |"), row);
        String all = String.join("\n", lines());
        assertTrue(all.contains("| ours rnn, seed 1 | 8.3100 | 8.2000 |"), all); // the failed try is listed
    }

    @Test
    void seedsAreAMeanWithHalfTheirRange() throws IOException {
        write("a", result("dts", 1, "--lr 1", 8.20, 8.30));
        write("b", result("dts", 2, "--lr 1", 8.40, 8.50));
        String row = row("DT(S)-RNN");
        assertTrue(row.contains("| 8.300 \u00b1 0.100 | 8.400 \u00b1 0.100 |"), row);
        assertTrue(row.contains("| 2 | 1 |"), row);
    }

    @Test
    void anUntestedCellHasNoTestFigure() throws IOException {
        write("a", result("gru", 1, "--lr 1", 8.2, null));
        assertTrue(row("GRU").contains("| 8.200 |  | 8.338 |  | 1 | 1 |"), row("GRU"));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{}", "[]", "{\"task\": \"jsb\"}", "not JSON", "{\"task\": 1, \"valid\": \"a\"}",
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
        assertEquals("| timemachine, warofworlds | d2l | gru:2x256 | --cell gru | 1.250 | 500 | 12,346 | 1.5 |", last);
        Files.writeString(books.resolve("c.json"), "{\"data\": []}");
        FileSystemException e = assertThrows(FileSystemException.class, () -> new ResultTables(temp));
        assertTrue(e.getReason().contains("it has no recipe"), e.getReason());
    }

    @Test
    void aFolderIsNeeded() {
        assertThrows(NotDirectoryException.class, () -> new ResultTables(temp.resolve("none")));
    }
}
