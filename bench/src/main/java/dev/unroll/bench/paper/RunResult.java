package dev.unroll.bench.paper;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import dev.unroll.bench.dataset.ContentDigest;
import dev.unroll.bench.paper.Recipes.Origin;
import dev.unroll.bench.report.JsonReport;
import dev.unroll.rnn.io.ModelFolder;
import dev.unroll.rnn.io.Shown;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The result of one training. In a file the names are those of the components, with underscores.
 *
 * @param task what was learned
 * @param model what learned it
 * @param recipe whose settings
 * @param seed of everything random
 * @param variant options of {@code unroll train} that differ from the recipe; empty for none
 * @param stream which characters of the Penn Treebank, null for other tasks
 * @param failure why there are no figures, null if there are
 * @param unit of the figures
 * @param valid figure of the kept epoch on the validation split, null after a failure
 * @param test figure of the kept epoch on the test split, null until it is computed
 * @param paper the paper's figure on the test split, null if it has none
 * @param weights numbers in matrices, without biases
 * @param parameters all numbers that are learned
 * @param seconds of training, without the validations
 * @param rowsPerSecond frames, words or characters per second of training
 * @param epochs how many were trained
 * @param keptEpoch the one that validated best, from 1; 0 after a failure
 * @param spec the model's description
 * @param options all options of {@code unroll train}
 * @param threads that it ran on; they change no figure
 * @param machine processor and kernels
 * @param sha256 digest of the kept parameters' file, null after a failure
 * @param training figures of the epochs while they trained, with noise and dropout; null where one is not finite
 * @param validation figures of the epochs on the validation split; null where one is not finite
 */
public record RunResult(
        String task,
        String model,
        String recipe,
        long seed,
        String variant,
        String stream,
        String failure,
        String unit,
        Double valid,
        Double test,
        Double paper,
        long weights,
        long parameters,
        double seconds,
        double rowsPerSecond,
        int epochs,
        int keptEpoch,
        String spec,
        String options,
        int threads,
        String machine,
        String sha256,
        List<Double> training,
        List<Double> validation) {
    /** The name of the file in the folder of a model. */
    public static final String FILE = "result.json";

    private static final long LARGEST_FILE = 1L << 20;

    private static final ObjectMapper MAPPER = new ObjectMapper()
            .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    /** Checks what everything else relies on. */
    public RunResult {
        variant = variant == null ? "" : variant;
        require(Experiment.of(present("task", task)).toString().equals(task), "task is not in lower case");
        require(Model.of(present("model", model)).toString().equals(model), "model is not in lower case");
        key(task, model, present("recipe", recipe), variant, stream, seed); // which checks the rest of them
        present("options", options);
        if (failure == null) {
            require(Double.isFinite(present("valid", valid)), "valid is not finite");
            require(test == null || Double.isFinite(test), "test is not finite");
            present("sha256", sha256);
        }
        training = training == null ? List.of() : Collections.unmodifiableList(new ArrayList<>(training));
        validation = validation == null ? List.of() : Collections.unmodifiableList(new ArrayList<>(validation));
    }

    private static <T> T present(String name, T value) {
        return Objects.requireNonNull(value, name + " is missing");
    }

    private static void require(boolean isGood, String fault) {
        if (!isGood) {
            throw new IllegalArgumentException(fault);
        }
    }

    private static RunKey key(String task, String model, String recipe, String variant, String stream, long seed) {
        return new RunKey(Experiment.of(task), Model.of(model), Origin.of(recipe), variant, stream, seed);
    }

    /**
     * Returns the training that this is the result of.
     *
     * @return its key
     */
    public RunKey key() {
        return key(task, model, recipe, variant, stream, seed);
    }

    /**
     * Returns the options in sorted order, whether the recipe or the user chose them: the same text for trainings that
     * differ in the seed alone.
     */
    String settings() {
        return settings(options);
    }

    private static String settings(String options) {
        String[] words = options.split(" ");
        return IntStream.range(0, words.length / 2)
                .mapToObj(i -> words[2 * i] + " " + words[2 * i + 1])
                .sorted()
                .collect(Collectors.joining(" "));
    }

    /**
     * Tells whether this is the result of a training with some options.
     *
     * @param others names and values, in any order
     * @return true if they are the same
     */
    public boolean hasOptions(String others) {
        return settings().equals(settings(others));
    }

    /**
     * Returns the digest of a model's parameters.
     *
     * @param folder of the model
     * @return SHA-256 in hexadecimal digits
     * @throws IOException if there is no model
     */
    public static String digest(Path folder) throws IOException {
        try (InputStream in = Files.newInputStream(folder.resolve(ModelFolder.NUMBERS))) {
            return ContentDigest.sha256(in);
        }
    }

    /**
     * Reads a result.
     *
     * @param file that {@link #write} has written
     * @return the result
     * @throws IOException if it is missing or no result
     */
    public static RunResult read(Path file) throws IOException {
        requireSmall(file);
        try {
            return MAPPER.readValue(file.toFile(), RunResult.class);
        } catch (JsonProcessingException e) {
            throw malformed(file, e.getOriginalMessage());
        }
    }

    /** Refuses what is not there, no file, or too large to be a result. */
    static void requireSmall(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString(), null, "no such file; give the result of unroll paper");
        }
        if (!Files.isRegularFile(file) || Files.size(file) > LARGEST_FILE) {
            throw malformed(file, "no file of at most 1 MiB");
        }
    }

    private static FileSystemException malformed(Path file, String reason) {
        return new FileSystemException(
                file.toString(), null, "is no result of unroll paper: " + Shown.brief(String.valueOf(reason))
                        + "; give one, such as " + FILE + " in the folder of a model");
    }

    /**
     * Writes the result as a whole.
     *
     * @param file to make or to replace
     * @throws IOException if it cannot be written
     */
    public void write(Path file) throws IOException {
        Map<String, Object> members = new LinkedHashMap<>();
        MAPPER.valueToTree(this)
                .properties()
                .forEach(member -> members.put(member.getKey(), MAPPER.convertValue(member.getValue(), Object.class)));
        JsonReport.write(file, members);
    }

    /**
     * This result with the figure of the test split.
     *
     * @param figure in the same unit
     * @return the rest as it is
     */
    public RunResult tested(double figure) {
        return new RunResult(
                task, model, recipe, seed, variant, stream, failure, unit, valid, figure, paper, weights, parameters,
                seconds, rowsPerSecond, epochs, keptEpoch, spec, options, threads, machine, sha256, training,
                validation);
    }
}
