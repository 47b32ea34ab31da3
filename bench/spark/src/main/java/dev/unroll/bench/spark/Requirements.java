package dev.unroll.bench.spark;

import dev.unroll.bench.cli.train.SparkArguments;
import dev.unroll.bench.cli.train.SparkProcess;
import dev.unroll.rnn.io.Shown;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import org.apache.spark.SparkConf;

/** What a cluster must be like, and the properties of its configuration that a training relies on. */
final class Requirements {
    private static final int OLDEST_SPARK = 4;

    private static final String STANDALONE = "spark://";
    private static final int PATIENCE = 5_000;

    private Requirements() {}

    /**
     * Completes a configuration.
     *
     * @throws IllegalStateException if a training on it cannot go well
     */
    static void check(SparkConf configuration, SparkArguments arguments) {
        requireSpark(org.apache.spark.package$.MODULE$.SPARK_VERSION());
        SparkProcess.requireJava(Runtime.version(), "the driver");
        arguments.configuration().forEach(configuration::set);
        if (configuration.getBoolean("spark.dynamicAllocation.enabled", false)) {
            throw new IllegalStateException(
                    "spark.dynamicAllocation.enabled is true, and Spark then gives no fixed number of"
                            + " workers; set it to false");
        }
        requireReachable(arguments.master());
        Duration timeout = arguments.timeout();
        configuration.setMaster(arguments.master());
        configuration.setIfMissing("spark.app.name", "unroll train");
        configuration.setIfMissing("spark.log.level", arguments.isVerbose() ? "WARN" : "ERROR");
        configuration.setIfMissing("spark.ui.enabled", "false"); // a page that anybody could open
        configuration.setIfMissing("spark.executor.heartbeatInterval", "2s"); // which brings the progress
        configuration.setIfMissing("spark.network.timeout", Math.max(20, timeout.toSeconds()) + "s");
        configuration.setIfMissing("spark.network.timeoutInterval", "5s");
        configuration.setIfMissing("spark.barrier.sync.timeout", timeout.toSeconds() + "s");
        configuration.setIfMissing("spark.scheduler.barrier.maxConcurrentTasksCheck.interval", "1s");
        configuration.setIfMissing(
                "spark.scheduler.barrier.maxConcurrentTasksCheck.maxFailures", String.valueOf(timeout.toSeconds()));
        configuration.set("spark.serializer", "org.apache.spark.serializer.JavaSerializer"); // Kryo knows no records
    }

    /** Refuses a version without the options for the Vector API. */
    static void requireSpark(String version) {
        if (Integer.parseInt(version.replaceFirst("\\..*", "")) < OLDEST_SPARK) {
            throw new IllegalStateException("needs Spark " + OLDEST_SPARK + ".0 or later, and this is " + version
                    + "; use a cluster with a later one");
        }
    }

    /** Refuses the address of a master that nobody listens at: Spark would try again for a minute, and say less. */
    private static void requireReachable(String master) {
        if (!master.startsWith(STANDALONE)) {
            return;
        }
        String reason = "";
        for (String address : master.substring(STANDALONE.length()).split(",")) {
            int colon = address.lastIndexOf(':');
            try (Socket socket = new Socket()) {
                int port = Integer.parseInt(address.substring(colon + 1));
                socket.connect(new InetSocketAddress(address.substring(0, Math.max(0, colon)), port), PATIENCE);
                return;
            } catch (IOException | IllegalArgumentException e) {
                reason = e.getMessage();
            }
        }
        throw new IllegalStateException(Shown.brief(master) + " cannot be reached (" + reason
                + "); check its host and port, and whether the master runs");
    }
}
