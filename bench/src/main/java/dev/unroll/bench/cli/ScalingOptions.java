package dev.unroll.bench.cli;

import dev.unroll.bench.report.TextTable;
import dev.unroll.bench.scaling.ScalingLoad;
import dev.unroll.bench.scaling.Simulation;
import dev.unroll.bench.scaling.StepTimes;
import dev.unroll.bench.scaling.UpdateCost;
import dev.unroll.kernels.WorkerPool;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of {@code unroll info} about training with several workers. */
final class ScalingOptions {
    private static final double BYTES_PER_GIGABIT = 1e9 / 8;
    private static final double MICRO = 1e-6;
    private static final double MILLI = 1e-3;
    private static final double MEASURED_SECONDS = 3;
    private static final int MOST_WORKERS = 256;
    private static final double GOOD = 0.85;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--workers",
            paramLabel = "W",
            description = "Show, with --steps, the cost of data-parallel training of up to so many workers, each with a"
                    + " batch of its own.")
    private Integer workers;

    @Option(
            names = "--bandwidth",
            paramLabel = "GBIT",
            description = "Gbit/s of the connection of a worker (default: ${DEFAULT-VALUE}).")
    private double bandwidth = 10;

    @Option(
            names = "--latency",
            paramLabel = "US",
            description = "Microseconds of a round among all workers (default: ${DEFAULT-VALUE}).")
    private double latency = 50;

    @Option(
            names = "--step-time",
            paramLabel = "MS",
            description = "Milliseconds of a step of one worker (default: as measured here, which takes some seconds).")
    private Double stepTime;

    /** Tells whether any of these makes sense. */
    boolean isWanted() {
        if (workers == null && stepTime != null) {
            throw wrong("--step-time goes with --workers; add it or leave it out");
        }
        if (workers != null && (workers < 2 || workers > MOST_WORKERS)) {
            throw wrong("--workers must be from 2 to " + MOST_WORKERS + ", not " + workers);
        }
        if (!(bandwidth > 0) || !(latency >= 0) || stepTime != null && !(stepTime > 0)) {
            throw wrong("--bandwidth and --step-time must be more than 0, and --latency at least 0");
        }
        return workers != null;
    }

    /** Tells what training with several workers costs, and gives it for a report. */
    Map<String, Object> tell(ScalingLoad load, long parameters, PrintWriter out) {
        long bytes = parameters * Float.BYTES;
        WorkerPool pool = WorkerPool.common();
        double[] steps = stepTime == null
                ? StepTimes.ofPlain(load, pool, MEASURED_SECONDS)
                : new double[] {stepTime * MILLI};
        UpdateCost cost = new UpdateCost(
                bytes, bandwidth * BYTES_PER_GIGABIT, latency * MICRO, StepTimes.additionsPerSecond(bytes, pool));
        Simulation simulation = new Simulation(steps, cost);
        double step = Arrays.stream(steps).average().orElseThrow();
        out.printf(Locale.ROOT, "step of a worker:        %.2f ms, %s, batch %d of %d steps%n", step / MILLI,
                stepTime == null ? "measured here with " + pool.threads() + " threads" : "as given", load.batch(),
                load.steps());
        out.print(table(simulation, load));
        int most = IntStream.rangeClosed(1, MOST_WORKERS).filter(number -> simulation.efficiency(number) >= GOOD).max()
                .orElse(1);
        out.println(most == MOST_WORKERS
                ? "at least 85% of linear up to " + MOST_WORKERS + " workers"
                : "at least 85% of linear up to " + most + " workers; beyond, the exchange of "
                        + String.format(Locale.ROOT, "%,d", bytes) + " bytes of gradients takes too much of an update");
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("step_seconds", step);
        report.put("gradient_bytes", bytes);
        report.put("efficiency", simulation.efficiency(workers));
        report.put("workers_at_85_percent", most);
        return report;
    }

    private String table(Simulation simulation, ScalingLoad load) {
        TextTable table = new TextTable();
        table.add(List.of("workers", "MB sent", "exchange ms", "update ms", "rows/s", "of linear"));
        for (int number = 1; number <= workers; number *= 2) {
            double seconds = simulation.seconds(number);
            table.add(List.of(
                    String.valueOf(number), format("%.1f", simulation.cost().bytesSent(number) * MICRO),
                    format("%.2f", simulation.cost().seconds(number) / MILLI), format("%.2f", seconds / MILLI),
                    format("%,.0f", (double) number * load.batch() * load.steps() / seconds),
                    format("%.0f%%", 100 * simulation.efficiency(number))));
        }
        return table.toString();
    }

    private static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
