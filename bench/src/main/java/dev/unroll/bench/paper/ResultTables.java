package dev.unroll.bench.paper;

import dev.unroll.bench.report.LossMeasure;
import dev.unroll.bench.report.ReportFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The tables of all results in a folder. Of every task, recipe and model that variant is shown whose mean over its
 * seeds is best on the validation split, among those with the most seeds; the test split chooses nothing. All results
 * are listed below the tables, those that failed too.
 */
public final class ResultTables {
    private static final String FILE = "README.md";
    private static final String BOOKS = "books";
    private static final String TITLE = "# Results of `unroll paper`\n";

    private static final String ABOUT = """

            Made by `unroll paper --tables DIR` from the files beside this one. A row is the variant of a recipe that is best \
            on the validation split, among those with the most seeds; "tries" are the variants that it was chosen from, those \
            that failed included. Test figures are of models that were frozen before. Figures are means over seeds, \u00b1 half \
            of the distance between the least and the greatest.
            """;

    private final Path folder;
    private final List<RunResult> results = new ArrayList<>();
    private final List<BookResult> books = new ArrayList<>();

    /**
     * Reads all results.
     *
     * @param folder with a file for each, named {@code .json}, and maybe the folder {@code books} with results of
     *     {@code unroll train --json}
     * @throws IOException if it is no folder or has no result, or a file in it is no result or that of another one
     *     again
     */
    public ResultTables(Path folder) throws IOException {
        this.folder = folder;
        if (!Files.isDirectory(folder)) {
            throw new NotDirectoryException(folder.toString());
        }
        Map<Object, Path> seen = new HashMap<>();
        for (Path file : results(folder)) {
            RunResult result = RunResult.read(file);
            Path other = seen.put(
                    List.of(result.task(), result.model(), recipe(result), result.seed(), result.settings()), file);
            if (other != null) {
                throw new FileSystemException(
                        file.toString(), null, "is of the same training as " + other.getFileName()
                                + "; remove one of them");
            }
            results.add(result);
        }
        if (Files.isDirectory(folder.resolve(BOOKS))) {
            for (Path file : results(folder.resolve(BOOKS))) {
                books.add(BookResult.read(file));
            }
        }
        if (results.isEmpty() && books.isEmpty()) {
            throw new FileSystemException(
                    folder.toString(), null, "has no results; give a folder with files of unroll paper --json");
        }
    }

    private static List<Path> results(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(path -> path.toString().endsWith(".json")).sorted().toList();
        }
    }

    /** Results that differ in nothing but the seed, none of which failed. */
    private record Cell(List<RunResult> runs) {
        RunResult first() {
            return runs.getFirst();
        }

        MeanAndSpread valid() {
            return MeanAndSpread.of(runs.stream().map(RunResult::valid).toList());
        }

        MeanAndSpread test() {
            return MeanAndSpread.of(
                    runs.stream().map(RunResult::test).filter(Objects::nonNull).toList());
        }

        MeanAndSpread minutes() {
            return MeanAndSpread.of(
                    runs.stream().map(run -> run.seconds() / 60).toList());
        }
    }

    /** The variants of one recipe for one model, and of one stream. */
    private record Group(List<RunResult> runs) {
        Model model() {
            return runs.getFirst().key().model();
        }

        /** Empty if all have failed. */
        List<Cell> cells() {
            return runs.stream()
                    .filter(run -> run.failure() == null)
                    .collect(Collectors.groupingBy(RunResult::settings))
                    .values()
                    .stream()
                    .map(Cell::new)
                    .sorted(Comparator.comparingInt((Cell cell) -> -cell.runs().size())
                            .thenComparingDouble(cell -> cell.valid().mean()))
                    .toList();
        }

        long tries() {
            return runs.stream().map(RunResult::settings).distinct().count();
        }
    }

    /**
     * Writes the tables.
     *
     * @return the file
     * @throws IOException if it cannot be written, or another README is in its place
     */
    public Path write() throws IOException {
        Path file = folder.resolve(FILE);
        if (Files.exists(file) && !Files.readString(file).startsWith(TITLE)) {
            throw new FileSystemException(
                    file.toString(), null,
                    "was not made by unroll paper --tables, and is not replaced; remove it, or give"
                            + " another folder");
        }
        ReportFile.write(file, out -> out.write(text().getBytes(StandardCharsets.UTF_8)));
        return file;
    }

    private String text() {
        StringBuilder text = new StringBuilder(TITLE).append(ABOUT);
        for (Experiment task : Experiment.values()) {
            task(task, results.stream().filter(result -> result.key().task() == task).toList(), text);
        }
        if (!books.isEmpty()) {
            text.append(
                    "\n## books, perplexity\n\n| texts | recipe | model | options | in training | validation | epochs |"
                            + " tokens per second | minutes |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
            books.forEach(book -> text.append(book.row()));
        }
        return text.toString();
    }

    private static void task(Experiment task, List<RunResult> results, StringBuilder text) {
        LossMeasure measure = task.measure();
        text.append("\n## ").append(task).append(", ").append(measure.unit()).append("\n\n");
        if (results.isEmpty()) {
            text.append("Nothing was run yet.\n");
            return;
        }
        text.append("| model | recipe | validation | test | paper | to the paper | seeds | tries | weights | epochs |"
                + " minutes |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
        for (List<Group> recipe : byRecipe(results)) {
            recipe.forEach(group -> text.append(row(task, group)));
        }
        text.append('\n');
        for (List<Group> recipe : byRecipe(results)) {
            text.append(directions(recipe));
        }
        text.append("\n| run | validation | test | kept epoch of | per second | variant |\n"
                + "| --- | --- | --- | --- | --- | --- |\n");
        results.forEach(result -> text.append(run(measure, result)));
    }

    /** Groups the models by recipe and stream, in the order of the paper's table. */
    private static List<List<Group>> byRecipe(List<RunResult> results) {
        Map<String, List<RunResult>> recipes =
                results.stream().collect(Collectors.groupingBy(ResultTables::recipe));
        return recipes.keySet().stream()
                .sorted()
                .map(recipe -> Arrays.stream(Model.values())
                        .map(model -> recipes.get(recipe).stream()
                                .filter(result -> result.key().model() == model)
                                .toList())
                        .filter(runs -> !runs.isEmpty())
                        .map(Group::new)
                        .toList())
                .toList();
    }

    private static String recipe(RunResult result) {
        return result.recipe() + (result.stream() == null ? "" : ", " + result.stream() + "' characters");
    }

    private static String row(Experiment task, Group group) {
        RunResult first = group.runs().getFirst();
        int decimals = task.measure().decimals();
        OptionalDouble paper = task.figure(group.model());
        String ofPaper = paper.isPresent() ? MeanAndSpread.fixed(paper.getAsDouble(), decimals) : "";
        List<Cell> cells = group.cells();
        if (cells.isEmpty()) {
            return line(
                    group.model().title(), recipe(first), "failed", "", ofPaper, "", 0, group.tries(),
                    String.format(Locale.ROOT, "%,d", first.weights()), "", "");
        }
        Cell best = cells.getFirst();
        MeanAndSpread test = best.test();
        int seeds = best.runs().size();
        return line(
                group.model().title(),
                recipe(first),
                best.valid().text(decimals),
                test.count() == 0
                        ? ""
                        : test.text(decimals) + (test.count() < seeds ? " (of " + test.count() + ")" : ""),
                ofPaper,
                test.count() == 0 || paper.isEmpty()
                        ? ""
                        : String.format(Locale.ROOT, "%+.1f%%", 100 * (test.mean() / paper.getAsDouble() - 1)),
                seeds,
                group.tries(),
                String.format(Locale.ROOT, "%,d", best.first().weights()),
                best.runs().stream().map(run -> Integer.toString(run.epochs())).collect(Collectors.joining(", ")),
                MeanAndSpread.fixed(best.minutes().mean(), 1));
    }

    /** What the models with more depth do to the RNN of the same recipe, and which models are missing. */
    private static String directions(List<Group> recipe) {
        StringBuilder text = new StringBuilder();
        RunResult any = recipe.getFirst().runs().getFirst();
        Map<Model, Cell> best = new HashMap<>();
        recipe.stream()
                .filter(group -> !group.cells().isEmpty())
                .forEach(group -> best.put(group.model(), group.cells().getFirst()));
        Cell rnn = best.get(Model.RNN);
        if (rnn != null && best.size() > 1) {
            text.append("- ").append(recipe(any)).append(", against the RNN on the validation split: ");
            text.append(Arrays.stream(Model.values())
                    .filter(model -> model != Model.RNN && best.containsKey(model))
                    .map(model -> model.title() + " " + direction(best.get(model).valid(), rnn.valid()))
                    .collect(Collectors.joining(", ")));
            text.append(".\n");
        }
        List<String> missing = Arrays.stream(Model.values())
                .filter(model -> any.key().task().figure(model).isPresent() && !best.containsKey(model))
                .map(Model::title)
                .toList();
        if (!missing.isEmpty()) {
            text.append("- ").append(recipe(any)).append(", without a result yet: ");
            text.append(String.join(", ", missing)).append(".\n");
        }
        return text.toString();
    }

    private static String direction(MeanAndSpread figure, MeanAndSpread rnn) {
        double difference = figure.mean() - rnn.mean();
        if (figure.count() < 2 || rnn.count() < 2) {
            return (difference < 0 ? "better" : "worse") + " (one seed)";
        }
        return Math.abs(difference) <= figure.spread() + rnn.spread() ? "tied" : difference < 0 ? "better" : "worse";
    }

    private static String run(LossMeasure measure, RunResult result) {
        int decimals = measure.decimals() + 1;
        String variant = result.variant().isEmpty() ? "" : "`" + result.variant() + "`";
        String run = recipe(result) + " " + result.model() + ", seed " + result.seed();
        if (result.failure() != null) {
            return line(run, "failed", "", "", "", (variant + " " + result.failure()).strip());
        }
        return line(
                run, MeanAndSpread.fixed(result.valid(), decimals),
                result.test() == null ? "" : MeanAndSpread.fixed(result.test(), decimals),
                result.keptEpoch() + " of " + result.epochs(),
                String.format(Locale.ROOT, "%,.0f", result.rowsPerSecond()),
                variant);
    }

    /** A row of a table. */
    static String line(Object... cells) {
        return Arrays.stream(cells)
                .map(cell -> String.valueOf(cell).replace("|", "\\|").replaceAll("\\s+", " "))
                .collect(Collectors.joining(" | ", "| ", " |\n"));
    }
}
