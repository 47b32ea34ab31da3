package dev.unroll.bench.cli.paper;

import dev.unroll.bench.cli.common.CommandLines;
import dev.unroll.bench.cli.train.Interruption;
import dev.unroll.bench.cli.train.Recipe.Settings;
import dev.unroll.bench.cli.train.TrainCommand;
import dev.unroll.bench.cli.train.TrainingRun.Outcome;
import dev.unroll.bench.cli.train.TrainingSubject;
import dev.unroll.bench.paper.Model;
import dev.unroll.bench.paper.Recipes;
import dev.unroll.bench.paper.RunKey;
import dev.unroll.bench.paper.RunResult;
import dev.unroll.bench.queue.ShellWords;
import dev.unroll.bench.report.LossMeasure;
import dev.unroll.bench.report.Machine;
import dev.unroll.kernels.Kernels;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.io.ModelFolder;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Evaluation;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.train.TrainingListener.EpochReport;
import dev.unroll.rnn.train.TrainingListener.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * One training of {@code unroll paper}: a training of {@code unroll train} with the options of a recipe, and its
 * result.
 *
 * @param key which training
 * @param options of the recipe, with those that were chosen instead
 * @param settings that they mean
 * @param out the folder of the model
 * @param train the command with all options
 */
record PaperRun(RunKey key, String options, Settings settings, Path out, TrainCommand train) {
    /** Options that have nothing to choose here: the task has its data, and a text its order. */
    private static final List<String> OF_THE_TASK = List.of("--tokens", "--text", "--max-tokens", "--batches");

    private static final String START_FROM = "--start-from";

    /** Prefix by which a recipe names the training of another model that it starts from. */
    private static final String SIBLING = "sibling:";

    /** A run whose options are checked, as far as that is possible without the data. */
    static PaperRun of(RunKey key, Path out, boolean resumes, CommandLine command) {
        List<String> options;
        try {
            options = Recipes.options(key.task(), key.recipe(), key.model());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command, e.getMessage(), e);
        }
        try {
            options = with(options, key.variant());
            List<String> all = new ArrayList<>(withSibling(options, key, out));
            all.addAll(List.of("--data", key.task().toString(), "--seed", Long.toString(key.seed()), "--out",
                    out.toString()));
            if (resumes) {
                all.add("--resume");
            }
            TrainCommand train = new TrainCommand();
            CommandLines.configured(new CommandLine(train))
                    .setOverwrittenOptionsAllowed(true)
                    .setOut(command.getOut())
                    .setErr(command.getErr())
                    .parseArgs(all.toArray(String[]::new));
            return new PaperRun(key, String.join(" ", options), train.options.settings(), out, train);
        } catch (IllegalArgumentException | ParameterException e) {
            throw new ParameterException(
                    command, key.variant().isEmpty()
                            ? e.getMessage()
                            : "--with " + Shown.brief(key.variant()) + ": " + e.getMessage(),
                    e);
        }
    }

    private static List<String> with(List<String> recipe, String variant) {
        List<String> chosen = Recipes.lastOfEach(words(variant));
        for (int i = 0; i < chosen.size(); i += 2) {
            String name = chosen.get(i);
            if (TrainCommand.NOT_OF_A_RECIPE.contains(name) || OF_THE_TASK.contains(name)) {
                throw new IllegalArgumentException(name + " is no setting of a recipe; leave it out");
            }
        }
        return Recipes.lastOfEach(Stream.concat(recipe.stream(), chosen.stream()).toList());
    }

    /** Words of which each is a name or a value, also of {@code --name=value}. */
    private static List<String> words(String variant) {
        return ShellWords.split(variant).stream()
                .flatMap(word -> word.startsWith("--") ? Stream.of(word.split("=", 2)) : Stream.of(word))
                .toList();
    }

    /** The options with the folder of the other training instead of its name. */
    private static List<String> withSibling(List<String> options, RunKey key, Path out) {
        RunKey sibling = siblingOrNull(options, key);
        if (sibling == null) {
            return options;
        }
        List<String> resolved = new ArrayList<>(options);
        resolved.set(resolved.indexOf(START_FROM) + 1, folder(sibling, out).toString());
        return resolved;
    }

    /** The training of another model that this one begins with, null for none. */
    private static RunKey siblingOrNull(List<String> options, RunKey key) {
        int name = options.indexOf(START_FROM);
        return name < 0 || !options.get(name + 1).startsWith(SIBLING)
                ? null
                : key.sibling(Model.of(options.get(name + 1).substring(SIBLING.length())));
    }

    /** Its folder, beside that of this training. */
    private static Path folder(RunKey sibling, Path out) {
        return out.toAbsolutePath().resolveSibling(sibling.folder());
    }

    /** Requires the model that this training starts from. */
    private void requireSibling() throws IOException {
        RunKey sibling = siblingOrNull(List.of(options.split(" ")), key);
        if (sibling != null && !new ModelFolder(folder(sibling, out)).holdsModel()) {
            throw new IllegalStateException(
                    "the recipe begins with the trained " + sibling.model() + ", which is not in "
                            + folder(sibling, out) + "; train it first, " + sibling + " --out " + folder(sibling, out));
        }
    }

    /**
     * Trains to the end, or to a failure that would come again; null if the training was interrupted, in which case it
     * was said why and where the model is.
     */
    RunResult train(PaperData data, WorkerPool pool, Interruption interruption) throws IOException {
        requireSibling();
        DeepRnn network = train.network(settings, data.size(), data.vocabularyOrNull(), pool);
        try (network) {
            TrainingSubject subject = data.subject(network, settings);
            Outcome outcome;
            try {
                outcome = train.train(subject, settings, interruption);
            } catch (ArithmeticException e) { // it diverged in its first epoch
                return failed(e.getMessage(), network, pool);
            }
            if (outcome.code() == 0) {
                return result(outcome, subject, pool);
            }
            return interruption.requested() || outcome.isWhole() ? null : failed(outcome.end(), network, pool);
        }
    }

    private RunResult result(Outcome outcome, TrainingSubject subject, WorkerPool pool) throws IOException {
        double valid = figure(subject.network(), subject.task(), subject.validation());
        return result(
                null, valid, outcome.epochs(), outcome.kept().progress().epoch(), RunResult.digest(outcome.folder()),
                subject.network(), pool);
    }

    private RunResult failed(String failure, DeepRnn network, WorkerPool pool) {
        return result(failure, null, List.of(), 0, null, network, pool);
    }

    private RunResult result(
            String failure, Double valid, List<EpochReport> epochs, int kept, String sha256, DeepRnn network,
            WorkerPool pool) {
        Progress last = epochs.isEmpty() ? null : epochs.getLast().progress();
        Parameters parameters = network.parameters();
        return new RunResult(
                key.task().toString(), key.model().toString(), key.recipe().toString(), key.seed(), key.variant(),
                key.stream(), failure, measure().key(), valid, null, key.paper(), parameters.weights(),
                parameters.count(), last == null ? 0 : last.seconds(), last == null ? 0 : last.tokensPerSecond(),
                epochs.size(), kept, network.spec().text(), options, pool.threads(), machine(), sha256,
                curve(epochs.stream().map(epoch -> epoch.progress().loss())),
                curve(epochs.stream().map(EpochReport::validation)));
    }

    private LossMeasure measure() {
        return key.task().measure();
    }

    private static String machine() {
        return Machine.processor() + ", " + Kernels.describe();
    }

    /** Converts losses to the measure; null for a perplexity that overflows. */
    private List<Double> curve(Stream<Double> losses) {
        return losses.map(measure()::of).map(figure -> Double.isFinite(figure) ? figure : null).toList();
    }

    private double figure(DeepRnn network, Task learned, List<Batch> split) {
        double figure = measure().of(Evaluation.of(network, learned, split));
        if (!Double.isFinite(figure)) {
            throw new ArithmeticException("the figure of " + out + " is " + figure
                    + ", which is no result; train again with a lower rate (--with \"--lr ...\")");
        }
        return figure;
    }

    /** The result of this very training, null if there is none yet; one of another training is refused. */
    RunResult existingResult() throws IOException {
        Path file = out.resolve(RunResult.FILE);
        if (!Files.exists(file)) {
            return null;
        }
        RunResult result = RunResult.read(file);
        if (!result.key().equals(key) || !result.hasOptions(options)) {
            throw new IllegalStateException(out + " holds the result of another training, " + result.key()
                    + (result.key().equals(key) ? " of another version of the recipe" : "")
                    + "; give another --out, or remove it");
        }
        return result;
    }

    /** Refuses a folder that holds a result. */
    void requireNoResult() {
        if (Files.exists(out.resolve(RunResult.FILE))) {
            throw new IllegalStateException(
                    out + " holds the result of a training; add --resume to use it, give another"
                            + " --out, or remove it");
        }
    }

    /** A result with the figure on the test split, from the model that was kept. */
    RunResult test(RunResult result, PaperData data, WorkerPool pool) throws IOException {
        PaperCheck.requireModel(result, out);
        try (DeepRnn network = data.load(out, pool)) {
            return result.tested(figure(network, data.learned(), data.test()));
        }
    }
}
