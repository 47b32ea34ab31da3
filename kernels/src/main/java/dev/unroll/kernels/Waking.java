package dev.unroll.kernels;

/**
 * Tells when it pays to wake the workers of a pool. That takes the caller some microseconds, and the worker begins some
 * dozens of microseconds later; so a short call is shared by workers that sleep only where such calls follow each other
 * closely, and the later ones find them awake.
 *
 * <p>Times are in nanoseconds of one clock. A race of several callers may decide either way, which changes no result.
 */
final class Waking {
    /**
     * So many times the smallest part, of 2.5 microseconds, is long enough to wake a worker for it alone. From 8 to 16 a
     * training of LSTM 2 x 256 with one sequence was slower than on one thread, from 24 on as fast (Zen 5).
     */
    static final double LONG = 24;

    /** Calls follow each other closely if one begins within this time of the one before. */
    static final long CLOSE = 50_000;

    /** The number of short calls that follow each other closely before workers are woken. */
    static final int FEWEST = 2;

    private long last;
    private int calls;

    /**
     * Decides for one call.
     *
     * @param worth the length of a part, in smallest parts
     * @param now when the call begins
     */
    boolean pays(double worth, long now) {
        if (worth >= LONG) {
            return true;
        }
        calls = now - last < CLOSE ? calls + 1 : 1;
        last = now;
        return calls >= FEWEST;
    }
}
