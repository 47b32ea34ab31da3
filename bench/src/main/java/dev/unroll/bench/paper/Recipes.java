package dev.unroll.bench.paper;

import dev.unroll.rnn.io.Shown;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How each model is trained for each task, in the file {@code recipes.txt}: a line holds the names of tasks, of a
 * recipe and of models, with commas between them and {@code *} for all, and then options of {@code unroll train}. All
 * lines that fit count, in their order; a later one may choose again what an earlier one has chosen.
 */
public final class Recipes {
    private static final String FILE = "recipes.txt";
    private static final String ALL = "*";
    private static final String MODEL = "--model";

    /** The origin of settings. */
    public enum Origin {
        /** Those of the paper, as far as it names them. */
        PAPER,
        /** Those of this project. */
        OURS;

        static Origin of(String name) {
            return Arrays.stream(values())
                    .filter(recipe -> recipe.toString().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "there is no recipe " + Shown.brief(name) + "; there are " + Arrays.toString(values())));
        }

        /** The name on the command line. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private Recipes() {}

    /**
     * The options of a training.
     *
     * @param task what is learned
     * @param recipe whose settings
     * @param model what learns
     * @return options of {@code unroll train}, the model among them
     * @throws IllegalArgumentException if the recipe has no such model
     */
    public static List<String> options(Experiment task, Origin recipe, Model model) {
        List<String> options = new ArrayList<>();
        if (task.has(model)) {
            options.addAll(List.of(MODEL, task.spec(model).text(), "--init", task.initialization()));
        }
        for (String line : lines()) {
            String[] words = line.split("\\s+");
            if (fits(words[0], task) && fits(words[1], recipe) && fits(words[2], model)) {
                options.addAll(Arrays.asList(words).subList(3, words.length));
            }
        }
        if (!options.contains(MODEL)) {
            throw new IllegalArgumentException("the recipe " + recipe + " has no " + model + " for " + task
                    + (recipe == Origin.PAPER ? "; give --recipe ours, or another model" : "; give another model"));
        }
        return lastOfEach(options);
    }

    /**
     * Options of which each has a value, without those that are chosen again later.
     *
     * @param options names and values
     * @return each name once, where it stood first, with its last value
     * @throws IllegalArgumentException if a name or a value is missing
     */
    public static List<String> lastOfEach(List<String> options) {
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 0; i < options.size(); i += 2) {
            if (!options.get(i).startsWith("--") || i + 1 == options.size()) {
                throw new IllegalArgumentException("expected names of options, each with its value behind it, not "
                        + Shown.brief(String.join(" ", options.subList(i, options.size()))));
            }
            values.put(options.get(i), options.get(i + 1));
        }
        return values.entrySet().stream()
                .flatMap(option -> Stream.of(option.getKey(), option.getValue()))
                .toList();
    }

    private static boolean fits(String names, Enum<?> name) {
        return names.equals(ALL) || Arrays.asList(names.split(",")).contains(name.toString());
    }

    private static List<String> lines() {
        try (InputStream in = Recipes.class.getResourceAsStream(FILE)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> line.replaceFirst("#.*", "").strip())
                    .filter(line -> !line.isEmpty())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
