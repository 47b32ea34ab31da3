package dev.unroll.bench.cli;

import dev.unroll.bench.cli.Recipe.Settings;
import dev.unroll.bench.dataset.BookCorpus;
import dev.unroll.bench.dataset.Corpus;
import dev.unroll.bench.dataset.DemoCorpus;
import dev.unroll.bench.dataset.TextFiles;
import dev.unroll.bench.dataset.TimeMachine;
import dev.unroll.bench.report.JsonReport;
import dev.unroll.bench.report.ReportFile;
import dev.unroll.kernels.Kernels;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.TokenKind;
import dev.unroll.rnn.data.Tokens;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.LanguageModel;
import dev.unroll.rnn.model.ModelSpec;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Sgd;
import dev.unroll.rnn.train.BestEpoch;
import dev.unroll.rnn.train.Trainer;
import dev.unroll.rnn.train.TrainingListener.EpochReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code unroll train}: trains a language model on a text and shows what it has learned. */
@Command(
        name = "train",
        description = "Trains a deep recurrent network on a text. Ctrl-C saves the model and says where.",
        sortOptions = false)
final class TrainCommand implements Callable<Integer> {
    private static final int DEMO_CHARACTERS = 100_000;
    private static final int SAMPLE_CHARACTERS = 50;
    private static final int SAMPLE_WORDS = 20;
    private static final List<String> D2L_PREFIXES = List.of("time traveller", "traveller");

    /** Where Ctrl-C saves the model when {@code --out} does not say. */
    private static final Path INTERRUPTED = Path.of("unroll-interrupted");

    @Spec
    private CommandSpec spec;

    @Mixin
    private TrainOptions options;

    @Override
    public Integer call() throws IOException {
        Settings settings = options.settings();
        checkDestinations();
        Corpus corpus = corpus(settings);
        try (WorkerPool pool = options.pool();
                LanguageModel model = build(settings, corpus, pool);
                Interruption interruption = new Interruption()) {
            checkPrefixes(model, corpus);
            Outcome outcome = train(model, corpus, settings, interruption);
            if (interruption.requested()) {
                Path folder = options.out != null ? options.out : INTERRUPTED;
                model.save(folder);
                spec.commandLine().getErr().println("interrupted; the model is saved in " + folder.toAbsolutePath());
                return 1;
            }
            finish(model, corpus, outcome, pool);
        }
        return 0;
    }

    /** Every epoch that ended, and the one whose parameters the model has now. */
    private record Outcome(List<EpochReport> epochs, EpochReport kept) {}

    /** Results that could not be written are refused before the training, not after it. */
    private void checkDestinations() throws IOException {
        LanguageModel.requireSavable(options.out != null ? options.out : INTERRUPTED);
        if (options.json != null) {
            ReportFile.requireWritable(options.json);
        }
    }

    private Corpus corpus(Settings settings) throws IOException {
        if (options.isDemo()) {
            options.requireDemo();
            return new DemoCorpus(options.seed, Math.min(DEMO_CHARACTERS, settings.maxTokens()));
        }
        Path cache = options.dataDir != null ? options.dataDir : TimeMachine.cacheFolder();
        List<Path> files = options.isTimeMachine()
                ? List.of(new TimeMachine(cache).fetch())
                : options.data.stream().map(Path::of).toList();
        return new BookCorpus(TextFiles.read(files), options.tokens, settings.rule(), settings.maxTokens());
    }

    private LanguageModel build(Settings settings, Corpus corpus, WorkerPool pool) {
        int size = corpus.vocabulary().size();
        ModelSpec model = new ModelSpec(settings.cell(), size, settings.hidden(), settings.layers(), size);
        return new LanguageModel(
                DeepRnn.of(model).seed(options.seed).pool(pool).build(), corpus.vocabulary());
    }

    private List<String> prefixes(Corpus corpus) {
        if (!options.prefixes.isEmpty()) {
            return options.prefixes;
        }
        return options.recipe() == Recipe.D2L && !options.isDemo() ? D2L_PREFIXES : corpus.prefixes();
    }

    /** A prefix that cannot be continued is refused before the training, not after it. */
    private void checkPrefixes(LanguageModel model, Corpus corpus) {
        for (String prefix : prefixes(corpus)) {
            if (model.vocabulary().encode(prefix).length == 0) {
                throw new ParameterException(spec.commandLine(), "--prefix is empty; give at least one token");
            }
        }
    }

    private Outcome train(LanguageModel model, Corpus corpus, Settings settings, Interruption interruption) {
        PrintWriter err = spec.commandLine().getErr();
        DeepRnn network = model.network();
        err.println("training " + network.spec() + ", " + network.parameters().count() + " parameters, on "
                + String.join(", ", options.data) + ", " + model.vocabulary());
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(options.seed);
        try (Trainer trainer = new Trainer(network, new Sgd(settings.rate()), Clip.norm(settings.clip()));
                BestEpoch best = new BestEpoch(network.parameters());
                TrainingDisplay display = TrainingDisplay.on(err, interruption::requested)) {
            List<EpochReport> epochs = trainer.fit(
                    settings.epochs(), epoch -> batches(corpus.epoch(epoch), settings, random), null,
                    display.and(best));
            return new Outcome(epochs, interruption.requested() ? null : best.restore());
        }
    }

    private List<Batch> batches(Tokens text, Settings settings, RandomGenerator random) {
        return switch (options.batches) {
            case SEQUENTIAL -> text.sequential(settings.batch(), settings.steps(), random);
            case RANDOM -> text.random(settings.batch(), settings.steps(), random);
        };
    }

    private void finish(LanguageModel model, Corpus corpus, Outcome outcome, WorkerPool pool) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        Map<String, Object> results = results(outcome, pool);
        if (corpus instanceof DemoCorpus demo) {
            compareWithFloor(model, demo, results, out);
        } else {
            out.printf(
                    Locale.ROOT, "perplexity %.4f on the training text in the last epoch; kept is epoch %d with %.4f%n",
                    results.get("perplexity"), outcome.kept().progress().epoch(), outcome.kept().perplexity());
        }
        out.printf(Locale.ROOT, "%,.0f tokens a second%n", results.get("tokens_per_second"));
        List<Map<String, String>> samples = new ArrayList<>();
        for (String prefix : prefixes(corpus)) {
            String added = sample(model, prefix);
            samples.add(Map.of("prefix", prefix, "continuation", added));
            out.println(prefix + "|" + added);
        }
        results.put("samples", samples);
        if (options.out != null) {
            model.save(options.out);
            out.println("saved in " + options.out);
        }
        if (options.json != null) {
            JsonReport.write(options.json, results);
        }
        out.flush();
    }

    private static String sample(LanguageModel model, String prefix) {
        boolean chars = model.vocabulary().kind() == TokenKind.CHARS;
        return model.sample(prefix, chars ? SAMPLE_CHARACTERS : SAMPLE_WORDS);
    }

    private Map<String, Object> results(Outcome outcome, WorkerPool pool) {
        List<EpochReport> epochs = outcome.epochs();
        EpochReport last = epochs.getLast();
        Map<String, Object> results = new LinkedHashMap<>();
        results.put("perplexity", last.perplexity());
        results.put(
                "perplexities",
                epochs.subList(Math.max(0, epochs.size() - 10), epochs.size()).stream()
                        .map(EpochReport::perplexity)
                        .toList());
        results.put("tokens_per_second", last.progress().tokensPerSecond());
        results.put("epochs", epochs.size());
        results.put("kept_epoch", outcome.kept().progress().epoch());
        results.put("seconds", last.progress().seconds());
        results.put("threads", pool.threads());
        results.put("simd", Kernels.describe());
        results.put("seed", options.seed);
        return results;
    }

    private static void compareWithFloor(
            LanguageModel model, DemoCorpus demo, Map<String, Object> results, PrintWriter out) {
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
