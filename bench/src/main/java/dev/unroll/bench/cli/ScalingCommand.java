package dev.unroll.bench.cli;

import dev.unroll.bench.cli.common.ModelText;
import dev.unroll.bench.report.JsonReport;
import dev.unroll.bench.report.Machine;
import dev.unroll.bench.report.ReportFile;
import dev.unroll.bench.report.TextTable;
import dev.unroll.bench.scaling.LocalWorkers;
import dev.unroll.bench.scaling.ScalingLoad;
import dev.unroll.bench.scaling.ScalingRow;
import dev.unroll.bench.scaling.WorkerProcess;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code unroll scaling}: trainings of several processes of this machine beside what the cost model says of them. */
@Command(
        name = "scaling",
        description = {
            "Measures data-parallel training: processes of this machine, with one thread each, train a network together"
                    + " over the loopback network. Beside the measured time of an update stands what the cost model of"
                    + " unroll info --workers gives, from steps that the same processes make at the same time without an"
                    + " exchange, and from the latency and the bandwidth of their exchange.",
            ""
        },
        sortOptions = false)
final class ScalingCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--model", paramLabel = "SPEC|FILE", description = "The network (default: ${DEFAULT-VALUE}).")
    private String model = "lstm:2x256";

    @Option(names = "--inputs", paramLabel = "V",
            description = "Size of its input and its output (default: ${DEFAULT-VALUE}).")
    private int inputs = 28;

    @Option(names = "--batch", paramLabel = "B", description = "Sequences of each worker (default: ${DEFAULT-VALUE}).")
    private int batch = 32;

    @Option(names = "--steps", paramLabel = "T", description = "Steps of a sequence (default: ${DEFAULT-VALUE}).")
    private int steps = 35;

    @Option(names = "--frames", description = "Inputs and targets are frames of numbers, not tokens.")
    private boolean frames;

    @Option(names = "--workers", split = ",", paramLabel = "W", description = "Numbers of processes (default: 2,4).")
    private List<Integer> workers = List.of(2, 4);

    @Option(names = "--seconds", paramLabel = "S",
            description = "Of each part of a measurement (default: ${DEFAULT-VALUE}).")
    private double seconds = 10;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the results there.")
    private Path json;

    @Option(names = LocalWorkers.WORKER, hidden = true)
    private Integer worker;

    @Option(names = LocalWorkers.FOLDER, hidden = true)
    private Path folder;

    @Override
    public Integer call() throws IOException, InterruptedException {
        require(batch > 0 && steps > 0 && inputs > 0, "--batch, --steps and --inputs must be at least 1");
        require(workers.stream().allMatch(number -> number > 1), "--workers must be numbers of at least 2");
        require(seconds >= 0, "--seconds must be at least 0");
        ScalingLoad load =
                new ScalingLoad(ModelText.parse(model, inputs, inputs, spec.commandLine()), batch, steps, frames);
        if (worker != null) {
            new WorkerProcess(folder, worker, workers.getFirst(), load, seconds).run();
            return 0;
        }
        if (json != null) {
            ReportFile.requireWritable(json);
        }
        measure();
        return 0;
    }

    private void measure() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        Machine.description().forEach((name, value) -> out.println(name + ": " + value));
        out.println(model + ", " + batch + "x" + steps + " for each worker");
        out.println();
        out.flush();
        List<ScalingRow> rows = new ArrayList<>();
        for (int number : workers) {
            rows.add(new LocalWorkers(Main.class, arguments(number), number).measure());
        }
        out.print(table(rows));
        out.flush();
        if (json != null) {
            Map<String, Object> report = new LinkedHashMap<>(Machine.description());
            report.put("model", model);
            report.put("batch", batch);
            report.put("steps", steps);
            report.put("rows", rows);
            JsonReport.write(json, report);
        }
    }

    /** The arguments of every process. */
    private List<String> arguments(int number) {
        List<String> arguments = new ArrayList<>(List.of(
                spec.name(), "--model", model, "--inputs", String.valueOf(inputs), "--batch", String.valueOf(batch),
                "--steps", String.valueOf(steps), "--workers", String.valueOf(number), "--seconds",
                String.valueOf(seconds)));
        if (frames) {
            arguments.add("--frames");
        }
        return arguments;
    }

    private void require(boolean isGood, String message) {
        if (!isGood) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }

    private static String table(List<ScalingRow> rows) {
        TextTable table = new TextTable();
        table.add(List.of("workers", "step ms", "latency us", "MB/s", "update ms", "model ms", "model/measured"));
        for (ScalingRow row : rows) {
            table.add(List.of(
                    String.valueOf(row.workers()), format("%.2f", row.stepMillis()),
                    format("%.0f", row.latencyMicros()),
                    format("%,.0f", row.megabytesPerSecond()), format("%.2f", row.updateMillis()),
                    format("%.2f", row.modelMillis()), format("%.2f", row.modelMillis() / row.updateMillis())));
        }
        return table.toString();
    }

    private static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
