package dev.unroll.bench.queue;

/** A while in which nothing happens. */
final class Pause {
    private static final int MILLIS = 100;

    private Pause() {}

    /** Lets a tenth of a second pass; an interrupt ends it, for there is something to look at. */
    static void moment() {
        try {
            Thread.sleep(MILLIS);
        } catch (InterruptedException e) {
            // whoever waits looks around after every while anyway
        }
    }
}
