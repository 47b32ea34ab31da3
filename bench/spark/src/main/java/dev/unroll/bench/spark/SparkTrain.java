package dev.unroll.bench.spark;

import dev.unroll.bench.cli.common.CommandLines;
import dev.unroll.bench.cli.train.SparkArguments;
import dev.unroll.rnn.io.Shown;
import java.io.PrintStream;
import java.util.List;
import org.apache.spark.SparkConf;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParameterException;

/**
 * The driver of {@code unroll train --spark}, and the main class for {@code spark-submit}, which takes the arguments of
 * {@code unroll train}.
 */
public final class SparkTrain {
    private static final String NAME = "unroll train: ";
    private static final String VERBOSE = "--verbose";

    /** That of the process, also when it has been silenced for the end of the cluster. */
    private static final PrintStream ERR = System.err;

    private SparkTrain() {}

    /**
     * Trains, and exits with 0; with 1 if that failed, or 2 if the arguments are wrong.
     *
     * @param args of {@code unroll train}; the master may be that of {@code spark-submit}
     */
    public static void main(String... args) {
        boolean isVerbose = List.of(args).contains(VERBOSE);
        if (isVerbose) { // before Spark makes its first logger
            System.setProperty("unroll.spark.log", "warn");
            System.setProperty("unroll.spark.trace", "full");
        }
        System.exit(run(isVerbose, args));
    }

    private static int run(boolean isVerbose, String... args) {
        try {
            SparkConf configuration = new SparkConf();
            SparkArguments arguments = SparkArguments.parse(configuration.get("spark.master", null), args);
            Requirements.check(configuration, arguments);
            try (Cluster cluster = new Cluster(configuration, arguments)) {
                return cluster.train();
            }
        } catch (ParameterException e) {
            return failed(isVerbose, e, ExitCode.USAGE);
        } catch (Exception e) {
            return failed(isVerbose, e, ExitCode.SOFTWARE);
        }
    }

    private static int failed(boolean isVerbose, Exception e, int code) {
        ERR.println(NAME + CommandLines.reason(e, Shown.MAX_MESSAGE - NAME.length()));
        if (isVerbose) {
            e.printStackTrace(ERR);
        }
        return code;
    }
}
