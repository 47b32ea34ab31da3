package dev.unroll.bench.cli;

import dev.unroll.bench.jmh.KernelResult;
import dev.unroll.bench.jmh.KernelRuns;
import dev.unroll.bench.report.JsonReport;
import dev.unroll.bench.report.Machine;
import dev.unroll.bench.report.ReportFile;
import dev.unroll.bench.report.TextTable;
import dev.unroll.kernels.ElementType;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code unroll jmh}: every kernel by itself, in virtual machines of its own. */
@Command(
        name = "jmh",
        description = {
            "Measures the kernels with JMH, each in three virtual machines.",
            "",
            "Values are medians of all iterations, followed by half of the distance between their quartiles. The"
                    + " machine's peak is measured first: fused multiply-adds alone for products, a copy in the cache"
                    + " for the rest. A kernel allocates nothing on the heap: where one does, it is marked and the"
                    + " exit code is 1. JMH itself reports on the standard error.",
            ""
        },
        sortOptions = false)
final class JmhCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "PATTERN",
            description = "A regular expression: only benchmarks in whose name it is found, such as Gemm or"
                    + " lstmForward.")
    private String pattern = "";

    @Option(names = "--type", split = ",", paramLabel = "f32|f64", description = "Only these element types.")
    private List<ElementType> types = List.of(ElementType.F32, ElementType.F64);

    @Option(names = "--threads", paramLabel = "N", description = "Threads per call (default: ${DEFAULT-VALUE}). Calls"
            + " on several threads allocate a little; only those on one are marked.")
    private int threads = 1;

    @Option(names = "--forks", paramLabel = "N", description = "Virtual machines (default: ${DEFAULT-VALUE}).")
    private int forks = 3;

    @Option(names = "--quick", description = "One short run of each: a test, not a measurement; nothing is marked.")
    private boolean quick;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the results there.")
    private Path json;

    @Override
    public Integer call() throws IOException, RunnerException {
        KernelRuns runs = runs();
        if (json != null) {
            ReportFile.requireWritable(json);
        }
        List<KernelResult> results = runs.run(pattern);
        PrintWriter out = spec.commandLine().getOut();
        Machine.description().forEach((name, value) -> out.println(name + ": " + value));
        out.println();
        out.print(table(results));
        out.flush();
        if (json != null) {
            Map<String, Object> report = new LinkedHashMap<>(Machine.description());
            report.put("rows", results);
            JsonReport.write(json, report);
        }
        return results.stream().anyMatch(this::isMarked) ? 1 : 0;
    }

    /** A trial is over before the compiler is, and until then vectors are objects. */
    private boolean isMarked(KernelResult result) {
        return threads == 1 && !quick && result.allocates();
    }

    private KernelRuns runs() {
        require("--threads", threads);
        require("--forks", forks);
        try {
            Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            throw new ParameterException(spec.commandLine(), "PATTERN: " + e.getDescription() + " in " + pattern);
        }
        KernelRuns runs = new KernelRuns(
                types.stream().map(ElementType::name).toList(), threads, quick ? 1 : forks, quick,
                OutputFormatFactory.createFormatInstance(System.err, VerboseMode.NORMAL));
        if (runs.names(pattern).isEmpty()) {
            throw new ParameterException(spec.commandLine(),
                    "no benchmark is called like " + pattern + "; there are " + String.join(", ", runs.names("")));
        }
        return runs;
    }

    private void require(String option, int value) {
        if (value < 1) {
            throw new ParameterException(spec.commandLine(), option + " must be at least 1, not " + value);
        }
    }

    private String table(List<KernelResult> results) {
        TextTable table = new TextTable();
        table.add(List.of("benchmark", "parameters", "value", "", "unit", "GB/s", "of peak", "B/call"));
        for (KernelResult result : results) {
            table.add(List.of(
                    result.benchmark(),
                    String.join(" ", result.parameters().values()),
                    format(result.unit().equals("GFLOP/s") ? "%.1f" : "%.3f", result.value()),
                    format("±%.0f%%", 100 * result.spread()),
                    result.unit(),
                    result.gigabytesPerSecond() == 0 ? "" : format("%.1f", result.gigabytesPerSecond()),
                    format("%.0f%%", result.percentOfPeak()),
                    format("%.0f", result.bytesPerCall())
                            + (isMarked(result) ? " ALLOCATES" : "")));
        }
        return table.toString();
    }

    private static String format(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
