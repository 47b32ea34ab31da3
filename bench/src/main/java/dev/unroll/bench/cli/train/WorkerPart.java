package dev.unroll.bench.cli.train;

import dev.unroll.rnn.parallel.AllGather;
import dev.unroll.rnn.parallel.Exchange;
import dev.unroll.rnn.train.Checkpoints;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What one worker has of a training that several share.
 *
 * @param exchange with the other workers, closed by the caller
 * @param files where the files are that {@code --data} and {@code --valid} name, by those names
 * @param patience how long the first worker waits for the folder of checkpoints, less than the others wait for it
 */
public record WorkerPart(Exchange exchange, Map<String, Path> files, Duration patience) {
    private static final long PAUSE = 100;

    /** Opens checkpoints. */
    @FunctionalInterface
    interface Opening {
        Checkpoints open() throws IOException;
    }

    /** Returns whether this is the worker that prints and saves. */
    boolean isFirst() {
        return exchange.worker() == 0;
    }

    List<Path> files(List<String> names) {
        return names.stream().map(name -> files.getOrDefault(name, Path.of(name))).toList();
    }

    /**
     * Opens the checkpoints in all workers. The process that had them before, of a training that was ended, may take a while to
     * end; when this returns it has, in all workers.
     */
    Checkpoints open(Opening opening) throws IOException {
        Checkpoints checkpoints = openAtLast(opening);
        try (AllGather gather = new AllGather(exchange)) {
            gather.numbers("whether the checkpoints are open");
            return checkpoints;
        } catch (RuntimeException e) {
            checkpoints.close();
            throw e;
        }
    }

    private Checkpoints openAtLast(Opening opening) throws IOException {
        long start = System.nanoTime();
        while (true) {
            try {
                return opening.open();
            } catch (IOException e) {
                if (System.nanoTime() - start >= patience.toNanos() || !paused()) {
                    throw e;
                }
            }
        }
    }

    private static boolean paused() {
        try {
            Thread.sleep(PAUSE);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
