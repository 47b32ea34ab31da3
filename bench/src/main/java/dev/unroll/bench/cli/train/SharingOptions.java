package dev.unroll.bench.cli.train;

import dev.unroll.bench.cli.train.Recipe.Settings;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.parallel.ShardTree;
import dev.unroll.rnn.train.Trainer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of {@code unroll train} about workers that share a training. */
final class SharingOptions {
    static final String SHARDS = "--shards";

    private static final int USUAL_SHARDS = 16;
    private static final int LONGEST = 86_400;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = SHARDS,
            paramLabel = "S",
            description = "Cut every batch into S shards, whose gradients are added in a fixed order: the result has the"
                    + " same bits for any number of workers that divides S (default: " + USUAL_SHARDS
                    + " with --spark; otherwise batches are not cut).")
    private Integer shards;

    @Option(
            names = "--spark",
            paramLabel = "MASTER",
            description = "Train on Apache Spark, with --workers and --out: local[4], local-cluster[4,1,1024] or"
                    + " spark://HOST:PORT. For other masters see spark-submit in the README.")
    String master;

    @Option(names = "--workers", paramLabel = "W", description = "Number of workers on Spark, which divides --shards.")
    private Integer workers;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "How long workers wait for one another, and for a place on the cluster (default:"
                    + " ${DEFAULT-VALUE}).")
    int timeout = 60;

    @Option(
            names = "--spark-conf",
            paramLabel = "KEY=VALUE",
            description = "A property of Spark's configuration, such as spark.executor.memory=4g; may be repeated.")
    Map<String, String> configuration = new LinkedHashMap<>();

    @Option(names = "--fetch", description = "First get Spark from Maven Central, some 220 MB, once.")
    boolean fetch;

    boolean isOnSpark() {
        return master != null;
    }

    int workers() {
        return workers;
    }

    /** Returns the number of shards, 0 if batches are not cut. */
    int shards() {
        return shards != null ? shards : isOnSpark() ? USUAL_SHARDS : 0;
    }

    /** Refuses what does not go together. */
    void check(Settings settings, Path outOrNull, CheckpointOptions checkpoints) {
        refuse(shards != null && (shards < 1 || shards > ShardTree.MOST),
                "--shards must be from 1 to " + ShardTree.MOST + ", not " + shards);
        refuse(settings.batch() < shards(),
                "--batch " + settings.batch() + " has fewer sequences than there are shards, "
                        + shards() + "; give a larger --batch or fewer --shards");
        if (isOnSpark()) {
            checkSpark(outOrNull);
            checkpoints.requireUpdates();
        } else {
            refuse(workers != null || fetch || !configuration.isEmpty(),
                    "--workers, --spark-conf and --fetch go with --spark; add it, or leave them out");
        }
    }

    private void checkSpark(Path outOrNull) {
        refuse(workers == null, "--spark needs --workers; give a number that divides --shards " + shards());
        refuse(workers < 1 || shards() % workers != 0, "--workers " + workers + " does not divide --shards " + shards()
                + "; give a divisor, so that every worker has as many shards");
        refuse(outOrNull == null, "--spark needs --out, where the model is saved; add it");
        refuse(timeout < 1 || timeout > LONGEST, "--timeout must be from 1 to " + LONGEST + " seconds, not " + timeout);
    }

    private void refuse(boolean isWrong, String message) {
        if (isWrong) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }

    /** Lets a trainer cut the batches; refuses an epoch with a batch that is too small before it begins. */
    void configure(Trainer trainer, WorkerPart partOrNull, List<Batch> epoch) {
        if (shards() == 0) {
            return;
        }
        int smallest = epoch.stream().mapToInt(batch -> batch.layout().batch()).min().orElse(shards());
        if (smallest < shards()) {
            throw new IllegalArgumentException("the smallest batch of the data has " + smallest
                    + " sequences, which cannot be cut into " + shards()
                    + " shards; give fewer --shards, or another --batch");
        }
        if (partOrNull == null) {
            trainer.shards(shards());
        } else {
            trainer.shards(shards(), partOrNull.exchange());
        }
    }
}
