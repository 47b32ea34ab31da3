package dev.unroll.bench.serving;

import java.util.Locale;

/** The threads that clients come from. */
public enum Clients {
    /** A platform thread per session. */
    PLATFORM,

    /** A virtual thread per session. */
    VIRTUAL,

    /** Few platform threads, each of which submits the steps of several sessions and then awaits them, as an event loop does. */
    LOOP;

    Thread thread(Runnable work) {
        return this == VIRTUAL ? Thread.ofVirtual().unstarted(work) : Thread.ofPlatform().unstarted(work);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
