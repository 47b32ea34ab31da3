package dev.unroll.bench.cli.paper;

import dev.unroll.bench.cli.queue.QueueCommand;
import dev.unroll.bench.cli.train.Interruption;
import dev.unroll.bench.cli.train.TrainCommand;
import dev.unroll.bench.cli.train.TrainOptions;
import dev.unroll.bench.paper.Experiment;
import dev.unroll.bench.paper.Model;
import dev.unroll.bench.paper.Recipes;
import dev.unroll.bench.paper.ResultTables;
import dev.unroll.bench.paper.RunKey;
import dev.unroll.bench.paper.RunResult;
import dev.unroll.bench.report.LossMeasure;
import dev.unroll.bench.report.ReportFile;
import dev.unroll.kernels.WorkerPool;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code unroll paper}: the experiments of Pascanu et al. 2014. */
@Command(
        name = "paper",
        description = {
            "Trains a model of Pascanu et al. 2014 on one of their tasks, keeps the epoch that does best on the"
                    + " validation split, and writes the result into the folder of the model. The figure on the test"
                    + " split is computed only with --final, from the kept model.",
            ""},
        sortOptions = false)
public final class PaperCommand implements Callable<Integer> {
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
    private Recipes.Origin recipe = Recipes.Origin.OURS;

    @Option(
            names = "--with",
            paramLabel = "OPTIONS",
            description = "Options of unroll train instead of the recipe's, such as --with \"--lr 0.3 --epochs 50\"."
                    + " The result names them.")
    private String variant = "";

    @Option(names = "--seed", split = ",", paramLabel = "N", description = "Seed of all random numbers (default: 1).")
    private List<Long> seeds = List.of(1L);

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "The folder of the model, its checkpoints and result.json (default:"
                    + " runs/TASK-MODEL-RECIPE-SEED, with --with as a part of it).")
    private Path out;

    @Option(
            names = "--resume",
            description = "Resume the training that was stopped in --out, or use its result; start it if there is"
                    + " none.")
    private boolean resume;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the result there too.")
    private Path json;

    @Option(
            names = "--final",
            description = "Compute the figure on the test split, after which nothing may be tuned.")
    private boolean isFinal;

    @Option(names = "--threads", paramLabel = "N", description = "Threads; they change no bit of a result"
            + " (default: -Dunroll.threads, or one for each processor).")
    private Integer threads;

    @Mixin
    private PaperDataOptions data;

    @Option(
            names = "--queue",
            paramLabel = "FILE",
            description = "Append the runs of these tasks, models and seeds, with commas between them, to a file,"
                    + " unless they are in it, and work through it like unroll queue. Without --task and --model an"
                    + " existing file is left unchanged, and a new one gets all runs of the paper's tables.")
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

    /** The options that each mode of this command accepts. */
    private static final List<String> OF_TRAINING =
            List.of("--task", "--model", "--recipe", "--with", "--seed", "--out",
                    "--resume", "--json", "--final", "--threads", "--data-dir", "--accept-ptb-terms", "--characters");

    private static final List<String> OF_QUEUE = List.of("--queue", "--task", "--model", "--recipe", "--with", "--seed",
            "--final", "--threads", "--data-dir", "--accept-ptb-terms", "--characters");
    private static final List<String> OF_VERIFY =
            List.of("--verify", "--out", "--threads", "--data-dir", "--accept-ptb-terms");
    private static final List<String> OF_TABLES = List.of("--tables");

    @Override
    public Integer call() throws IOException {
        if (tables != null) {
            return allow(OF_TABLES).tables();
        }
        if (verify != null) {
            return allow(OF_VERIFY).verify();
        }
        return queue != null ? allow(OF_QUEUE).queue() : allow(OF_TRAINING).train();
    }

    /** Refuses options that would be ignored. */
    private PaperCommand allow(List<String> names) {
        for (OptionSpec given : spec.commandLine().getParseResult().matchedOptions()) {
            boolean isGeneral = given.inherited();
            if (!isGeneral && !names.contains(given.longestName())) {
                throw wrong(given.longestName() + " has no meaning beside " + names.getFirst() + "; leave it out");
            }
        }
        return this;
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

    private List<Experiment> tasks() {
        return tasks.stream().map(name -> named("--task", () -> Experiment.of(name))).toList();
    }

    private List<Model> models() {
        return models.stream().map(name -> named("--model", () -> Model.of(name))).toList();
    }

    private RunKey key(Experiment task, Model model, long seed) {
        return new RunKey(task, model, recipe, variant.strip(), data.stream(task), seed);
    }

    // ---- Training

    private int train() throws IOException {
        if (tasks.size() != 1 || models.size() != 1 || seeds.size() != 1) {
            throw wrong("a training has one --task, one --model and one --seed; several are of --queue FILE");
        }
        RunKey key = key(tasks().getFirst(), models().getFirst(), seeds.getFirst());
        Path folder = out == null ? Path.of("runs", key.folder()) : out;
        CommandLine command = spec.commandLine();
        PaperRun run = PaperRun.of(key, folder, resume, command);
        if (json != null) { // refused before the training, not after it
            ReportFile.requireWritable(json);
        }
        if (!resume) {
            run.requireNoResult();
        }
        try (WorkerPool pool = TrainOptions.pool(threads, command);
                Interruption interruption = new Interruption(() -> TrainCommand.say(command.getErr()))) {
            return train(run, pool, interruption);
        }
    }

    private int train(PaperRun run, WorkerPool pool, Interruption interruption) throws IOException {
        PaperData splits = data.read(run.key().task(), run.key().stream());
        RunResult result = run.existingResult();
        if (result == null) {
            result = run.train(splits, pool, interruption);
            if (result == null) {
                return 1;
            }
            store(result, run.out()); // before anything of the test split is known
        }
        if (isFinal && result.failure() == null && result.test() == null) {
            result = run.test(result, splits, pool);
            store(result, run.out());
        }
        if (json != null) {
            result.write(json);
        }
        if (result.failure() != null) {
            throw new ArithmeticException("the training failed: " + result.failure());
        }
        tell(result);
        return 0;
    }

    private static void store(RunResult result, Path folder) throws IOException {
        Files.createDirectories(folder);
        result.write(folder.resolve(RunResult.FILE));
    }

    private void tell(RunResult result) {
        PrintWriter out = spec.commandLine().getOut();
        LossMeasure measure = result.key().task().measure();
        out.printf(
                Locale.ROOT, "%s, %,d weights, %d epochs in %,.0f s, %,.0f %s per second%n", result.spec(),
                result.weights(), result.epochs(), result.seconds(), result.rowsPerSecond(), measure.rows());
        out.printf(
                Locale.ROOT, "validation: %.4f %s (epoch %d)%n", result.valid(), measure.unit(), result.keptEpoch());
        out.println(result.test() == null
                ? "test: not computed; --resume --final does"
                : String.format(Locale.ROOT, "test: %.4f %s; the paper has %s", result.test(), measure.unit(),
                        result.paper() == null ? "none" : result.paper()));
        out.flush();
    }

    // ---- What else can be done

    private int tables() throws IOException {
        Path file = new ResultTables(tables).write();
        spec.commandLine().getOut().println("written: " + file);
        return 0;
    }

    private int verify() throws IOException {
        RunResult result = RunResult.read(verify);
        Path folder = out == null ? verify.toAbsolutePath().getParent() : out;
        try (WorkerPool pool = TrainOptions.pool(threads, spec.commandLine())) {
            PaperData splits = data.read(result.key().task(), result.stream());
            List<String> differences = new PaperCheck(result, folder).differences(splits, pool);
            PrintWriter out = spec.commandLine().getOut();
            if (differences.isEmpty()) {
                out.println(verify + ": the model gives the same figures");
                return 0;
            }
            differences.forEach(difference -> out.println(verify + ": " + difference));
            out.println("the result is of " + result.machine());
            return 1;
        }
    }

    private int queue() throws IOException {
        PaperQueue file = new PaperQueue(queue);
        boolean isChosen = !tasks.isEmpty() || !models.isEmpty();
        if (!isChosen && Files.exists(queue)) {
            allow(List.of("--queue"));
        } else {
            List<RunKey> keys = keys();
            for (RunKey key : keys) {
                PaperRun.of(key, Path.of("runs", key.folder()), true, spec.commandLine());
            }
            TrainOptions.pool(threads, spec.commandLine()).close(); // refuses a number that would fail in every run
            int appended = append(file, keys);
            spec.commandLine().getOut().println(queue + ": " + appended + " runs appended");
            spec.commandLine().getOut().flush();
        }
        return spec.root().commandLine().execute(QueueCommand.NAME, queue.toString());
    }

    private int append(PaperQueue file, List<RunKey> keys) throws IOException {
        try {
            return file.append(keys, more());
        } catch (IllegalArgumentException e) {
            throw wrong("--queue: " + e.getMessage());
        }
    }

    private List<RunKey> keys() {
        List<RunKey> keys = new ArrayList<>();
        for (Experiment task : tasks.isEmpty() ? Arrays.asList(Experiment.values()) : tasks()) {
            for (Model model : models.isEmpty() ? Arrays.stream(Model.values()).filter(task::has).toList() : models()) {
                seeds.forEach(seed -> keys.add(key(task, model, seed)));
            }
        }
        return keys;
    }

    private List<String> more() {
        List<String> more = new ArrayList<>(data.words());
        if (isFinal) {
            more.add("--final");
        }
        if (threads != null) {
            more.addAll(List.of("--threads", threads.toString()));
        }
        return more;
    }
}
