package dev.unroll.bench.cli;

import dev.unroll.bench.cli.Recipe.Settings;
import dev.unroll.bench.dataset.BookCorpus;
import dev.unroll.bench.dataset.Corpus;
import dev.unroll.bench.dataset.DemoCorpus;
import dev.unroll.bench.dataset.PianoRolls;
import dev.unroll.bench.dataset.TextFiles;
import dev.unroll.bench.dataset.TimeMachine;
import dev.unroll.bench.report.JsonReport;
import dev.unroll.bench.report.ReportFile;
import dev.unroll.kernels.Kernels;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.TextEncoder;
import dev.unroll.rnn.data.Tokens;
import dev.unroll.rnn.data.Vocabulary;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.LanguageModel;
import dev.unroll.rnn.model.ModelSpec;
import dev.unroll.rnn.train.BestEpoch;
import dev.unroll.rnn.train.Evaluation;
import dev.unroll.rnn.train.Trainer;
import dev.unroll.rnn.train.TrainingListener.EpochReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code unroll train}: trains a network on texts or music and shows what it has learned. */
@Command(
        name = "train",
        description = "Trains a deep recurrent network on a text or on piano-rolls. Ctrl-C saves the model and says where.",
        sortOptions = false)
final class TrainCommand implements Callable<Integer> {
    private static final int DEMO_CHARACTERS = 100_000;
    private static final List<String> D2L_PREFIXES = List.of("time traveller", "traveller");

    /** Where Ctrl-C saves the model when {@code --out} does not say. */
    private static final Path INTERRUPTED = Path.of("unroll-interrupted");

    @Spec
    private CommandSpec spec;

    @Mixin
    private TrainOptions options;

    @Mixin
    private LearningOptions learning;

    @Override
    public Integer call() throws IOException {
        Settings settings = options.settings();
        checkDestinations();
        try (WorkerPool pool = options.pool();
                Subject subject = options.isMusic() ? music(settings, pool) : text(settings, pool);
                Interruption interruption = new Interruption()) {
            Outcome outcome = train(subject, settings, interruption);
            if (outcome.isWhole()) {
                finish(subject, outcome, pool);
                return 0;
            }
            Path folder = options.out != null ? options.out : INTERRUPTED;
            subject.save(folder);
            spec.commandLine().getErr().println(outcome.end() + "; the model "
                    + (outcome.kept() == null ? "" : "of epoch " + outcome.kept().progress().epoch() + " ")
                    + "is saved in " + folder.toAbsolutePath());
            return 1;
        }
    }

    /**
     * How a training went.
     *
     * @param epochs that ended
     * @param kept the one whose parameters the model has now, null for those of the moment
     * @param end why it ended too early, empty if it did not
     */
    private record Outcome(List<EpochReport> epochs, EpochReport kept, String end) {
        boolean isWhole() {
            return end.isEmpty();
        }
    }

    /** Results that could not be written are refused before the training, not after it. */
    private void checkDestinations() throws IOException {
        DeepRnn.requireSavable(options.out != null ? options.out : INTERRUPTED);
        if (options.json != null) {
            ReportFile.requireWritable(options.json);
        }
    }

    private Subject music(Settings settings, WorkerPool pool) throws IOException {
        options.requireMusic();
        PianoRolls pieces = PianoRolls.read(Path.of(options.data.getFirst()));
        DeepRnn network = network(settings, PianoRolls.NOTES, null, pool);
        return orClose(network, () -> new MusicSubject(network, pieces, settings));
    }

    private Subject text(Settings settings, WorkerPool pool) throws IOException {
        Corpus corpus = corpus(settings);
        List<String> prefixes = prefixes(corpus);
        for (String prefix : prefixes) { // refused before the training, not after it
            Prefix.require(prefix, corpus.vocabulary(), spec.commandLine());
        }
        Tokens heldOut = options.heldOut.isEmpty()
                ? null
                : TextFiles.read(options.heldOut, TextEncoder.of(corpus.vocabulary()));
        if (heldOut != null && heldOut.size() < 2) {
            throw new IllegalArgumentException("--valid " + options.heldOut + " has " + heldOut.size()
                    + " tokens; give at least 2");
        }
        DeepRnn network = network(settings, corpus.vocabulary().size(), corpus.vocabulary(), pool);
        return orClose(network, () -> new TextSubject(
                new LanguageModel(network, corpus.vocabulary()), corpus, heldOut, options.batches, settings, prefixes));
    }

    /** A subject, or no network that nobody would close. */
    private static Subject orClose(DeepRnn network, Supplier<Subject> subject) {
        try {
            return subject.get();
        } catch (RuntimeException e) {
            network.close();
            throw e;
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
        TextEncoder encoder = TextEncoder.learning(options.tokens, settings.rule());
        if (options.recipe() == Recipe.D2L) {
            encoder.keepFirst(settings.maxTokens()); // its vocabulary is that of the whole book
        } else if (settings.maxTokens() < Integer.MAX_VALUE) {
            encoder.readFirst(settings.maxTokens());
        }
        return BookCorpus.read(files, encoder);
    }

    private DeepRnn network(Settings settings, int size, Vocabulary vocabularyOrNull, WorkerPool pool)
            throws IOException {
        ModelSpec model = options.model(settings, size);
        DeepRnn network = DeepRnn.of(model)
                .seed(options.seed)
                .pool(pool)
                .initialization(learning.initialization(model, settings.init()))
                .build();
        try {
            learning.start(network, vocabularyOrNull, pool);
            return network;
        } catch (Throwable e) {
            network.close();
            throw e;
        }
    }

    private List<String> prefixes(Corpus corpus) {
        if (!options.prefixes.isEmpty()) {
            return options.prefixes;
        }
        return options.recipe() == Recipe.D2L && !options.isDemo() ? D2L_PREFIXES : corpus.prefixes();
    }

    private Outcome train(Subject subject, Settings settings, Interruption interruption) {
        PrintWriter err = spec.commandLine().getErr();
        DeepRnn network = subject.network();
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(options.seed);
        try (Trainer trainer = new Trainer(
                network, subject.task(), settings.optimizer().with(settings.rate()), learning.clip(settings.clip()));
                BestEpoch best = learning.best(network.parameters());
                TrainingDisplay display =
                        TrainingDisplay.on(err, subject.measure(), interruption::requested)) {
            DoubleSupplier validation = validation(subject);
            learning.configure(trainer.seed(options.seed), validation != null);
            err.println("training " + network.spec() + ", " + network.parameters().count() + " parameters, on "
                    + String.join(", ", options.data) + ", " + subject.data());
            try {
                List<EpochReport> epochs = trainer.fit(
                        settings.epochs(), epoch -> subject.batches(epoch, random), validation, display.and(best));
                String end = interruption.requested() ? "interrupted" : "";
                return new Outcome(epochs, best.hasEpoch() ? best.restore() : null, end);
            } catch (ArithmeticException e) {
                if (!best.hasEpoch()) {
                    throw e;
                }
                return new Outcome(List.of(), best.restore(), e.getMessage());
            }
        }
    }

    private static DoubleSupplier validation(Subject subject) {
        List<Batch> batches = subject.validation();
        return batches.isEmpty() ? null : () -> Evaluation.of(subject.network(), subject.task(), batches);
    }

    private void finish(Subject subject, Outcome outcome, WorkerPool pool) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        Map<String, Object> results = results(subject, outcome, pool);
        out.println(figures(subject.measure(), outcome));
        out.printf(Locale.ROOT, "%,.0f %s a second%n", results.get("tokens_per_second"), subject.measure().rows());
        subject.tell(out, results);
        if (options.out != null) {
            subject.save(options.out);
            out.println("saved in " + options.out);
        }
        if (options.json != null) {
            JsonReport.write(options.json, results);
        }
        out.flush();
    }

    private static String figures(Measure measure, Outcome outcome) {
        EpochReport last = outcome.epochs().getLast();
        EpochReport kept = outcome.kept();
        String training = measure.text(kept.progress().loss()) + " in training";
        return "last epoch: " + measure.text(last.progress().loss()) + " in training; kept is epoch "
                + kept.progress().epoch() + ": "
                + (Double.isNaN(kept.validation())
                        ? training
                        : training + ", " + measure.text(kept.validation()) + " on what was held out");
    }

    private Map<String, Object> results(Subject subject, Outcome outcome, WorkerPool pool) {
        Measure measure = subject.measure();
        List<EpochReport> epochs = outcome.epochs();
        EpochReport last = epochs.getLast();
        Map<String, Object> results = new LinkedHashMap<>();
        results.put("model", subject.network().spec().text());
        results.put(measure.key(), measure.of(last.progress().loss()));
        results.put(
                measure.keyOfMany(),
                epochs.subList(Math.max(0, epochs.size() - 10), epochs.size()).stream()
                        .map(epoch -> measure.of(epoch.progress().loss()))
                        .toList());
        if (!Double.isNaN(outcome.kept().validation())) {
            results.put("validation_" + measure.key(), measure.of(outcome.kept().validation()));
        }
        results.put("tokens_per_second", last.progress().tokensPerSecond());
        results.put("epochs", epochs.size());
        results.put("kept_epoch", outcome.kept().progress().epoch());
        results.put("seconds", last.progress().seconds());
        results.put("threads", pool.threads());
        results.put("simd", Kernels.describe());
        results.put("seed", options.seed);
        return results;
    }
}
