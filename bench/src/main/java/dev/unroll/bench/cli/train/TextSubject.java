package dev.unroll.bench.cli.train;

import dev.unroll.bench.cli.train.Recipe.Settings;
import dev.unroll.bench.cli.train.TrainOptions.BatchOrder;
import dev.unroll.bench.dataset.Corpus;
import dev.unroll.bench.dataset.DemoCorpus;
import dev.unroll.bench.report.LossMeasure;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.LanguageModel;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.text.Tokenizer;
import dev.unroll.rnn.text.Tokens;
import dev.unroll.rnn.text.Vocabulary;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;

/**
 * A language model, which predicts the next token.
 *
 * @param model what is trained
 * @param corpus what it learns from
 * @param heldOut a text to choose the best epoch by, null for none
 * @param order how the text is cut
 * @param settings of the batches
 * @param prefixes that it continues in the end
 * @param measure of its losses
 */
public record TextSubject(
        LanguageModel model,
        Corpus corpus,
        Tokens heldOut,
        BatchOrder order,
        Settings settings,
        List<String> prefixes,
        LossMeasure measure) implements TrainingSubject {
    private static final int SAMPLE_CHARACTERS = 50;
    private static final int SAMPLE_WORDS = 20;

    /** Predicts the next token. */
    public static final Task TASK = Task.nextToken();

    @Override
    public DeepRnn network() {
        return model.network();
    }

    @Override
    public Task task() {
        return TASK;
    }

    @Override
    public String data() {
        return model.vocabulary().toString();
    }

    @Override
    public Map<String, Object> facts() {
        Vocabulary vocabulary = model.vocabulary();
        CRC32C tokens = new CRC32C();
        tokens.update(String.join("\n", vocabulary.tokens()).getBytes(StandardCharsets.UTF_8));
        return Map.of(
                "tokens", vocabulary.kind().name(), "text", vocabulary.rule().name(),
                "vocabulary", vocabulary + " " + Long.toHexString(tokens.getValue()));
    }

    @Override
    public List<Batch> batches(int epoch, RandomGenerator random) {
        Tokens text = corpus.epoch(epoch);
        return switch (order) {
            case SEQUENTIAL -> text.sequential(settings.batch(), settings.steps(), random);
            case RANDOM -> text.random(settings.batch(), settings.steps(), random);
        };
    }

    @Override
    public List<Batch> validation() {
        return heldOut == null ? List.of() : evaluation(heldOut);
    }

    /** Returns the batches of a held-out text, as an evaluation of the saved model reads it. */
    public static List<Batch> evaluation(Tokens text) {
        return text.whole(LanguageModel.EVALUATION_STEPS);
    }

    @Override
    public void save(Path folder) throws IOException {
        model.save(folder);
    }

    @Override
    public void requireSavable(Path folder) throws IOException {
        model.requireSavable(folder);
    }

    @Override
    public void tell(PrintWriter out, Map<String, Object> results) {
        if (corpus instanceof DemoCorpus demo) {
            compareWithFloor(demo, out, results);
        }
        List<Map<String, String>> samples = new ArrayList<>();
        for (String prefix : prefixes) {
            String added = continuation(prefix);
            Map<String, String> sample = new LinkedHashMap<>();
            sample.put("prefix", prefix);
            sample.put("continuation", added);
            samples.add(sample);
            out.println(Shown.text(prefix + "|" + added));
        }
        results.put("samples", samples);
    }

    private String continuation(String prefix) {
        boolean chars = model.vocabulary().kind() == Tokenizer.CHARS;
        return model.sample(prefix, chars ? SAMPLE_CHARACTERS : SAMPLE_WORDS);
    }

    private void compareWithFloor(DemoCorpus demo, PrintWriter out, Map<String, Object> results) {
        List<String> fresh = demo.fresh();
        double floor = demo.floor(fresh);
        double perplexity = model.perplexity(fresh.stream()
                .map(text -> new Tokens(model.vocabulary().encode(text)))
                .toList());
        results.put("perplexity", perplexity);
        results.put("floor", floor);
        out.printf(
                Locale.ROOT,
                "perplexity %.4f on 50,000 fresh characters; the source itself has %.4f there (%.1f%% above)%n",
                perplexity,
                floor,
                100 * (perplexity / floor - 1));
    }
}
