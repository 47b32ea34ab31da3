package dev.unroll.bench.cli.gradcheck;

import dev.unroll.gradcheck.CheckBuilder;
import picocli.CommandLine.Option;

/** What {@code unroll gradcheck} asks of every check. */
final class GradcheckOptions {
    @Option(names = "--sizes", paramLabel = "N",
            description = "Largest size of an op's inputs (default: 4 and 21 in turn) and of a random network's layers"
                    + " (default: 5).")
    private Integer sizes;

    @Option(names = "--threads", paramLabel = "N",
            description = "Threads to compute with (default: one, and several must give the same).")
    private Integer threads;

    @Option(names = "--repeat", paramLabel = "N",
            description = "Draws of the inputs per case (default: ${DEFAULT-VALUE}).")
    private int repeat = 1;

    @Option(names = "--f32", description = "Compare the kernels of F32 too, of ops only.")
    private boolean f32;

    @Option(names = "--second-order", description = "Compare second derivatives too.")
    private boolean secondOrder;

    /** Says what is wrong with the options; null if nothing is. */
    String fault() {
        return fault("--sizes", sizes) != null
                ? fault("--sizes", sizes)
                : fault("--threads", threads) != null ? fault("--threads", threads) : fault("--repeat", repeat);
    }

    private static String fault(String option, Integer value) {
        return value == null || value >= 1 ? null : option + " must be at least 1, not " + value;
    }

    boolean isSinglePrecision() {
        return f32;
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
        set = threads == null ? set : set.threads(threads);
        return secondOrder ? set.secondOrder() : set;
    }
}
