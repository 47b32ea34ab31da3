package dev.unroll.bench.queue;

/** A while in which nothing happens. */
final class Pause {
    private Pause() {}

    /** Lets time pass; an interrupt ends it, for there is something to look at. */
    static void millis(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            // whoever waits looks around after every while anyway
        }
    }
}
