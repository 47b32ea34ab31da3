package dev.unroll.kernels;

/**
 * Tells when the threads of a pool wait for processors that other programs use. A thread that is taken from its processor
 * in the middle of a part makes the others wait for some milliseconds, for a part of some microseconds; then the caller is
 * faster alone, on whatever processor is free. So after such stalls it works alone for a while, and tries again; each time
 * that they come back the while is twice as long.
 *
 * <p>Times are in nanoseconds of one clock. For one thread at a time.
 */
final class Crowding {
    static final long MILLISECOND = 1_000_000;

    /** The shortest stall: schedulers take a processor away for milliseconds. */
    static final long STALL = MILLISECOND;

    /** In a stall a call takes this much longer than all of its parts would, one after the other. */
    static final int LONGER = 2;

    /** Stalls are added up over this time. */
    static final long WINDOW = 40 * MILLISECOND;

    /** Fewer stalls are a matter of chance, such as a garbage collection. */
    static final int FEWEST = 3;

    /** The shortest while alone, and the longest. */
    static final long SHORTEST = 100 * MILLISECOND;

    static final long LONGEST = 1_600 * MILLISECOND;

    /** Stalls that come back this soon after a while alone make the next one longer. */
    static final long SOON = 2_000 * MILLISECOND;

    private long windowBegan;
    private long lostInWindow;
    private int stalls;
    /** When the last while alone ends or ended; 0 before the first. */
    private long aloneUntil;
    private long alone = SHORTEST;

    /** Whether the caller is to do without the workers now. */
    boolean isAlone(long now) {
        return aloneUntil != 0 && now - aloneUntil < 0;
    }

    /**
     * Takes note of a call that was shared.
     *
     * @param parts of the call, all of them about as long
     * @param shortest how long the shortest part took
     * @param whole how long the call took
     * @param now when it ended
     */
    void shared(int parts, long shortest, long whole, long now) {
        shared(parts, shortest, whole, now, LONGER);
    }

    /**
     * Takes note of the calls of a stream, between which nobody waited: a stall in one of them is not longer than all.
     *
     * @param parts of every call, all of them about as long
     * @param shortest how long a thread was busy with its parts, at least
     * @param whole how long the calls took
     * @param now when they ended
     */
    void streamed(int parts, long shortest, long whole, long now) {
        shared(parts, shortest, whole, now, 1);
    }

    private void shared(int parts, long shortest, long whole, long now, int longer) {
        long lost = whole - shortest;
        if (lost < STALL || whole / longer < parts * shortest) {
            return;
        }
        if (stalls == 0 || now - windowBegan > WINDOW) {
            windowBegan = now - whole;
            lostInWindow = 0;
            stalls = 0;
        }
        stalls++;
        lostInWindow += lost;
        // Alone is as fast as parts threads that lose 1 - 1 / parts of the time; faster, since nobody is in the way.
        if (stalls >= FEWEST && lostInWindow * 3 * parts >= 2 * (parts - 1) * (now - windowBegan)) {
            begin(now);
        }
    }

    private void begin(long now) {
        boolean isSoon = aloneUntil != 0 && now - aloneUntil < SOON;
        alone = isSoon ? Math.min(LONGEST, 2 * alone) : SHORTEST;
        aloneUntil = now + alone;
        stalls = 0;
    }
}
