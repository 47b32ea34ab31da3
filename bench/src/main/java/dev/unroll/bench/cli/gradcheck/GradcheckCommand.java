package dev.unroll.bench.cli.gradcheck;

import dev.unroll.bench.cli.common.ModelText;
import dev.unroll.bench.report.JsonReport;
import dev.unroll.bench.report.ReportFile;
import dev.unroll.bench.report.TextTable;
import dev.unroll.gradcheck.Result;
import dev.unroll.kernels.Kernels;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.OpTable;
import dev.unroll.rnn.init.Randoms;
import dev.unroll.rnn.spec.ModelSpec;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code unroll gradcheck}: whether the gradients of all ops and of networks agree with differences. */
@Command(
        name = "gradcheck",
        description = "Checks the gradients of every op and of networks against differences in f64, at random sizes"
                + " and values. Exit code 1 if one is wrong, or could not be judged.",
        footer = {
            "",
            "Shapes are how many were tried; --json lists them. The second table is what was looked at: the sizes of"
                    + " inputs, whether these were columns of wider matrices too, types, threads of the pool, and the"
                    + " patterns of the gradients of outputs (deltas) that backward got. \"Of allowed\" is the distance"
                    + " of the two over the largest that would pass: the errors of both. The"
                    + " width of the kernels is that of UNROLL_OPTS=-Dunroll.simd=512, 256, 128 or off."},
        sortOptions = false)
public final class GradcheckCommand implements Callable<Integer> {
    private static final String NETWORKS = "networks";

    @Spec
    private CommandSpec spec;

    @Option(names = "--op", paramLabel = "NAME",
            description = "Check only this op, or if there is none all ops with this prefix.")
    private String op;

    @Option(
            names = "--model",
            paramLabel = "SPEC|FILE",
            description = "Check only the parameters of this network, through a few steps.")
    private String model;

    @Option(names = "--seed", paramLabel = "N",
            description = "Seed of all random numbers (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    @Option(names = "--cases", paramLabel = "N", description = "Number of cases in all (default: ${DEFAULT-VALUE}).")
    private int cases = 1000;

    @Mixin
    private GradcheckOptions options = new GradcheckOptions();

    @Option(names = "--json", paramLabel = "FILE", description = "Write the results there.")
    private Path json;

    @Override
    public Integer call() throws IOException {
        if (cases < 1) {
            throw new ParameterException(spec.commandLine(), "--cases must be at least 1, not " + cases);
        }
        if (options.fault() != null) {
            throw new ParameterException(spec.commandLine(), options.fault());
        }
        List<GradcheckSeries> subjects = subjects();
        if (json != null) {
            ReportFile.requireWritable(json);
        }
        if (cases < subjects.size()) {
            throw new ParameterException(
                    spec.commandLine(), "--cases " + cases + " is less than the " + subjects.size()
                            + " lines of the table; give each at least one");
        }
        return check(subjects);
    }

    private List<GradcheckSeries> subjects() throws IOException {
        if (op != null && model != null) {
            throw new ParameterException(spec.commandLine(), "--op and --model exclude each other; leave one out");
        }
        if (model != null) {
            ModelSpec network = ModelText.parse(model, 1, 1, spec.commandLine());
            return List.of(new GradcheckSeries.OfNetwork(network.text(), network.text()));
        }
        List<GradcheckSeries> subjects = new ArrayList<>();
        boolean isWhole = OpTable.all().stream().anyMatch(each -> each.name().equals(op));
        for (Op each : OpTable.all()) {
            if (op == null || (isWhole ? each.name().equals(op) : !op.isEmpty() && each.name().startsWith(op))) {
                subjects.add(new GradcheckSeries.OfOp(each));
            }
        }
        if (subjects.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "--op " + op + " is not known; known are "
                            + String.join(", ", OpTable.all().stream().map(Op::name).toList()));
        }
        if (op == null) {
            subjects.add(new GradcheckSeries.OfNetwork(NETWORKS, null));
        }
        return subjects;
    }

    /** Checks all subjects in turn and tells what was found. */
    private int check(List<GradcheckSeries> subjects) throws IOException {
        List<SeriesOutcome> tallies =
                subjects.stream().map(subject -> new SeriesOutcome(subject.name())).toList();
        RandomGenerator seeds = Randoms.of(seed);
        long start = System.nanoTime();
        for (int i = 0; i < cases; i++) {
            SeriesOutcome tally = tallies.get(i % subjects.size());
            GradcheckSeries subject = subjects.get(i % subjects.size());
            tally.add(subject.check(i / subjects.size(), seeds.nextLong(), options, tally.coverage()));
        }
        double seconds = (System.nanoTime() - start) * 1e-9;
        tell(tallies, seconds);
        if (json != null) {
            JsonReport.write(json, results(tallies, seconds));
        }
        return tallies.stream().anyMatch(tally -> tally.isWrong() || tally.isUndecided()) ? 1 : 0;
    }

    private void tell(List<SeriesOutcome> tallies, double seconds) {
        PrintWriter out = spec.commandLine().getOut();
        TextTable table = new TextTable();
        table.add(SeriesOutcome.HEADER);
        tallies.forEach(tally -> table.add(tally.line()));
        out.print(table);
        out.println();
        TextTable coverage = new TextTable();
        coverage.add(CoverageTable.HEADER);
        tallies.forEach(tally -> coverage.add(tally.coverageLine()));
        out.print(coverage);
        out.println();
        long wrong = tallies.stream().filter(SeriesOutcome::isWrong).count();
        long undecided = tallies.stream().filter(SeriesOutcome::isUndecided).count();
        out.printf(
                Locale.ROOT, "%,d cases in %.0f s, seed %d, %s: %s%n", cases, seconds, seed, Kernels.describe(),
                (wrong == 0 ? "no gradient is wrong" : wrong + " of " + tallies.size() + " are wrong")
                        + (undecided == 0 ? "" : ", " + undecided + " could not be judged"));
        for (SeriesOutcome tally : tallies) {
            Result first = tally.firstWrong();
            if (first != null) {
                out.println();
                out.println(first);
            }
        }
        out.flush();
    }

    private Map<String, Object> results(List<SeriesOutcome> tallies, double seconds) {
        Map<String, Object> results = new LinkedHashMap<>();
        results.put("cases", cases);
        results.put("seed", seed);
        results.put("seconds", seconds);
        results.put("simd", Kernels.describe());
        results.put("checked", tallies.stream().map(SeriesOutcome::values).toList());
        return results;
    }
}
