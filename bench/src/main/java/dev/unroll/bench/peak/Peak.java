package dev.unroll.bench.peak;

import dev.unroll.kernels.WorkerPool;

/** A limit of the machine. Measure it in turns with what is compared with it: clocks and neighbours change. */
public interface Peak {
    /** Seconds that one sample takes, on an idle machine. */
    double SAMPLE_SECONDS = 0.01;

    /**
     * Measures once, in about {@link #SAMPLE_SECONDS}.
     *
     * @param pool all of its threads work at the same time
     * @return operations, or bytes, a second, of all threads together
     */
    double sample(WorkerPool pool);

    /**
     * Times one run of a loop on every thread of a pool.
     *
     * @param pool the threads
     * @param loop what each runs, with its index
     * @return seconds until all have ended
     */
    static double seconds(WorkerPool pool, WorkerPool.Part loop) {
        long start = System.nanoTime();
        pool.run(pool.threads(), loop);
        return Math.max(1, System.nanoTime() - start) * 1e-9;
    }
}
