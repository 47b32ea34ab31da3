package dev.unroll.bench.peers;

import dev.unroll.kernels.Tensor;
import java.util.Optional;
import java.util.function.Supplier;

/** One engine, ready to do one work again and again. */
interface Contestant extends AutoCloseable {
    /**
     * Does the work some times.
     *
     * @param calls how many times
     * @return seconds that all of them took
     */
    double seconds(int calls);

    /** Returns the results of the last call; empty where there is nothing to compare. */
    Optional<Tensor> result();

    @Override
    default void close() {}

    /** A contestant of this process: a call, where it writes, and what is closed in the end. */
    static Contestant of(Runnable call, Tensor result, AutoCloseable... parts) {
        return of(call, () -> Optional.of(result), parts);
    }

    /** A contestant of this process: a call, what gives its result, if anything does, and what is closed in the end. */
    static Contestant of(Runnable call, Supplier<Optional<Tensor>> result, AutoCloseable... parts) {
        return new Contestant() {
            @Override
            public double seconds(int calls) {
                long start = System.nanoTime();
                for (int i = 0; i < calls; i++) {
                    call.run();
                }
                return Math.max(1, System.nanoTime() - start) * 1e-9;
            }

            @Override
            public Optional<Tensor> result() {
                return result.get();
            }

            @Override
            public void close() {
                for (AutoCloseable part : parts) {
                    try {
                        part.close();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }
            }
        };
    }
}
