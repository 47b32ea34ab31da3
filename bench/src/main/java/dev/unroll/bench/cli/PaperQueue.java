package dev.unroll.bench.cli;

import dev.unroll.bench.paper.Experiment;
import dev.unroll.bench.paper.Model;
import dev.unroll.bench.paper.Recipes.Recipe;
import dev.unroll.bench.queue.ShellWords;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A file of runs of {@code unroll paper}.
 *
 * @param file of a queue
 * @param recipe of the runs
 * @param seeds of the runs, each with every task and model
 * @param variant of the recipe
 * @param isFinal whether they read the test split in the end
 * @param threads of each, null for the usual
 * @param data where it is
 */
record PaperQueue(
        Path file, Recipe recipe, List<Long> seeds, String variant, boolean isFinal, Integer threads,
        PaperDataOptions data) {
    /** Appends the runs that the file does not have; of nothing chosen and a file that is there, none. */
    void append(List<Experiment> tasks, List<Model> models) throws IOException {
        if (tasks.isEmpty() && models.isEmpty() && Files.exists(file)) {
            return;
        }
        Set<String> there = new HashSet<>(Files.exists(file) ? Files.readAllLines(file) : List.of());
        List<String> lines = new ArrayList<>();
        for (Experiment task : tasks.isEmpty() ? Arrays.asList(Experiment.values()) : tasks) {
            for (Model model : models.isEmpty() ? ofThePaper(task) : models) {
                for (long seed : seeds) {
                    String line = line(task, model, seed);
                    if (there.add(line)) {
                        lines.add(line);
                    }
                }
            }
        }
        Files.write(file, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private static List<Model> ofThePaper(Experiment task) {
        return Arrays.stream(Model.values())
                .filter(model -> task.figure(model).isPresent())
                .toList();
    }

    private String line(Experiment task, Model model, long seed) {
        List<String> words = new ArrayList<>(
                List.of("paper", "--task", task.toString(), "--model", model.toString(), "--recipe", recipe.toString(),
                        "--seed", Long.toString(seed), "--out", folder(task, model, seed)));
        if (!variant.isEmpty()) {
            words.addAll(List.of("--with", variant));
        }
        if (isFinal) {
            words.add("--final");
        }
        if (threads != null) {
            words.addAll(List.of("--threads", threads.toString()));
        }
        words.addAll(data.words(task));
        return ShellWords.join(words);
    }

    /** A folder of its own for every variant. */
    private String folder(Experiment task, Model model, long seed) {
        String own = variant.replaceAll("[^A-Za-z0-9.]+", "-");
        return "runs/" + task + "-" + model + "-" + recipe + own + "-" + seed;
    }
}
