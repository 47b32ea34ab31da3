package dev.unroll.bench.cli.train;

import dev.unroll.bench.cli.common.DataNames;
import dev.unroll.bench.cli.common.FileList;
import dev.unroll.bench.cli.common.ModelText;
import dev.unroll.bench.cli.train.Recipe.Settings;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.spec.ModelSpec;
import dev.unroll.rnn.text.Normalization;
import dev.unroll.rnn.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of {@code unroll train}. What is not given comes from the recipe. */
public final class TrainOptions {
    static final String DEMO = "demo";

    private static final int MAX_THREADS = 9_999; // as of -Dunroll.threads

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    List<String> data = List.of(DEMO);
    List<Path> heldOut = List.of();

    @Option(
            names = "--data",
            paramLabel = "FILE,...|NAME,...|demo",
            description = "Texts in UTF-8; or a piano-roll file, NAME.mat; or " + DataNames.HELP + "; or 'demo', a text"
                    + " source of known perplexity (default: demo). May be repeated; a comma belongs to the name where"
                    + " there is such a file.")
    private void setData(List<String> given) {
        data = given == null ? List.of(DEMO) : FileList.names(given);
    }

    @Option(
            names = "--valid",
            paramLabel = "FILE,...",
            description = "Held-out texts: the epoch that predicts them best is kept. May be repeated.")
    private void setHeldOut(List<String> given) {
        heldOut = FileList.paths(given);
    }

    @Option(names = "--data-dir", paramLabel = "DIR", description = DataNames.FOLDER)
    Path dataDir;

    @Option(
            names = "--recipe",
            paramLabel = "NAME",
            description = "Settings that belong together: d2l is the first edition of Dive into Deep Learning, 2 x 256"
                    + " LSTM, batch 32, 35 steps, SGD 2, clip 1, 500 epochs, 10,000 characters.")
    private Recipe recipe;

    @Option(names = "--tokens", paramLabel = "chars|words", description = "The unit of text that is a token"
            + " (default: chars).")
    Tokenizer tokens = Tokenizer.CHARS;

    @Option(
            names = "--text",
            paramLabel = "raw|letters|lines|eos",
            description = "Normalization of the text: raw keeps it; letters lowercases it and turns all else into"
                    + " single spaces; lines does so line by line, stripped and joined; eos, for words, appends <eos>"
                    + " to each line.")
    private Normalization rule;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            description = "Read only the beginning of the text, whose vocabulary is the model's; with --recipe d2l the"
                    + " vocabulary is that of all the text.")
    private Integer maxTokens;

    @Option(
            names = "--model",
            paramLabel = "SPEC|FILE",
            description = "The layers, such as lstm:2x256, dots:400,400,400, srnn:2x400 or embedding:64/gru:128; or a"
                    + " file with them; instead of --cell, --layers and --hidden. See unroll info --model SPEC.")
    private String model;

    @Option(names = "--cell", paramLabel = "lstm|gru|rnn", description = "The cell of every layer.")
    private CellChoice cell;

    @Option(names = "--layers", paramLabel = "N", description = "Number of layers.")
    private Integer layers;

    @Option(names = "--hidden", paramLabel = "N", description = "Hidden size of every layer.")
    private Integer hidden;

    @Option(names = "--batch", paramLabel = "N", description = "Sequences per batch.")
    private Integer batch;

    @Option(names = "--steps", paramLabel = "N", description = "Steps of truncated backpropagation through time.")
    private Integer steps;

    @Option(names = "--batches", paramLabel = "sequential|random", description = "Continue with the carried state,"
            + " or start at random places without it (default: sequential).")
    BatchOrder batches = BatchOrder.SEQUENTIAL;

    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the text.")
    private Integer epochs;

    @Option(
            names = "--optimizer",
            paramLabel = "NAME",
            description = "sgd, momentum, nesterov, rmsprop, adadelta or adam.")
    private OptimizerChoice optimizer;

    @Option(names = "--lr", paramLabel = "RATE", description = "The learning rate of the optimizer.")
    private Double rate;

    @Option(names = "--clip", paramLabel = "NORM", description = "Largest norm of the gradients.")
    private Double clip;

    @Option(names = "--seed", paramLabel = "N", description = "Of everything random (default: ${DEFAULT-VALUE}).")
    long seed = 1;

    @Option(names = "--threads", paramLabel = "N", description = "Threads; they change no bit of a result"
            + " (default: -Dunroll.threads, or one for each processor).")
    private Integer threads;

    @Option(names = "--prefix", paramLabel = "TEXT", description = "A text to continue at the end; may be repeated.")
    List<String> prefixes = List.of();

    @Option(names = "--out", paramLabel = "DIR", description = "Save the model there.")
    Path out;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the results there.")
    Path json;

    /** The ways to cut a text into batches. */
    public enum BatchOrder {
        SEQUENTIAL,
        RANDOM
    }

    boolean isDemo() {
        return data.equals(List.of(DEMO));
    }

    /** Refuses options that the demo would ignore. */
    void requireDemo() {
        refuse(!heldOut.isEmpty(), "--data demo is new in every epoch; leave --valid out");
        refuse(tokens != Tokenizer.CHARS, "--data demo is made of characters; leave --tokens out");
        refuse(rule != null, "--data demo needs nothing done to its text; leave --text out");
        refuse(dataDir != null, "--data demo needs no folder; leave --data-dir out");
    }

    /** Refuses options that a text from files would ignore. */
    void requireText() {
        refuse(data.contains(DEMO), "--data demo is no file, but a source of its own; give it alone");
        DataNames.check(data, dataDir, spec.commandLine());
    }

    boolean isMusic() {
        return DataNames.isMusic(data);
    }

    /** Refuses options that music would ignore. */
    void requireMusic() {
        String rest = " is of texts; leave it out with a piano-roll file, whose held-out pieces are in it";
        refuse(rule != null, "--text" + rest);
        refuse(maxTokens != null, "--max-tokens" + rest);
        refuse(tokens != Tokenizer.CHARS, "--tokens" + rest);
        refuse(!heldOut.isEmpty(), "--valid" + rest);
        refuse(!prefixes.isEmpty(), "--prefix" + rest);
        refuse(batches != BatchOrder.SEQUENTIAL, "--batches" + rest);
        DataNames.check(data, dataDir, spec.commandLine());
    }

    private void refuse(boolean isGiven, String message) {
        if (isGiven) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }

    Recipe recipe() {
        return recipe != null ? recipe : isDemo() ? Recipe.DEMO : isMusic() ? Recipe.MUSIC : Recipe.TEXT;
    }

    /** The recipe with what the user chose instead. */
    public Settings settings() {
        refuse(rule == Normalization.EOS && tokens != Tokenizer.WORDS, "--text eos is of words; add --tokens words");
        Settings base = recipe().settings(cell);
        OptimizerChoice chosen = optimizer != null ? optimizer : base.optimizer();
        return new Settings(
                base.cell(),
                positive("--layers", layers, base.layers()),
                positive("--hidden", hidden, base.hidden()),
                positive("--batch", batch, base.batch()),
                positive("--steps", steps, base.steps()),
                positive("--epochs", epochs, base.epochs()),
                chosen,
                positive("--lr", rate, chosen == base.optimizer() ? base.rate() : chosen.rate()),
                positive("--clip", clip, base.clip()),
                base.init(),
                rule != null ? rule : base.rule(),
                positive("--max-tokens", maxTokens, base.maxTokens()));
    }

    /** The layers that {@code --model} gives, or else the recipe with what was chosen instead. */
    ModelSpec model(Settings settings, int size) throws IOException {
        if (model == null) {
            return ModelSpec.parse(settings.model(), size, size);
        }
        if (cell != null || layers != null || hidden != null) {
            throw new ParameterException(
                    spec.commandLine(), "--model says it all; leave --cell, --layers and --hidden out");
        }
        return ModelText.parse(model, size, size, spec.commandLine());
    }

    /** The pool of {@code --threads}, or the common one; to be closed. */
    WorkerPool pool() {
        return pool(threads, spec.commandLine());
    }

    /** The pool of so many threads, or the common one for null; to be closed. */
    public static WorkerPool pool(Integer threadsOrNull, CommandLine command) {
        if (threadsOrNull == null) {
            return WorkerPool.common();
        }
        if (threadsOrNull < 1 || threadsOrNull > MAX_THREADS) {
            throw new ParameterException(
                    command, "--threads must be from 1 to " + MAX_THREADS + ", not " + threadsOrNull);
        }
        return new WorkerPool(threadsOrNull);
    }

    private int positive(String name, Integer given, int otherwise) {
        if (given != null && given < 1) {
            throw new ParameterException(spec.commandLine(), name + " must be at least 1, not " + given);
        }
        return given != null ? given : otherwise;
    }

    private double positive(String name, Double given, double otherwise) {
        if (given != null && (!(given > 0) || Double.isInfinite(given))) {
            throw new ParameterException(
                    spec.commandLine(),
                    String.format(Locale.ROOT, "%s must be a positive number, not %s", name, given));
        }
        return given != null ? given : otherwise;
    }
}
