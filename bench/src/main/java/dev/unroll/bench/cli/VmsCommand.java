package dev.unroll.bench.cli;

import dev.unroll.bench.report.JsonReport;
import dev.unroll.bench.report.Machine;
import dev.unroll.bench.report.ReportFile;
import dev.unroll.bench.report.TextTable;
import dev.unroll.bench.vm.VmMode;
import dev.unroll.bench.vm.VmRow;
import dev.unroll.bench.vm.VmRuns;
import dev.unroll.kernels.Kernels;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code unroll vms}: which kernels are chosen in every mode of the virtual machine, and whether that is right. */
@Command(
        name = "vms",
        description = {
            "Measures which kernels are chosen in every mode of the virtual machine, and how fast they are there.",
            "",
            "One training loop (lstm:64, 16 sequences of 20 steps, one thread), in milliseconds of processor time per"
                    + " update: with vectors forced, with the kernels that are chosen, and with the scalar kernels. The"
                    + " last two take turns, each in virtual machines of its own; the ratio is the median of their"
                    + " pairs' ratios, and the exit code is 1 if one is above 1.2.",
            ""
        },
        sortOptions = false)
final class VmsCommand implements Callable<Integer> {
    private static final double MOST = 1.2;

    @Spec
    private CommandSpec spec;

    @Option(names = "--mode", split = ",", paramLabel = "OPTION", description = "Only these modes, such as -Xint.")
    private List<String> modes;

    @Option(names = "--pairs", paramLabel = "N",
            description = "Pairs of virtual machines per mode (default: ${DEFAULT-VALUE}).")
    private int pairs = 5;

    @Option(names = "--seconds", paramLabel = "S",
            description = "Of each virtual machine, half of them before the measurement (default: ${DEFAULT-VALUE}).")
    private double seconds = 10;

    @Option(names = "--no-vectors", description = "Do not force vectors, which takes a minute where they are slow.")
    private boolean noVectors;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the results there.")
    private Path json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (pairs < 1 || !(seconds >= 0)) {
            throw new ParameterException(spec.commandLine(), "--pairs must be at least 1 and --seconds at least 0");
        }
        List<VmMode> wanted = wanted();
        if (json != null) {
            ReportFile.requireWritable(json);
        }
        PrintWriter out = spec.commandLine().getOut();
        Machine.description().forEach((name, value) -> out.println(name + ": " + value));
        out.println();
        VmRuns runs = new VmRuns(pairs, seconds, noVectors ? 0 : Kernels.vectorBits());
        List<VmRow> rows = new ArrayList<>();
        for (VmMode mode : wanted) {
            rows.add(runs.run(mode));
        }
        out.print(table(rows));
        rows.forEach(row -> out.println(row.mode() + ": " + row.kernels()));
        out.flush();
        if (json != null) {
            Map<String, Object> report = new LinkedHashMap<>(Machine.description());
            report.put("rows", rows);
            JsonReport.write(json, report);
        }
        return rows.stream().anyMatch(row -> row.ratio() > MOST) ? 1 : 0;
    }

    private List<VmMode> wanted() {
        try {
            return modes == null ? List.of(VmMode.values()) : modes.stream().map(VmMode::of).toList();
        } catch (IllegalArgumentException e) {
            String known = Arrays.stream(VmMode.values()).map(VmMode::label).collect(Collectors.joining(", "));
            throw new ParameterException(spec.commandLine(), "--mode: " + e.getMessage() + "; there are " + known);
        }
    }

    private static String table(List<VmRow> rows) {
        TextTable table = new TextTable();
        table.add(List.of("mode", "vectors", "chosen", "scalar", "ratio"));
        for (VmRow row : rows) {
            table.add(List.of(row.mode(), millis(row.vectors()), millis(row.chosen()), millis(row.scalar()),
                    String.format(Locale.ROOT, "%.3f", row.ratio())));
        }
        return table.toString();
    }

    private static String millis(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, value < 100 ? "%.2f" : "%,.0f", value);
    }
}
