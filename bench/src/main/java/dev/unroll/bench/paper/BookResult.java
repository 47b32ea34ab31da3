package dev.unroll.bench.paper;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;

/**
 * What {@code unroll train --json} wrote about a training on texts.
 *
 * @param texts names of what it was trained on
 * @param recipe the settings
 * @param model its description
 * @param options what was chosen otherwise than in the recipe
 * @param perplexity the median of the last epochs that the file lists
 * @param validation perplexity of the validation text in the epoch that was kept, NaN if there was none
 * @param epochs how many
 * @param tokensPerSecond of training
 * @param seconds of training
 */
record BookResult(
        String texts,
        String recipe,
        String model,
        String options,
        double perplexity,
        double validation,
        int epochs,
        double tokensPerSecond,
        double seconds) {
    private static final String VALIDATION = "validation_perplexity";

    static BookResult read(Path file) throws IOException {
        RunResult.requireSmall(file);
        JsonNode json;
        try {
            json = new ObjectMapper().readTree(file.toFile());
        } catch (JsonProcessingException e) {
            throw malformed(file, e.getOriginalMessage());
        }
        for (String name : List.of("data", "recipe", "model", "perplexities")) {
            if (!json.has(name)) {
                throw malformed(file, "it has no " + name);
            }
        }
        for (String name : List.of("epochs", "tokens_per_second", "seconds")) {
            requireNumber(file, name, json.path(name));
        }
        if (json.get("perplexities").isEmpty()) {
            throw malformed(file, "it has no perplexity of an epoch");
        }
        if (json.has(VALIDATION)) {
            requireNumber(file, VALIDATION, json.get(VALIDATION));
        }
        for (JsonNode perplexity : json.get("perplexities")) {
            requireNumber(file, "a perplexity", perplexity);
        }
        return new BookResult(
                String.join(", ", texts(json.get("data"))), json.get("recipe").asText(), json.get("model").asText(),
                String.join(" ", texts(json.path("options"))), median(json.get("perplexities")),
                json.path(VALIDATION).asDouble(Double.NaN), json.get("epochs").asInt(),
                json.get("tokens_per_second").asDouble(), json.get("seconds").asDouble());
    }

    private static void requireNumber(Path file, String name, JsonNode value) throws IOException {
        if (!value.isNumber()) {
            throw malformed(file, name + " is no number");
        }
    }

    private static FileSystemException malformed(Path file, String reason) {
        return new FileSystemException(
                file.toString(), null, "is no result of a training on texts: " + reason
                        + "; give what unroll train --json has written");
    }

    private static List<String> texts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asText).toList();
    }

    private static double median(JsonNode array) {
        double[] sorted = StreamSupport.stream(array.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .sorted()
                .toArray();
        return IntStream.of((sorted.length - 1) / 2, sorted.length / 2)
                .mapToDouble(i -> sorted[i])
                .average()
                .orElseThrow();
    }

    /** A row of a table. */
    String row() {
        return ResultTables.line(
                texts, recipe, model, options, MeanAndSpread.fixed(perplexity, 3),
                Double.isNaN(validation) ? "" : MeanAndSpread.fixed(validation, 3), epochs,
                String.format(Locale.ROOT, "%,.0f", tokensPerSecond), MeanAndSpread.fixed(seconds / 60, 1));
    }
}
