package dev.unroll.bench.spark;

import dev.unroll.bench.cli.train.SparkArguments;
import dev.unroll.bench.report.ReportFile;
import dev.unroll.rnn.io.ModelFolder;
import dev.unroll.rnn.io.Shown;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.UUID;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * A training on a cluster: attempts, of which each goes on from the last checkpoint of the one before, until one comes to its
 * end. Spark itself does not repeat a barrier stage that gives results, and would repeat one that failed for good.
 */
final class Cluster implements AutoCloseable {
    private static final int SECRET_BYTES = 32;
    private static final long PAUSE = 100;

    /** How long Spark itself waits for executors before it starts tasks. */
    private static final Duration START = Duration.ofSeconds(30);

    private final SparkArguments arguments;
    private final JavaSparkContext spark;
    private final Duration patience;
    private final int maxFailures;
    private final Path marker;
    private final Thread hook;
    private volatile boolean isDone;
    private volatile boolean isEnding;

    Cluster(SparkConf configuration, SparkArguments arguments) throws IOException {
        this.arguments = arguments;
        patience = arguments.timeout().compareTo(START) > 0 ? arguments.timeout() : START;
        arguments.files(); // a missing one is refused before anything starts
        requireNewTraining();
        Files.createDirectories(arguments.out());
        if (!configuration.contains("spark.jars")) {
            configuration.setJars(JavaSparkContext.jarOfClass(SparkTrain.class));
        }
        maxFailures = configuration.getInt("spark.stage.maxConsecutiveAttempts", 4);
        spark = new JavaSparkContext(configuration);
        marker = Files.createFile(arguments.out().resolve(".spark-" + UUID.randomUUID()));
        hook = new Thread(this::sayInterrupted, "interruption");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void requireNewTraining() throws IOException {
        if (!arguments.isResuming() && !newestCheckpoint().isEmpty()) {
            throw new IllegalStateException(arguments.out()
                    + " holds the checkpoint of a training that was stopped; add --resume to go on with it, or remove its"
                    + " folder " + arguments.checkpoints().getFileName());
        }
    }

    /** The name of the last checkpoint of a training that has not come to its end, empty for none. */
    private String newestCheckpoint() throws IOException {
        String newest = "";
        if (Files.isDirectory(arguments.checkpoints())) {
            try (DirectoryStream<Path> files =
                    Files.newDirectoryStream(arguments.checkpoints(), "checkpoint-*.safetensors")) {
                for (Path file : files) {
                    String name = file.getFileName().toString();
                    newest = name.compareTo(newest) > 0 ? name : newest;
                }
            }
        }
        return newest;
    }

    private void sayInterrupted() {
        if (!isDone) {
            isEnding = true;
            silence();
            System.err.println("interrupted; if there is a checkpoint in " + arguments.checkpoints()
                    + ", the same command with --resume goes on from it");
        }
    }

    /** Trains to the end, and returns the exit code. */
    int train() throws IOException, InterruptedException {
        SharedFiles files = SharedFiles.add(spark, arguments.files());
        int failures = 0;
        while (true) {
            awaitSlots();
            String before = newestCheckpoint();
            boolean resumes = arguments.isResuming() || !before.isEmpty();
            Assignment assignment = new Assignment(
                    arguments.ofWorkers(), arguments.ofCheckpoints(), resumes, arguments.hasThreads(),
                    arguments.out().toString(), marker.getFileName().toString(), arguments.jsonOrNull() != null,
                    files.names(), secret(), arguments.timeout());
            Attempt attempt = Attempt.run(spark, assignment, arguments.workers(), patience);
            if (!attempt.isLost()) {
                return end(attempt);
            }
            if (isEnding) {
                return 1;
            }
            failures = newestCheckpoint().equals(before) ? failures + 1 : 1;
            if (failures >= maxFailures) {
                throw new IllegalStateException(attempt.failure() + "; given up after " + failures
                        + " attempts without a new checkpoint");
            }
            System.err.println(Shown.message(attempt.failure() + "; going on "
                    + (newestCheckpoint().isEmpty() ? "from the beginning" : "from the last checkpoint")));
        }
    }

    private static byte[] secret() {
        byte[] secret = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(secret);
        return secret;
    }

    private int end(Attempt attempt) throws IOException {
        isDone = true;
        if (!attempt.failure().isEmpty()) {
            throw new IllegalStateException(attempt.failure(), attempt.causeOrNull());
        }
        WorkerResult first = attempt.results().getFirst();
        for (var file : first.files().entrySet()) {
            ReportFile.write(arguments.out().resolve(file.getKey()), out -> out.write(file.getValue()));
        }
        if (first.jsonOrNull() != null) {
            ReportFile.write(arguments.jsonOrNull(), out -> out.write(first.jsonOrNull()));
        }
        if (first.code() == 0 && Files.notExists(arguments.out().resolve(ModelFolder.NUMBERS))) {
            throw new IOException(
                    "the model is not in " + arguments.out() + ", though a worker saved it there; give a folder"
                            + " that this machine sees too");
        }
        return first.code();
    }

    /** Waits for executors that are starting; refuses a cluster with too few of them. */
    private void awaitSlots() throws InterruptedException {
        long start = System.nanoTime();
        int slots = slots();
        while (slots < arguments.workers()) {
            if (System.nanoTime() - start > patience.toNanos() || isFixed()) {
                throw new IllegalStateException("the cluster has room for " + slots + " of " + arguments.workers()
                        + " workers, which must all run at once; give fewer --workers, more executors or cores, or a longer"
                        + " --timeout");
            }
            Thread.sleep(PAUSE);
            slots = slots();
        }
    }

    private int slots() {
        return spark.sc().maxNumConcurrentTasks(spark.sc().resourceProfileManager().defaultResourceProfile());
    }

    /** Without executors in other processes there is nothing to wait for. */
    private boolean isFixed() {
        return spark.isLocal();
    }

    @Override
    public void close() {
        isDone = true;
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // this process is ending, and the hook runs
        }
        try {
            Files.deleteIfExists(marker);
        } catch (IOException e) {
            // it is empty
        }
        silence();
        if (!arguments.isVerbose()) {
            System.setErr(new PrintStream(OutputStream.nullOutputStream()));
        }
        spark.close();
    }

    /** What a cluster complains about while it ends says nothing about the training. */
    private void silence() {
        if (!arguments.isVerbose()) {
            Configurator.setRootLevel(Level.OFF);
        }
    }
}
