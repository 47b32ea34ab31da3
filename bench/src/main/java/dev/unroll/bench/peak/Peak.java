package dev.unroll.bench.peak;

import dev.unroll.kernels.WorkerPool;

/** A limit of the machine. Measure it in turns with what is compared with it: clocks and neighbors change. */
public abstract class Peak {
    /** Least duration of a sample. */
    private static final double SAMPLE_SECONDS = 0.005;

    private long rounds = 1;

    Peak() {}

    /**
     * Runs the loop on all threads at the same time.
     *
     * @param pool the threads
     * @param count how often each repeats it
     * @return operations, or bytes, of all threads together
     */
    public abstract long run(WorkerPool pool, long count);

    /**
     * Measures once, for 5 to 10 milliseconds.
     *
     * @param pool all of its threads work at the same time
     * @return operations, or bytes, per second of all threads together
     */
    public final double sample(WorkerPool pool) {
        while (true) {
            long start = System.nanoTime();
            long amount = run(pool, rounds);
            double seconds = (System.nanoTime() - start) * 1e-9;
            if (seconds >= SAMPLE_SECONDS) {
                return amount / seconds;
            }
            rounds *= 2;
        }
    }

    /**
     * Samples for a while, until the compiler has done its work; once a process is enough for each kind of loop.
     *
     * @param seconds how long
     */
    public final void warmUp(double seconds) {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (System.nanoTime() < end) {
            sample(WorkerPool.caller());
        }
    }
}
