package dev.unroll.bench.peers;

import java.util.Optional;

/** A library to compare with. */
interface Peer extends AutoCloseable {
    /** Returns the display name used in tables. */
    String name();

    /** Which one exactly. */
    String version();

    /**
     * Gets ready for a work.
     *
     * @param work what to compute
     * @param inputs from what
     * @param threads how many it shall use
     * @return a contestant, or nothing if this peer cannot do that
     */
    Optional<Contestant> enter(Work work, Inputs inputs, int threads);

    @Override
    default void close() {}
}
