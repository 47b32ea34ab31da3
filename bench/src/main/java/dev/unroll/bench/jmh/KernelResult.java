package dev.unroll.bench.jmh;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.util.Statistics;

/**
 * What a benchmark found, over all iterations of all forks.
 *
 * @param benchmark class and method
 * @param parameters by name
 * @param unit GFLOP/s for products, ns/element for the rest
 * @param value the median
 * @param spread half of the distance between the quartiles, as a part of the median
 * @param gigabytesPerSecond read and written; 0 for products
 * @param percentOfPeak of the multiply-adds alone, or of the copy of as many bytes
 * @param bytesPerCall allocated on the heap during one call, JMH's own among them
 * @param allocates whether that is more than JMH's own, of a kernel or a session
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record KernelResult(
        String benchmark,
        Map<String, String> parameters,
        String unit,
        double value,
        double spread,
        double gigabytesPerSecond,
        double percentOfPeak,
        double bytesPerCall,
        boolean allocates) {
    static final String FLOPS = "flops";
    static final String BYTES = "bytes";
    static final String ELEMENTS = "elements";

    private static final Set<String> ALLOCATING = Set.of(
            "StepBenchmark.kernels", "StepBenchmark.prediction", "OwnKernelBenchmark.softsign",
            "WordModelBenchmark.update", "FadingBenchmark.forward", "FadingBenchmark.forwardAndBackward");

    /** JMH's own in one iteration, with room to spare; a boxed vector in a loop is far above. */
    private static final double OWN_BYTES_PER_ITERATION = 64 << 10;

    static KernelResult of(RunResult result, MeasuredPeaks peaks) {
        boolean isProduct = nanoseconds(result, FLOPS).isPresent();
        double bytes = result.getSecondaryResults().get("gc.alloc.rate.norm").getScore();
        return new KernelResult(
                shortName(result.getParams().getBenchmark()),
                parameters(result.getParams()),
                isProduct ? "GFLOP/s" : "ns/element",
                isProduct ? 1 / nanoseconds(result, FLOPS).getAsDouble() : nanoseconds(result, ELEMENTS).getAsDouble(),
                spread(result.getPrimaryResult().getStatistics()),
                isProduct ? 0 : 1 / nanoseconds(result, BYTES).getAsDouble(),
                peaks.percent(result, isProduct ? FLOPS : BYTES),
                bytes,
                promisesNoGarbage(shortName(result.getParams().getBenchmark()))
                        && allocates(bytes, bytesPerIteration(result)));
    }

    private static double bytesPerIteration(RunResult result) {
        double megabytesPerSecond = result.getSecondaryResults().get("gc.alloc.rate").getScore();
        return megabytesPerSecond * (1 << 20)
                * result.getParams().getMeasurement().getTime().convertTo(TimeUnit.MILLISECONDS) * 1e-3;
    }

    /**
     * Whether a benchmark is of one kernel of the library, or a session: others are there to be compared with,
     * or are of a training.
     */
    static boolean promisesNoGarbage(String benchmark) {
        return !ALLOCATING.contains(benchmark);
    }

    static boolean allocates(double bytesPerCall, double bytesPerIteration) {
        return bytesPerCall >= 1 && bytesPerIteration > OWN_BYTES_PER_ITERATION;
    }

    /** Class and method, without the package. */
    static String shortName(String benchmark) {
        int method = benchmark.lastIndexOf('.');
        return benchmark.substring(benchmark.lastIndexOf('.', method - 1) + 1);
    }

    /** The median time of one of what {@link Amounts} counted, if it counted any. */
    static OptionalDouble nanoseconds(RunResult result, String amount) {
        Result<?> counted = (Result<?>) result.getSecondaryResults().get(amount);
        double time = counted == null ? 0 : counted.getStatistics().getPercentile(50);
        return time > 0 && Double.isFinite(time) ? OptionalDouble.of(time) : OptionalDouble.empty();
    }

    private static double spread(Statistics times) {
        return (times.getPercentile(75) - times.getPercentile(25)) / 2 / times.getPercentile(50);
    }

    private static Map<String, String> parameters(BenchmarkParams params) {
        Map<String, String> parameters = new LinkedHashMap<>();
        params.getParamsKeys().forEach(key -> parameters.put(key, params.getParam(key)));
        return parameters;
    }
}
