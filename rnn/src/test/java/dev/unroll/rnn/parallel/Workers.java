package dev.unroll.rnn.parallel;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Workers in threads of this process. */
public final class Workers {
    private Workers() {}

    /** What a worker does. */
    @FunctionalInterface
    public interface Work<T> {
        T of(Exchange exchange) throws Exception;
    }

    /** Runs work in as many threads, and closes the exchange of a worker when its work has ended, however. */
    public static <T> List<Future<T>> run(int count, Work<T> work) {
        List<Future<T>> results = new ArrayList<>();
        try (var threads = Executors.newFixedThreadPool(count)) {
            for (Exchange exchange : LocalExchange.of(count, Duration.ofMinutes(2))) {
                results.add(threads.submit(() -> {
                    try (exchange) {
                        return work.of(exchange);
                    }
                }));
            }
        }
        return results;
    }

    /** The results of work that succeeds. */
    public static <T> List<T> results(int count, Work<T> work) {
        return run(count, work).stream().map(Workers::resultOf).toList();
    }

    private static <T> T resultOf(Future<T> future) {
        try {
            return future.get();
        } catch (ExecutionException | InterruptedException e) {
            throw new CompletionException(e);
        }
    }

    /** The exceptions of work that fails in every worker. */
    public static List<Throwable> failures(int count, Work<?> work) {
        return Workers.<Object>run(count, work::of).stream().map(Future::exceptionNow).toList();
    }
}
