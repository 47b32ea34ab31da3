package dev.unroll.kernels;

/**
 * How a call's work is divided over threads: into as many equal runs of units as there are threads, if each is worth
 * waking a thread for. Units are rows or columns of what is written, so no sum is divided and no bit depends on it.
 */
final class Partition {
    /** Elements of the cheapest kind that are worth a part: at 0.1 ns each, some times the cost of a hand-over. */
    private static final long ELEMENTS_OF_A_PART = 32 * 1024;

    private Partition() {}

    /**
     * The number of parts.
     *
     * @param cost of an element, that of an addition being 1
     */
    static int parts(WorkerPool pool, long units, long elementsOfAUnit, int cost) {
        long worth = units * elementsOfAUnit * cost / ELEMENTS_OF_A_PART;
        return (int) Math.max(1, Math.min(worth, Math.min(pool.threads(), units)));
    }

    /** Where a part begins; part {@code parts} is the end. */
    static int boundary(long units, int part, int parts) {
        return (int) (units * part / parts);
    }
}
