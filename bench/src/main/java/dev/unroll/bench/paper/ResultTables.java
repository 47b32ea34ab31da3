package dev.unroll.bench.paper;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import dev.unroll.bench.report.Measure;
import dev.unroll.bench.report.ReportFile;

/**
 * The tables of all results in a folder. For every task, recipe and model the variant is shown whose mean over its seeds is
 * best on the validation split; the test split chooses nothing. All results are listed below the tables.
 */
public final class ResultTables {
    private static final String FILE = "README.md";
    private static final String BOOKS = "books";

    private final Path folder;
    private final List<RunResult> results = new ArrayList<>();
    private final List<BookResult> books = new ArrayList<>();

    /**
     * Reads all results.
     *
     * @param folder with a file for each, named {@code .json}, and maybe the folder {@code books} with results of
     *     {@code unroll train --json}
     * @throws IOException if it is no folder or a file in it is no result
     */
    public ResultTables(Path folder) throws IOException {
        this.folder = folder;
        if (!Files.isDirectory(folder)) {
            throw new NotDirectoryException(folder.toString());
        }
        for (Path file : results(folder)) {
            results.add(RunResult.read(file));
        }
        if (Files.isDirectory(folder.resolve(BOOKS))) {
            for (Path file : results(folder.resolve(BOOKS))) {
                books.add(BookResult.read(file));
            }
        }
    }

    private static List<Path> results(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(path -> path.toString().endsWith(".json")).sorted().toList();
        }
    }

    /** Results that differ in nothing but the seed. */
    private record Cell(List<RunResult> runs) {
        RunResult first() {
            return runs.getFirst();
        }

        Sample valid() {
            return Sample.of(runs.stream().map(RunResult::valid).toList());
        }

        Sample test() {
            return Sample.of(runs.stream().map(RunResult::test).filter(test -> test != null).toList());
        }
    }

    /**
     * Writes the tables.
     *
     * @return the file
     * @throws IOException if it cannot be written
     */
    public Path write() throws IOException {
        Path file = folder.resolve(FILE);
        ReportFile.write(file, out -> out.write(text().getBytes(StandardCharsets.UTF_8)));
        return file;
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        text.append("# Results of `unroll paper`\n\n"
                + "Made by `unroll paper --tables DIR` from the files beside this one. A row is the variant of a recipe"
                + " that is best on the validation split; \"tries\" are the variants it was chosen from. Test figures are"
                + " of models that were frozen before. Means over seeds, \u00b1 half of the range.\n");
        for (Experiment task : Experiment.values()) {
            List<RunResult> ofTask =
                    results.stream().filter(result -> result.task().equals(task.toString())).toList();
            if (!ofTask.isEmpty()) {
                task(task, ofTask, text);
            }
        }
        if (!books.isEmpty()) {
            text.append("\n## books, perplexity in training\n\n| texts | recipe | model | options | perplexity |"
                    + " epochs | tokens per second | minutes |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n");
            books.forEach(book -> text.append(book.row()));
        }
        return text.toString();
    }

    private static void task(Experiment task, List<RunResult> results, StringBuilder text) {
        Measure measure = task.measure();
        text.append("\n## ").append(task).append(", ").append(measure.unit()).append("\n\n");
        text.append("| model | recipe | validation | test | paper | to the paper | seeds | tries | weights | epochs |"
                + " minutes |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
        for (List<Cell> cells : byRecipeAndModel(results)) {
            Cell best = cells.stream()
                    .min(Comparator.comparingDouble(cell -> cell.valid().mean()))
                    .orElseThrow();
            row(task, best, cells.size(), text);
        }
        text.append("\n| run | validation | test | kept epoch of | per second | variant |\n"
                + "| --- | --- | --- | --- | --- | --- |\n");
        results.forEach(result -> text.append(run(measure, result)));
    }

    /** For every recipe and model its variants. */
    private static List<List<Cell>> byRecipeAndModel(List<RunResult> results) {
        Map<String, List<RunResult>> models = new TreeMap<>(results.stream()
                .collect(Collectors.groupingBy(result -> result.recipe() + " " + Model.of(result.model()).ordinal())));
        return models.values().stream()
                .map(runs -> runs.stream()
                        .collect(Collectors.groupingBy(
                                result -> result.options() + result.stream(), TreeMap::new, Collectors.toList()))
                        .values()
                        .stream()
                        .map(Cell::new)
                        .toList())
                .toList();
    }

    private static void row(Experiment task, Cell cell, int tries, StringBuilder text) {
        RunResult first = cell.first();
        int decimals = task.measure().decimals();
        Sample test = cell.test();
        text.append(String.format(
                Locale.ROOT,
                "| %s | %s%s | %s | %s | %s | %s | %d | %d | %,d | %d | %.1f |%n",
                Model.of(first.model()).title(),
                first.recipe(),
                first.stream() == null ? "" : ", " + first.stream(),
                cell.valid().text(decimals),
                test.count() == 0 ? "" : test.text(decimals),
                first.paper() == null ? "" : first.paper(),
                test.count() == 0 || first.paper() == null
                        ? ""
                        : String.format(Locale.ROOT, "%+.1f%%", 100 * (test.mean() / first.paper() - 1)),
                cell.runs().size(),
                tries,
                first.weights(),
                first.epochs(),
                cell.runs().stream().mapToDouble(RunResult::seconds).average().orElseThrow() / 60));
    }

    private static String run(Measure measure, RunResult result) {
        int decimals = measure.decimals() + 1;
        return String.format(
                Locale.ROOT,
                "| %s %s, seed %d | %s | %s | %d of %d | %,.0f | %s |%n",
                result.recipe(),
                result.model(),
                result.seed(),
                Sample.fixed(result.valid(), decimals),
                result.test() == null ? "" : Sample.fixed(result.test(), decimals),
                result.keptEpoch(),
                result.epochs(),
                result.rowsPerSecond(),
                result.variant().isEmpty() ? "" : "`" + result.variant() + "`");
    }
}
