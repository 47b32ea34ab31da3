package dev.unroll.bench.spark;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import scala.jdk.javaapi.CollectionConverters;

/** Prints the lines of one attempt as they come from the executor of the first worker. */
final class Progress extends SparkListener {
    private final long accumulator;
    private final CountDownLatch start = new CountDownLatch(1);
    private long next;

    /** Listens to an accumulator. */
    Progress(long accumulator) {
        this.accumulator = accumulator;
    }

    @Override
    public void onTaskStart(SparkListenerTaskStart task) {
        start.countDown();
    }

    /** Returns whether a worker has started within a time; also true if the thread is interrupted. */
    boolean awaitStart(Duration patience) {
        try {
            return start.await(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) { // the attempt is over
            return true;
        }
    }

    @Override
    public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
        for (var task : CollectionConverters.asJava(update.accumUpdates())) {
            for (AccumulableInfo value : CollectionConverters.asJava(task._4())) {
                if (value.id() == accumulator && value.update().isDefined()
                        && value.update().get() instanceof ProgressLines.Last last) {
                    print(last);
                }
            }
        }
    }

    /** Prints those that were not printed yet. */
    synchronized void print(ProgressLines.Last last) {
        for (int i = (int) Math.max(0, next - last.from()); i < last.lines().size(); i++) {
            String line = last.lines().get(i);
            (line.charAt(0) == 'o' ? System.out : System.err).println(line.substring(1));
        }
        System.out.flush();
        next = Math.max(next, last.from() + last.lines().size());
    }
}
