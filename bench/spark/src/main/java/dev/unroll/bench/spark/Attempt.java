package dev.unroll.bench.spark;

import dev.unroll.rnn.io.Shown;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * One run of all workers, in one barrier stage.
 *
 * @param results of worker 0, 1, ..., none if one was lost
 * @param failure in one line, empty for none
 * @param isLost whether another attempt is worth while
 * @param causeOrNull of a failure, with where it came from
 */
record Attempt(List<WorkerResult> results, String failure, boolean isLost, Throwable causeOrNull) {
    private static final String OLD_JAVA = "UnsupportedClassVersionError";

    private static final String JOBS = "unroll";

    static Attempt run(JavaSparkContext spark, Assignment assignment, int workers, Duration patience) {
        ProgressLines lines = new ProgressLines();
        spark.sc().register(lines, "progress");
        Progress progress = new Progress(lines.id());
        spark.sc().addSparkListener(progress);
        spark.setJobGroup(JOBS, "unroll train", true); // interrupts workers whose stage has failed
        Thread guard = Thread.ofPlatform().daemon().start(() -> {
            if (!progress.awaitStart(patience)) {
                spark.cancelJobGroup(JOBS); // the room that there was has gone
            }
        });
        try {
            RDD<Integer> numbers = spark.parallelize(IntStream.range(0, workers).boxed().toList(), workers).rdd();
            ClassTag<WorkerResult> tag = ClassTag$.MODULE$.apply(WorkerResult.class);
            Object all = numbers.barrier().mapPartitions(new Worker(assignment, lines), false, tag).collect();
            List<WorkerResult> results = List.of((WorkerResult[]) all);
            progress.print(results.getFirst().progress());
            return of(results);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) { // a SparkException, which Scala does not declare
            return of(e);
        } finally {
            guard.interrupt();
            spark.sc().removeSparkListener(progress);
        }
    }

    /** A worker that failed by itself tells why; those that lost it tell nothing new. */
    private static Attempt of(List<WorkerResult> results) {
        WorkerResult reason = null;
        for (int worker = results.size() - 1; worker >= 0; worker--) {
            WorkerResult result = results.get(worker);
            if (!result.failure().isEmpty() && (reason == null || reason.isLost() || !result.isLost())) {
                reason = result;
            }
        }
        return reason == null
                ? new Attempt(results, "", false, null)
                : new Attempt(results, reason.failure(), reason.isLost(), new IllegalStateException(reason.trace()));
    }

    private static Attempt of(Exception e) {
        String message = String.valueOf(e.getMessage());
        if (message.contains(OLD_JAVA)) {
            return new Attempt(
                    List.of(),
                    "an executor runs on a Java before 25, which cannot run this program; install Java 25.0.3 or"
                            + " later there, and let JAVA_HOME name it",
                    false, e);
        }
        String reason = message.lines()
                .filter(line -> line.contains("Failure") || line.contains("Exception") || line.contains("Error"))
                .findFirst()
                .orElse(message);
        return new Attempt(List.of(), "a worker was lost: " + Shown.message(reason.strip(), 200), true, e);
    }
}
