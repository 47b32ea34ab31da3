package dev.unroll.bench.peers;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;

/**
 * The calls of Unroll to a whole network: what they allocate, and how long the first ones take.
 *
 * @param heapBytes that all threads allocate on the heap during one call in the steady state
 * @param steadyMs milliseconds of one call in the steady state
 * @param firstMs milliseconds of the first update of a training; null for other works
 * @param firstSecondMs mean milliseconds of the updates in the first second of a training; null for other works
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record Calls(double heapBytes, double steadyMs, Double firstMs, Double firstSecondMs) {
    private static final double MS = 1e3;

    /**
     * The first calls of a contestant.
     *
     * @param first seconds of the first one
     * @param mean seconds of those that were made in a given time
     */
    record First(double first, double mean) {
        /** Calls a new contestant for some seconds, once at least. */
        static First of(Contestant contestant, double seconds) {
            double first = contestant.seconds(1);
            double total = first;
            int calls = 1;
            while (total < seconds) {
                total += contestant.seconds(1);
                calls++;
            }
            return new First(first, total / calls);
        }
    }

    /** The calls of a contestant whose first ones may have been timed. */
    static Calls of(Duel.Outcome outcome, First first) {
        return new Calls(
                outcome.heapBytes(), MS * outcome.seconds(), first == null ? null : MS * first.first,
                first == null ? null : MS * first.mean);
    }

    /** Returns whether the first calls were timed. */
    boolean hasFirst() {
        return firstMs != null;
    }
}
