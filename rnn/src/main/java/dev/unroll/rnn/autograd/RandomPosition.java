package dev.unroll.rnn.autograd;

import dev.unroll.rnn.internal.Nulls;
import java.util.List;

/**
 * A position in the streams of random numbers of a {@link Tape}, at which another tape goes on.
 *
 * <p>Immutable, and safe for use by many threads.
 *
 * @param nextStream the id of the next stream
 * @param ofSequences the ids of the streams that whole sequences share, in the order of their calls
 */
public record RandomPosition(long nextStream, List<Long> ofSequences) {
    /** Copies the ids. */
    public RandomPosition {
        ofSequences = List.copyOf(Nulls.require("RandomPosition", "ofSequences", ofSequences));
    }
}
