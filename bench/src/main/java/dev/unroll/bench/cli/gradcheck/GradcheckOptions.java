package dev.unroll.bench.cli.gradcheck;

import dev.unroll.gradcheck.CheckBuilder;
import dev.unroll.gradcheck.Tolerance;
import java.util.Objects;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** What {@code unroll gradcheck} asks of every check. */
final class GradcheckOptions {
    private static final String ULPS = "ulps";

    @Option(names = "--sizes", paramLabel = "N",
            description = "Largest size of an op's inputs (default: 4 and 21 in turn, and every fourth case at sizes that"
                    + " fill vectors and at large numbers) and of a random network's layers (default: 5).")
    private Integer sizes;

    @Option(names = "--steps", paramLabel = "N",
            description = "Most steps of a network's sequences (default: 4).")
    private Integer steps;

    @Option(names = "--tolerance", paramLabel = "X[ulps]",
            description = "What a derivative may differ by besides the errors of both, in numbers or, such as 100ulps, in"
                    + " units of the last place of the largest gradient of the input (default: 0).")
    private String tolerance;

    @Option(names = "--threads", paramLabel = "N",
            description = "Threads to compute with (default: one, and several must give the same).")
    private Integer threads;

    @Option(names = "--repeat", paramLabel = "N",
            description = "Draws of the inputs per case (default: ${DEFAULT-VALUE}).")
    private int repeat = 1;

    @Option(names = "--f32", description = "Compare the kernels of F32 too.")
    private boolean f32;

    @Option(names = "--second-order", description = "Compare second derivatives too.")
    private boolean secondOrder;

    /** Says what is wrong with the options; null if nothing is. */
    String fault() {
        return Stream.of(
                fault("--sizes", sizes), fault("--steps", steps), fault("--threads", threads),
                fault("--repeat", repeat),
                faultOfTolerance()).filter(Objects::nonNull).findFirst().orElse(null);
    }

    private String faultOfTolerance() {
        try {
            if (tolerance != null) {
                tolerance();
            }
            return null;
        } catch (IllegalArgumentException e) {
            return "--tolerance must be a number of at least 0, or one of ulps such as 100ulps, not " + tolerance;
        }
    }

    private Tolerance tolerance() {
        return tolerance.endsWith(ULPS)
                ? Tolerance.ulps(Double.parseDouble(tolerance.substring(0, tolerance.length() - ULPS.length())))
                : Tolerance.absolute(Double.parseDouble(tolerance));
    }

    private static String fault(String option, Integer value) {
        return value == null || value >= 1 ? null : option + " must be at least 1, not " + value;
    }

    boolean isSinglePrecision() {
        return f32;
    }

    /** Tells whether a largest size was asked for. */
    boolean isSized() {
        return sizes != null;
    }

    /** The most steps, or another number if none was asked for. */
    int stepsOr(int other) {
        return steps == null ? other : steps;
    }

    /** The largest size, or another one if none was asked for. */
    int sizesOr(int other) {
        return sizes == null ? other : sizes;
    }

    /** Sets the options of a check of an op. */
    CheckBuilder ofOp(CheckBuilder check) {
        CheckBuilder set = ofAll(check);
        return f32 ? set.singlePrecision() : set;
    }

    /** Sets the options of a check of anything. */
    CheckBuilder ofAll(CheckBuilder check) {
        CheckBuilder set = check.repeat(repeat);
        set = tolerance == null ? set : set.tolerance(tolerance());
        set = threads == null ? set : set.threads(threads);
        return secondOrder ? set.secondOrder() : set;
    }
}
