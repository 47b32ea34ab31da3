package dev.unroll.bench.peers;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * One measurement repeated in several virtual machines.
 *
 * @param row the medians of theirs, with the spread over them
 * @param modes the medians of the lower and of the higher values of Unroll; empty where the largest and the least differ by
 *        at most 15%
 * @param peerModes those of the peer's values
 * @param forks what each of them found
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record ForkedRow(@JsonUnwrapped Row row, List<Double> modes, List<Double> peerModes, List<Row> forks) {
    private static final double BIMODAL = 1.15;

    /** Merges what virtual machines found for one work, number of threads and peer. */
    static ForkedRow of(Work work, List<Row> forks) {
        return new ForkedRow(
                merged(work, forks), modes(forks, Row::unroll),
                forks.getFirst().hasPeer() ? modes(forks, Row::peerValue) : List.of(), forks);
    }

    private static Row merged(Work work, List<Row> forks) {
        Row first = forks.getFirst();
        return new Row(
                work, first.work(), first.shape(), first.type(), first.threads(), first.unit(),
                Timing.median(values(forks, Row::unroll)),
                Timing.halfRange(values(forks, Row::unroll)),
                first.peer(),
                median(forks, Row::peerValue),
                median(forks, Row::ratio),
                first.hasPeer() ? Timing.halfRange(values(forks, Row::ratio)) : null,
                Timing.median(values(forks, Row::percentOfPeak)),
                median(forks, Row::peerPercentOfPeak),
                first.calls() == null ? null : merged(forks.stream().map(Row::calls).toList()));
    }

    private static Calls merged(List<Calls> forks) {
        return new Calls(
                Timing.median(values(forks, Calls::heapBytes)), Timing.median(values(forks, Calls::steadyMs)),
                median(forks, Calls::firstMs), median(forks, Calls::firstSecondMs));
    }

    private static <T> double[] values(List<T> forks, ToDoubleFunction<T> value) {
        return forks.stream().mapToDouble(value).toArray();
    }

    /** Returns the median of values that all have, or null. */
    private static <T> Double median(List<T> forks, Function<T, Double> value) {
        List<Double> values = forks.stream().map(value).filter(Objects::nonNull).toList();
        return values.isEmpty() ? null : Timing.median(values(values, Double::doubleValue));
    }

    private static List<Double> modes(List<Row> forks, ToDoubleFunction<Row> value) {
        return modes(values(forks, value));
    }

    /** Divides values where two neighbors differ most, and returns the medians of both parts. */
    static List<Double> modes(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        if (sorted[sorted.length - 1] <= BIMODAL * sorted[0]) {
            return List.of();
        }
        int higher = 1;
        for (int i = 2; i < sorted.length; i++) {
            if (sorted[i] / sorted[i - 1] > sorted[higher] / sorted[higher - 1]) {
                higher = i;
            }
        }
        return List.of(
                Timing.median(Arrays.copyOf(sorted, higher)),
                Timing.median(Arrays.copyOfRange(sorted, higher, sorted.length)));
    }

    /**
     * Returns what a table says of values in two modes.
     *
     * @return a line for Unroll and one for the peer, as far as they have two modes
     */
    public List<String> remarks() {
        List<String> remarks = new ArrayList<>();
        addRemark(remarks, Peers.UNROLL, modes);
        addRemark(remarks, row.peer(), peerModes);
        return remarks;
    }

    private void addRemark(List<String> remarks, String name, List<Double> both) {
        if (!both.isEmpty()) {
            Work work = row.source();
            remarks.add(name + " at " + SideBySide.label(work) + " is bimodal: "
                    + SideBySide.value(work, both.getFirst()) + " / " + SideBySide.value(work, both.getLast()) + " "
                    + row.unit());
        }
    }
}
