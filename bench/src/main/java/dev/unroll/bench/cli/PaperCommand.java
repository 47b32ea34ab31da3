package dev.unroll.bench.cli;

import dev.unroll.bench.paper.Experiment;
import dev.unroll.bench.paper.Model;
import dev.unroll.bench.paper.Recipes;
import dev.unroll.bench.paper.ResultTables;
import dev.unroll.bench.paper.RunResult;
import dev.unroll.bench.report.Measure;
import dev.unroll.bench.report.ReportFile;
import dev.unroll.kernels.WorkerPool;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code unroll paper}: the experiments of Pascanu et al. 2014. */
@Command(
        name = "paper",
        description = {
            "Trains a model of Pascanu et al. 2014 on a task of theirs, keeps the epoch that does best on the validation"
                    + " split, and writes what it gave into the folder of the model. The test split is read with --final"
                    + " alone, with the model as it was kept.",
            ""},
        sortOptions = false)
final class PaperCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--task",
            split = ",",
            paramLabel = "NAME",
            description = "nottingham, jsb, musedata or piano (piano-rolls); ptb-word or ptb-char (Penn Treebank).")
    private List<String> tasks = List.of();

    @Option(
            names = "--model",
            split = ",",
            paramLabel = "NAME",
            description = "rnn, dts, dots, srnn, starred, lstm or gru.")
    private List<String> models = List.of();

    @Option(
            names = "--recipe",
            paramLabel = "paper|ours",
            description = "Settings as in the paper, or those of this project (default: ours).")
    private Recipes.Recipe recipe = Recipes.Recipe.OURS;

    @Option(
            names = "--with",
            paramLabel = "OPTIONS",
            description = "Options of unroll train instead of the recipe's, such as --with \"--lr 0.3 --epochs 50\". The"
                    + " result names them.")
    private String variant = "";

    @Option(names = "--seed", split = ",", paramLabel = "N", description = "Of everything random (default: 1).")
    private List<Long> seeds = List.of(1L);

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "The folder of the model, its checkpoints and result.json (default:"
                    + " runs/TASK-MODEL-RECIPE-SEED).")
    private Path out;

    @Option(
            names = "--resume",
            description = "Go on with the training that was stopped in --out, or with what has come of it; begin it if"
                    + " there is none.")
    private boolean resume;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the result there too.")
    private Path json;

    @Option(
            names = "--final",
            description = "Compute the figure on the test split, which nothing may be chosen by any more.")
    private boolean isFinal;

    @Option(names = "--threads", paramLabel = "N", description = "Threads; they change no bit of a result"
            + " (default: -Dunroll.threads, or one for each processor).")
    private Integer threads;

    @Mixin
    private PaperDataOptions data;

    @Option(
            names = "--queue",
            paramLabel = "FILE",
            description = "Append the runs of these tasks, models and seeds, with commas between them, to a file, as far as"
                    + " they are not in it, and work through it like unroll queue. Without --task and --model a file that"
                    + " is there stays as it is, and a new one gets all runs of the paper's tables.")
    private Path queue;

    @Option(
            names = "--verify",
            paramLabel = "FILE",
            description = "Compute the figures of a result again, from the model that lies beside it or in --out, and"
                    + " fail if they differ.")
    private Path verify;

    @Option(
            names = "--tables",
            paramLabel = "DIR",
            description = "Make the tables of all results in a folder, in its README.md.")
    private Path tables;

    @Override
    public Integer call() throws IOException {
        requireOneThing();
        if (tables != null) {
            return tables();
        }
        if (verify != null) {
            return verify();
        }
        return queue != null ? queue() : train();
    }

    private void requireOneThing() {
        int things = (queue == null ? 0 : 1) + (verify == null ? 0 : 1) + (tables == null ? 0 : 1);
        if (things > 1) {
            throw wrong("--queue, --verify and --tables are three different things to do; give one of them");
        }
        if (queue != null && (out != null || json != null || resume)) {
            throw wrong("--queue names the folders of its runs and resumes them; leave --out, --json and --resume out");
        }
        boolean isTraining = things == 0 || queue != null;
        if (!isTraining && !(tasks.isEmpty() && models.isEmpty() && variant.isEmpty() && !isFinal && !resume)) {
            throw wrong((verify != null ? "--verify FILE" : "--tables DIR")
                    + " has the runs in it; leave --task, --model, --with, --final and --resume out");
        }
        if (things == 0 && (tasks.size() != 1 || models.size() != 1 || seeds.size() != 1)) {
            throw wrong("a training has one --task, one --model and one --seed; several are of --queue FILE");
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private <T> T named(String option, Supplier<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException e) {
            throw wrong(option + ": " + e.getMessage());
        }
    }

    private int train() throws IOException {
        Experiment task = named("--task", () -> Experiment.of(tasks.getFirst()));
        Model model = named("--model", () -> Model.of(models.getFirst()));
        Path folder = out == null ? folder(task, model, seeds.getFirst()) : out;
        CommandLine command = spec.commandLine();
        PaperRun run = PaperRun.of(task, model, recipe, seeds.getFirst(), variant, folder, resume, command);
        if (json != null) { // refused before the training, not after it
            ReportFile.requireWritable(json);
        }
        try (WorkerPool pool = TrainOptions.pool(threads, command);
                Interruption interruption = new Interruption(() -> TrainCommand.say(command.getErr()))) {
            PaperData splits = data.read(task);
            RunResult result = resume ? run.made(data.stream(task)) : run.none();
            if (result == null) {
                result = run.train(splits, data.stream(task), pool, interruption);
            }
            if (result == null) {
                return 1;
            }
            if (isFinal) {
                result = run.test(result, splits, pool);
            }
            write(result, folder.resolve(RunResult.FILE));
            return 0;
        }
    }

    private Path folder(Experiment task, Model model, long seed) {
        return Path.of("runs", task + "-" + model + "-" + recipe + "-" + seed);
    }

    private void write(RunResult result, Path file) throws IOException {
        result.write(file);
        if (json != null) {
            result.write(json);
        }
        PrintWriter out = spec.commandLine().getOut();
        Measure measure = Experiment.of(result.task()).measure();
        out.printf(
                Locale.ROOT, "%s, %,d weights, %d epochs in %,.0f s, %,.0f %s per second%n", result.spec(),
                result.weights(), result.epochs(), result.seconds(), result.rowsPerSecond(), measure.rows());
        out.printf(
                Locale.ROOT, "validation: %.4f %s (epoch %d)%n", result.valid(), measure.unit(), result.keptEpoch());
        out.println(result.test() == null
                ? "test: not looked at; --resume --final does"
                : String.format(Locale.ROOT, "test: %.4f %s; the paper has %s", result.test(), measure.unit(),
                        result.paper() == null ? "none" : result.paper()));
        out.flush();
    }

    private int tables() throws IOException {
        Path file = new ResultTables(tables).write();
        spec.commandLine().getOut().println("written: " + file);
        return 0;
    }

    private int verify() throws IOException {
        RunResult result = RunResult.read(verify);
        Path folder = out == null ? verify.toAbsolutePath().getParent() : out;
        Experiment task = Experiment.of(result.task());
        try (WorkerPool pool = TrainOptions.pool(threads, spec.commandLine())) {
            PaperData splits = data.read(task, result.stream());
            List<String> differences = new PaperCheck(result, folder).differences(splits, pool);
            PrintWriter out = spec.commandLine().getOut();
            if (differences.isEmpty()) {
                out.println(verify + ": the model gives the same figures");
                return 0;
            }
            differences.forEach(difference -> out.println(verify + ": " + difference));
            return 1;
        }
    }

    private int queue() throws IOException {
        PaperQueue runs = new PaperQueue(queue, recipe, seeds, variant, isFinal, threads, data);
        runs.append(
                tasks.stream().map(name -> named("--task", () -> Experiment.of(name))).toList(),
                models.stream().map(name -> named("--model", () -> Model.of(name))).toList());
        return Main.run(QueueCommand.NAME, queue.toString());
    }
}
