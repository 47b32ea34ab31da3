package dev.unroll.bench.peers;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.unroll.bench.peers.Duel.Outcome;
import java.util.Locale;

/**
 * One measurement: us and one peer, the medians of interleaved pairs.
 *
 * @param source what was computed, in full
 * @param work what was computed
 * @param shape of what size
 * @param type of the elements
 * @param threads that each side used
 * @param unit of the values
 * @param unroll our value
 * @param peer who the other was
 * @param peerValue the other's value
 * @param ratio median over the pairs of the other's time divided by ours: above 1 Unroll is faster
 * @param spread half of the distance between the quartiles of that ratio, as a part of it
 * @param percentOfPeak what we reached of the machine's peak, measured between the pairs
 * @param peerPercentOfPeak what the other reached
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record Row(
        @JsonIgnore Work source,
        String work,
        String shape,
        String type,
        int threads,
        String unit,
        double unroll,
        String peer,
        double peerValue,
        double ratio,
        double spread,
        double percentOfPeak,
        double peerPercentOfPeak) {
    static Row of(Work work, int threads, Peer peer, Outcome outcome) {
        double scale = 100 * work.amount() / outcome.peak();
        return new Row(
                work,
                work.name(),
                work.shape(),
                work.type().name().toLowerCase(Locale.ROOT),
                threads,
                work.unit().toString(),
                work.unit().of(work, outcome.seconds()),
                peer.name(),
                work.unit().of(work, outcome.peerSeconds()),
                outcome.ratio(),
                outcome.spread(),
                scale / outcome.seconds(),
                scale / outcome.peerSeconds());
    }
}
