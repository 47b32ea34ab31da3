package dev.unroll.bench.jmh;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Runs benchmarks through JMH, in forks of their own, after those of the machine's peak. */
public final class KernelRuns {
    private static final String PEAK = "\\b" + PeakBenchmark.class.getSimpleName() + "\\.";

    private static final int QUICK_WARM_UPS = 5;

    private final List<String> types;
    private final int threads;
    private final int forks;
    private final boolean isQuick;
    private final OutputFormat progress;

    /**
     * Runs to come.
     *
     * @param types of the elements, as text: F32, F64
     * @param threads that share the work of a call
     * @param forks virtual machines for each benchmark, one after the other
     * @param isQuick whether a short look at each is enough
     * @param progress what JMH tells meanwhile
     */
    public KernelRuns(List<String> types, int threads, int forks, boolean isQuick, OutputFormat progress) {
        this.types = types;
        this.threads = threads;
        this.forks = forks;
        this.isQuick = isQuick;
        this.progress = progress;
    }

    /**
     * The benchmarks, those of the peak left out.
     *
     * @param pattern a regular expression, found in the name
     * @return such as GemmBenchmark.packed
     */
    public Collection<String> names(String pattern) {
        Collection<String> names = new TreeSet<>();
        for (BenchmarkListEntry entry : BenchmarkList.defaultList().find(progress, List.of(pattern), List.of(PEAK))) {
            names.add(KernelResult.shortName(entry.getUsername()));
        }
        return names;
    }

    /**
     * Runs.
     *
     * @param pattern a regular expression; benchmarks in whose name it is found are run
     * @return a result for each of them and each choice of its parameters
     * @throws RunnerException if JMH cannot run them, or one of them fails
     */
    public List<KernelResult> run(String pattern) throws RunnerException {
        MeasuredPeaks peaks = new MeasuredPeaks(new Runner(options(PEAK).build(), progress).run());
        List<KernelResult> results = new ArrayList<>();
        for (RunResult result : new Runner(options(pattern).exclude(PEAK).build(), progress).run()) {
            results.add(KernelResult.of(result, peaks));
        }
        return results;
    }

    private ChainedOptionsBuilder options(String pattern) {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include(pattern)
                .param("type", types.toArray(String[]::new))
                .param("threads", String.valueOf(threads))
                .forks(forks)
                .jvmArgsAppend("-Xbatch") // the compiler shall not work beside a measurement
                .shouldFailOnError(true)
                .addProfiler(GCProfiler.class);
        return isQuick
                ? options.warmupIterations(QUICK_WARM_UPS).warmupTime(TimeValue.milliseconds(100))
                        .measurementIterations(1)
                        .measurementTime(TimeValue.milliseconds(100))
                : options;
    }
}
