package dev.unroll.bench.cli;

import dev.unroll.bench.cli.common.ModelText;
import dev.unroll.bench.report.JsonReport;
import dev.unroll.bench.report.Machine;
import dev.unroll.bench.report.ReportFile;
import dev.unroll.bench.report.TextTable;
import dev.unroll.bench.serving.Clients;
import dev.unroll.bench.serving.ServingComparison;
import dev.unroll.bench.serving.ServingLoad;
import dev.unroll.bench.serving.ServingRow;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
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

/** {@code unroll serving}: many clients of one network, whose steps are joined, beside one plain batch of as many. */
@Command(
        name = "serving",
        description = {
            "Measures joined sessions: many clients step sequences of their own, and steps that arrive together run as one"
                    + " batch. Beside them one session runs as many sequences in lockstep, on one thread; the two take"
                    + " turns of a quarter of a second, in changing order.",
            "",
            "The ratio is the median of the pairs' ratios of steps of sequences per second, followed by half of the distance"
                    + " between its quartiles. The latency of a step lasts from giving it to having its results.",
            ""
        },
        sortOptions = false)
final class ServingCommand implements Callable<Integer> {
    private static final double NANOS_PER_MILLI = 1e6;

    @Spec
    private CommandSpec spec;

    @Option(names = "--model", paramLabel = "SPEC|FILE", description = "The network (default: ${DEFAULT-VALUE}).")
    private String model = "lstm:2x256";

    @Option(names = "--inputs", paramLabel = "N", description = "Columns of a frame (default: ${DEFAULT-VALUE}).")
    private int inputs = 28;

    @Option(names = "--outputs", paramLabel = "N", description = "Columns of the results (default: ${DEFAULT-VALUE}).")
    private int outputs = 28;

    @Option(names = "--sessions", paramLabel = "N", description = "All of them busy (default: ${DEFAULT-VALUE}).")
    private int sessions = 64;

    @Option(names = "--rows", paramLabel = "N",
            description = "The largest number of a batch (default: as many as sessions).")
    private Integer rows;

    @Option(names = "--max-wait", paramLabel = "MS",
            description = "Milliseconds for which a step waits for others at most (default: ${DEFAULT-VALUE}).")
    private double maxWait = 5;

    @Option(names = "--clients", split = ",", paramLabel = "KIND",
            description = "platform or virtual: a thread per session; loop: few threads that submit the steps of several"
                    + " sessions and then await them (default: all three).")
    private List<Clients> clients = List.of(Clients.values());

    @Option(names = "--threads", paramLabel = "N", description = "Of loop (default: one per processor).")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--seconds", paramLabel = "S",
            description = "Per kind of clients, with the plain batch beside it (default: ${DEFAULT-VALUE}).")
    private double seconds = 20;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the results there.")
    private Path json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        ServingLoad load = load();
        if (json != null) {
            ReportFile.requireWritable(json);
        }
        PrintWriter out = spec.commandLine().getOut();
        Machine.description().forEach((name, value) -> out.println(name + ": " + value));
        out.println(model + ", " + sessions + " sessions, at most " + load.rows() + " in a batch");
        out.println();
        out.flush();
        ServingComparison comparison = new ServingComparison(load, seconds);
        List<ServingRow> measured = new ArrayList<>();
        for (Clients kind : clients) {
            measured.add(comparison.run(kind));
        }
        out.print(table(measured));
        out.flush();
        if (json != null) {
            Map<String, Object> report = new LinkedHashMap<>(Machine.description());
            report.put("model", model);
            report.put("sessions", sessions);
            report.put("rows", measured);
            JsonReport.write(json, report);
        }
        return 0;
    }

    private ServingLoad load() throws IOException {
        require(inputs > 0 && outputs > 0, "--inputs and --outputs must be at least 1");
        require(sessions > 0, "--sessions must be at least 1, not " + sessions);
        require(rows == null || rows > 0 && rows <= sessions, "--rows must be from 1 to --sessions, not " + rows);
        require(threads > 0, "--threads must be at least 1, not " + threads);
        require(seconds >= 0, "--seconds must be at least 0");
        long nanos = (long) (maxWait * NANOS_PER_MILLI);
        require(nanos > 0,
                "--max-wait must be more than 0, not " + maxWait + ": a step must be able to wait for others");
        return new ServingLoad(
                ModelText.parse(model, inputs, outputs, spec.commandLine()), sessions,
                rows == null ? sessions : rows, Duration.ofNanos(nanos), threads);
    }

    private void require(boolean isGood, String message) {
        if (!isGood) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }

    private static String table(List<ServingRow> rows) {
        TextTable table = new TextTable();
        table.add(List.of("clients", "threads", "plain steps/s", "joined steps/s", "ratio", "plain CPU us",
                "joined CPU us",
                "rows/batch", "p50 us", "p99 us", "p99.9 us", "collections", "bytes/step"));
        for (ServingRow row : rows) {
            table.add(List.of(row.clients(), String.valueOf(row.threads()), whole(row.plain()), whole(row.joined()),
                    format("%.2f ±%.0f%%", row.ratio(), 100 * row.spread()), tenth(row.plainProcessor()),
                    tenth(row.joinedProcessor()), tenth(row.rowsPerBatch()), whole(row.median()), whole(row.p99()),
                    whole(row.p999()), String.valueOf(row.collections()), tenth(row.bytesPerStep())));
        }
        return table.toString();
    }

    private static String whole(double value) {
        return format("%,.0f", value);
    }

    private static String tenth(double value) {
        return format("%.1f", value);
    }

    private static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
