package dev.unroll.bench.peers;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.unroll.bench.peers.Duel.Outcome;
import java.util.Locale;

/**
 * One measurement: Unroll and one peer, the medians of interleaved pairs, or Unroll alone.
 *
 * @param source what was computed, in full
 * @param work what was computed
 * @param shape of what size
 * @param type of the elements
 * @param threads that each side used
 * @param unit of the values
 * @param unroll Unroll's value
 * @param unrollSpread of several virtual machines half of the distance between the largest and the least of Unroll's
 *        values, as a part of it; null for one
 * @param peer who the other was; null where there was none
 * @param peerValue the other's value; null, as the next two, where there was none
 * @param ratio median over the pairs of the other's time divided by Unroll's: above 1 Unroll is faster
 * @param spread half of the distance between the quartiles of that ratio, as a part of it; of several virtual machines
 *        between its largest and its least value
 * @param percentOfPeak what Unroll reached of the machine's peak, measured between the pairs
 * @param peerPercentOfPeak what the other reached; null where there was none
 * @param calls of a whole network; null for other works
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record Row(
        @JsonIgnore Work source,
        String work,
        String shape,
        String type,
        int threads,
        String unit,
        double unroll,
        Double unrollSpread,
        String peer,
        Double peerValue,
        Double ratio,
        Double spread,
        double percentOfPeak,
        Double peerPercentOfPeak,
        Calls calls) {
    /** A measurement beside a peer, or beside none if it is null; also of the first calls, if it is not null. */
    static Row of(Work work, int threads, Peer peer, Outcome outcome, Calls.First first) {
        double scale = 100 * work.amount() / outcome.peak();
        boolean alone = peer == null;
        return new Row(
                work,
                work.name(),
                work.shape(),
                work.type().name().toLowerCase(Locale.ROOT),
                threads,
                work.unit().toString(),
                work.unit().of(work, outcome.seconds()),
                null,
                alone ? null : peer.name(),
                alone ? null : work.unit().of(work, outcome.peerSeconds()),
                alone ? null : outcome.ratio(),
                alone ? null : outcome.spread(),
                scale / outcome.seconds(),
                alone ? null : scale / outcome.peerSeconds(),
                work instanceof Work.Network ? Calls.of(outcome, first) : null);
    }

    /**
     * Returns whether Unroll was compared with anything.
     *
     * @return whether there is a peer
     */
    public boolean hasPeer() {
        return peer != null;
    }
}
