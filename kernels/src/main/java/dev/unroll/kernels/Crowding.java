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

    /** Stalls are added up over this time; if they are a fifth of it the machine is crowded. */
    static final long WINDOW = 40 * MILLISECOND;

    static final int SHARE = 5;

    /** After this time without a stall those before are forgotten. */
    static final long FORGOTTEN = 2_000 * MILLISECOND;

    static final long SHORTEST = 100 * MILLISECOND;
    static final long LONGEST = 1_600 * MILLISECOND;

    private long windowBegan;
    private long lastStall;
    private long lostInWindow;
    private boolean isAlone;
    private long aloneSince;
    private long alone = SHORTEST;

    /** Whether the caller is to do without the workers now. */
    boolean isAlone(long now) {
        if (isAlone && now - aloneSince >= alone) {
            isAlone = false;
            alone = Math.min(LONGEST, 2 * alone);
        }
        return isAlone;
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
        long lost = whole - shortest;
        if (lost < STALL || whole / LONGER < parts * shortest) {
            return;
        }
        if (now - lastStall > FORGOTTEN + alone) {
            alone = SHORTEST;
        }
        if (now - windowBegan > WINDOW) {
            windowBegan = now - lost;
            lostInWindow = 0;
        }
        lastStall = now;
        lostInWindow += lost;
        if (lostInWindow * SHARE >= WINDOW) {
            isAlone = true;
            aloneSince = now;
        }
    }
}
