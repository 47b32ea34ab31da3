package dev.unroll.bench.cli.train;

import dev.unroll.bench.cli.common.DataNames;
import dev.unroll.bench.cli.sample.Prefix;
import dev.unroll.bench.cli.train.Recipe.Settings;
import dev.unroll.bench.cli.train.TrainingRun.Outcome;
import dev.unroll.bench.dataset.BookCorpus;
import dev.unroll.bench.dataset.Corpus;
import dev.unroll.bench.dataset.DemoCorpus;
import dev.unroll.bench.dataset.PianoRolls;
import dev.unroll.bench.dataset.TextFiles;
import dev.unroll.bench.report.LossMeasure;
import dev.unroll.bench.report.ReportFile;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.LanguageModel;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.spec.ModelSpec;
import dev.unroll.rnn.text.TextEncoder;
import dev.unroll.rnn.text.Tokens;
import dev.unroll.rnn.text.Vocabulary;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code unroll train}: trains a network on texts or music and shows what it has learned. */
@Command(
        name = "train",
        description = "Trains a deep recurrent network on a text or on piano-rolls. Ctrl-C saves the model and says"
                + " where.",
        sortOptions = false)
public final class TrainCommand implements Callable<Integer> {
    private static final int DEMO_CHARACTERS = 100_000;

    /** Options about where things are, and how the work is done. */
    public static final List<String> NOT_OF_A_RECIPE = List.of(
            "--data", "--data-dir", "--valid", "--out", "--json", "--seed", "--threads", "--resume", "--recipe",
            "--checkpoint-every", "--keep", "--prefix", "--spark", "--workers", "--timeout", "--spark-conf", "--fetch",
            "--verbose", "--help", "--version");

    private static final List<String> D2L_PREFIXES = List.of("time traveller", "traveller");

    @Spec
    private CommandSpec spec;

    @Mixin
    public TrainOptions options;

    @Mixin
    private LearningOptions learning;

    @Mixin
    CheckpointOptions checkpoints;

    @Mixin
    SharingOptions sharing;

    private WorkerPart partOrNull;

    /** Makes this the training of one worker of several, all of which run it with the same options. */
    public TrainCommand as(WorkerPart part) {
        partOrNull = part;
        return this;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Settings settings = settings();
        if (options.json != null) { // refused before the training, not after it
            ReportFile.requireWritable(options.json);
        }
        if (sharing.isOnSpark()) {
            return SparkProcess.run(sharing, SparkArguments.given(spec.commandLine()));
        }
        PrintWriter err = spec.commandLine().getErr();
        try (WorkerPool pool = options.pool();
                TrainingSubject subject = options.isMusic() ? music(settings, pool) : text(settings, pool);
                Interruption signals = partOrNull == null ? new Interruption(() -> say(err)) : null) {
            Outcome outcome = train(
                    subject, settings, signals == null ? Thread.currentThread()::isInterrupted : signals::requested);
            if (outcome.isWhole() && (partOrNull == null || partOrNull.isFirst())) {
                new TrainingReport(subject, outcome, pool, options, chosen()).tell(spec.commandLine().getOut());
            }
            return outcome.code();
        }
    }

    /** Returns the settings; options that do not go together are refused. */
    Settings settings() {
        Settings settings = options.settings();
        checkpoints.requireFolder(options.out);
        sharing.check(settings, options.out, checkpoints);
        return settings;
    }

    /** Trains a subject as the options say, to the saved model. */
    public Outcome train(TrainingSubject subject, Settings settings, Interruption interruption) throws IOException {
        return train(subject, settings, interruption::requested);
    }

    private Outcome train(TrainingSubject subject, Settings settings, BooleanSupplier interrupted) throws IOException {
        CommandLine command = spec.commandLine();
        try {
            return new TrainingRun(subject, settings, options, learning, checkpoints, sharing, partOrNull, command)
                    .run(interrupted);
        } finally {
            command.getErr().flush();
        }
    }

    /** Returns the options that differ from the recipe and change what is learned. */
    private List<String> chosen() {
        return spec.commandLine().getParseResult().matchedOptions().stream()
                .filter(option -> !NOT_OF_A_RECIPE.contains(option.longestName()))
                .flatMap(option -> Stream.concat(Stream.of(option.longestName()),
                        option.originalStringValues().stream()))
                .toList();
    }

    public static void say(PrintWriter err) {
        err.println("stopping after this step, to save what was learned ...");
        err.flush();
    }

    private TrainingSubject music(Settings settings, WorkerPool pool) throws IOException {
        options.requireMusic();
        PianoRolls pieces = PianoRolls.read(files().getFirst());
        DeepRnn network = network(settings, PianoRolls.NOTES, null, pool);
        return orClose(network, () -> new MusicSubject(network, pieces, settings));
    }

    private TrainingSubject text(Settings settings, WorkerPool pool) throws IOException {
        Corpus corpus = corpus(settings);
        List<String> prefixes = prefixes(corpus);
        for (String prefix : prefixes) { // refused before the training, not after it
            Prefix.require(prefix, corpus.vocabulary(), spec.commandLine());
        }
        Tokens heldOut = options.heldOut.isEmpty()
                ? null
                : TextFiles.read(heldOut(), TextEncoder.of(corpus.vocabulary()));
        if (heldOut != null && heldOut.size() < 2) {
            throw new IllegalArgumentException("--valid " + options.heldOut + " has " + heldOut.size()
                    + " tokens; give at least 2");
        }
        DeepRnn network = network(settings, corpus.vocabulary().size(), corpus.vocabulary(), pool);
        return orClose(network, () -> new TextSubject(
                new LanguageModel(network, corpus.vocabulary()), corpus, heldOut, options.batches, settings, prefixes,
                LossMeasure.PERPLEXITY));
    }

    private List<Path> files() throws IOException {
        return partOrNull == null ? DataNames.files(options.data, options.dataDir) : partOrNull.files(options.data);
    }

    private List<Path> heldOut() {
        return partOrNull == null
                ? options.heldOut
                : partOrNull.files(options.heldOut.stream().map(Path::toString).toList());
    }

    /** A subject, or no network that nobody would close. */
    private static TrainingSubject orClose(DeepRnn network, Supplier<TrainingSubject> subject) {
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
        options.requireText();
        List<Path> files = files();
        TextEncoder encoder = TextEncoder.learning(options.tokens, settings.rule());
        if (options.recipe() == Recipe.D2L) {
            encoder.keepFirst(settings.maxTokens()); // its vocabulary is that of the whole book
        } else if (settings.maxTokens() < Integer.MAX_VALUE) {
            encoder.readFirst(settings.maxTokens());
        }
        return BookCorpus.read(files, encoder);
    }

    /** The network of the options, as it begins. */
    public DeepRnn network(Settings settings, int size, Vocabulary vocabularyOrNull, WorkerPool pool)
            throws IOException {
        ModelSpec model = options.model(settings, size);
        DeepRnn network = NetworkBuilder.of(model)
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
}
