package dev.unroll.bench.cli;

import dev.unroll.bench.cli.Recipe.Settings;
import dev.unroll.bench.cli.TrainingRun.Outcome;
import dev.unroll.bench.paper.Experiment;
import dev.unroll.bench.paper.Model;
import dev.unroll.bench.paper.Recipes;
import dev.unroll.bench.paper.RunResult;
import dev.unroll.bench.queue.ShellWords;
import dev.unroll.bench.report.Machine;
import dev.unroll.kernels.Kernels;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.train.Evaluation;
import dev.unroll.rnn.train.Task;
import dev.unroll.rnn.train.TrainingListener;
import dev.unroll.rnn.train.TrainingListener.EpochReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * One training of {@code unroll paper}: a training of {@code unroll train} with the options of a recipe, and what it gave.
 *
 * @param task what is learned
 * @param model what learns
 * @param recipe whose settings
 * @param seed of everything random
 * @param variant options instead of the recipe's
 * @param options of the recipe, with those
 * @param out the folder of the model
 * @param train the command with all options
 */
record PaperRun(
        Experiment task,
        Model model,
        Recipes.Recipe recipe,
        long seed,
        String variant,
        String options,
        Path out,
        TrainCommand train) {
    /** A run whose options are checked. */
    static PaperRun of(
            Experiment task, Model model, Recipes.Recipe recipe, long seed, String variant, Path out, boolean resumes,
            CommandLine command) {
        List<String> options = options(task, model, recipe, variant, command);
        List<String> all = new ArrayList<>(options);
        all.addAll(List.of("--data", task.toString(), "--seed", Long.toString(seed), "--out", out.toString()));
        if (resumes) {
            all.add("--resume");
        }
        TrainCommand train = new TrainCommand();
        CommandLine line = new CommandLine(train)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExpandAtFiles(false)
                .setOverwrittenOptionsAllowed(true)
                .setOut(command.getOut())
                .setErr(command.getErr());
        try {
            line.parseArgs(all.toArray(String[]::new));
        } catch (ParameterException e) {
            throw new ParameterException(command, "--with " + variant + ": " + e.getMessage(), e);
        }
        return new PaperRun(task, model, recipe, seed, variant, String.join(" ", options), out, train);
    }

    /** The options of the recipe, and those that were chosen instead. */
    private static List<String> options(
            Experiment task, Model model, Recipes.Recipe recipe, String variant, CommandLine command) {
        List<String> options;
        try {
            options = new ArrayList<>(Recipes.options(task, recipe, model));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command, e.getMessage(), e);
        }
        try {
            List<String> chosen = Recipes.lastOfEach(words(variant));
            for (String name : TrainCommand.NOT_OF_A_RECIPE) {
                if (chosen.contains(name)) {
                    throw new IllegalArgumentException(name + " is no setting of a recipe; leave it out");
                }
            }
            options.addAll(chosen);
            return Recipes.lastOfEach(options);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command, "--with " + variant + ": " + e.getMessage(), e);
        }
    }

    /** Words of which each is a name or a value, also of {@code --name=value}. */
    private static List<String> words(String variant) {
        return ShellWords.split(variant).stream()
                .flatMap(word -> word.startsWith("--") ? Stream.of(word.split("=", 2)) : Stream.of(word))
                .toList();
    }

    /** Trains to the end; null if the training was stopped, in which case it was said why and where the model is. */
    RunResult train(PaperData data, String streamOrNull, WorkerPool pool, Interruption interruption)
            throws IOException {
        Settings settings = train.options.settings();
        DeepRnn network = train.network(settings, data.size(), data.vocabularyOrNull(), pool);
        try (network) {
            Subject subject = data.subject(network, settings);
            Outcome outcome = train.train(subject, settings, interruption);
            if (outcome.code() != 0) {
                return null;
            }
            return result(outcome, subject, streamOrNull, pool);
        }
    }

    private RunResult result(Outcome outcome, Subject subject, String streamOrNull, WorkerPool pool)
            throws IOException {
        List<EpochReport> epochs = outcome.epochs();
        TrainingListener.Progress last = epochs.getLast().progress();
        DeepRnn network = subject.network();
        OptionalDouble paper = task.figure(model);
        return new RunResult(
                task.toString(), model.toString(), recipe.toString(), seed, variant, streamOrNull, task.measure().key(),
                figure(network, subject.task(), subject.validation()), null,
                paper.isPresent() ? paper.getAsDouble() : null, network.parameters().weights(),
                network.parameters().count(), last.seconds(), last.tokensPerSecond(), epochs.size(),
                outcome.kept().progress().epoch(), network.spec().text(), options, pool.threads(),
                Machine.processor() + ", " + Kernels.describe(), RunResult.digest(outcome.folder()),
                curve(epochs.stream().map(epoch -> epoch.progress().loss())),
                curve(epochs.stream().map(EpochReport::validation)));
    }

    private List<Double> curve(Stream<Double> losses) {
        return losses.map(task.measure()::of).toList();
    }

    private double figure(DeepRnn network, Task learned, List<Batch> split) {
        double figure = task.measure().of(Evaluation.of(network, learned, split));
        if (!Double.isFinite(figure)) {
            throw new ArithmeticException("the figure of " + out + " is " + figure
                    + ", which is no result; train again with a lower rate (--with \"--lr ...\")");
        }
        return figure;
    }

    /** The result of this very training, null if there is none yet; one of another training is refused. */
    RunResult made(String streamOrNull) throws IOException {
        Path file = out.resolve(RunResult.FILE);
        if (!Files.exists(file)) {
            return null;
        }
        RunResult result = RunResult.read(file);
        if (!result.isOf(task, model, recipe, seed, options, streamOrNull)) {
            throw new IllegalStateException(out + " holds the result of another training, " + result.task() + " "
                    + result.model() + " --recipe " + result.recipe() + " --seed " + result.seed()
                    + ", or one with other options; give another --out, or remove it");
        }
        return result;
    }

    /** Refuses a folder that holds a result. */
    RunResult none() {
        if (Files.exists(out.resolve(RunResult.FILE))) {
            throw new IllegalStateException(
                    out + " holds the result of a training; add --resume to use it, give another"
                            + " --out, or remove it");
        }
        return null;
    }

    /** A result with the figure on the test split, from the model that was kept. */
    RunResult test(RunResult result, PaperData data, WorkerPool pool) throws IOException {
        PaperCheck.requireModel(result, out);
        try (DeepRnn network = data.load(out, pool)) {
            return result.tested(figure(network, data.learned(), data.test()));
        }
    }
}
