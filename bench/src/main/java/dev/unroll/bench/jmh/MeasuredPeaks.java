package dev.unroll.bench.jmh;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.openjdk.jmh.results.RunResult;

/** The results of {@link PeakBenchmark} in this run. */
final class MeasuredPeaks {
    private final Map<String, Double> secondsOfOne = new HashMap<>();

    MeasuredPeaks(Collection<RunResult> results) {
        for (RunResult result : results) {
            for (String amount : new String[] {KernelResult.FLOPS, KernelResult.BYTES}) {
                KernelResult.nanoseconds(result, amount)
                        .ifPresent(time -> secondsOfOne.put(key(amount, result), time));
            }
        }
    }

    private static String key(String amount, RunResult result) {
        return amount + " " + result.getParams().getParam("type");
    }

    /** Returns the share of the limiting peak that a benchmark reached, in percent. */
    double percent(RunResult result, String amount) {
        return 100 * secondsOfOne.get(key(amount, result))
                / KernelResult.nanoseconds(result, amount).orElse(Double.POSITIVE_INFINITY);
    }
}
