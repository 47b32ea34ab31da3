package dev.unroll.bench.peers;

import dev.unroll.bench.report.TextTable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/**
 * Rows as a table: for each shape our value and its part of the machine's peak, then for each peer its value and the
 * ratio, above 1 where we are faster. Of whole networks also the bytes that a call allocates on the heap, and of trainings
 * the time of the first update, the mean of those of the first second and that of the steady state. Below them the
 * geometric mean and the least of every peer's ratios.
 */
public final class SideBySide {
    private static final String NOTHING = "";

    private final Set<String> peers = new LinkedHashSet<>();
    private final Map<Work, List<Row>> byWork = new LinkedHashMap<>();
    private final boolean hasCalls;
    private final boolean hasFirst;

    /**
     * A table.
     *
     * @param rows of one table of works and one number of threads
     */
    public SideBySide(List<Row> rows) {
        for (Row row : rows) {
            if (row.hasPeer()) {
                peers.add(row.peer());
            }
            byWork.computeIfAbsent(row.source(), _ -> new ArrayList<>()).add(row);
        }
        hasCalls = rows.stream().anyMatch(row -> row.calls() != null);
        hasFirst = rows.stream().anyMatch(row -> row.calls() != null && row.calls().hasFirst());
    }

    @Override
    public String toString() {
        TextTable table = new TextTable();
        table.add(header());
        byWork.forEach((work, rows) -> table.add(line(work, rows)));
        if (byWork.size() > 1 && !peers.isEmpty()) {
            table.add(summary("geometric mean", SideBySide::geometricMean));
            table.add(summary("least", ratios -> ratios.min().orElseThrow()));
        }
        return table.toString();
    }

    private List<String> header() {
        List<String> cells = new ArrayList<>(List.of("shape", Peers.UNROLL, "of peak"));
        if (hasCalls) {
            cells.add("B/call");
        }
        if (hasFirst) {
            cells.addAll(List.of("1st ms", "1st s: ms", "steady ms"));
        }
        for (String peer : peers) {
            cells.add(peer);
            cells.add("ratio");
        }
        return cells;
    }

    /**
     * What a work is called among the others of its table.
     *
     * @param work which
     * @return its shape, with its name where the table has several
     */
    public static String label(Work work) {
        return work.table().equals(work.name()) ? work.shape() : work.name() + " " + work.shape();
    }

    private List<String> line(Work work, List<Row> rows) {
        double ours = Timing.median(rows.stream().mapToDouble(Row::unroll).toArray());
        double percent = Timing.median(rows.stream().mapToDouble(Row::percentOfPeak).toArray());
        List<String> cells =
                new ArrayList<>(List.of(label(work), value(work, ours) + spread(rows), format("%.0f%%", percent)));
        addCalls(cells, rows);
        for (String peer : peers) {
            Row row = rows.stream().filter(other -> peer.equals(other.peer())).findFirst().orElse(null);
            cells.add(row == null ? NOTHING : value(work, row.peerValue()));
            cells.add(row == null ? NOTHING : format("%.2f ±%.0f%%", row.ratio(), 100 * row.spread()));
        }
        return cells;
    }

    /** Of several virtual machines only. */
    private static String spread(List<Row> rows) {
        Double spread = rows.getFirst().unrollSpread();
        return spread == null ? NOTHING : format(" ±%.0f%%", 100 * spread);
    }

    private void addCalls(List<String> cells, List<Row> rows) {
        if (hasCalls) {
            cells.add(format("%,.0f", median(rows, Calls::heapBytes)));
        }
        if (hasFirst) {
            Calls calls = rows.getFirst().calls();
            cells.add(calls.hasFirst() ? format("%,.1f", calls.firstMs()) : NOTHING);
            cells.add(calls.hasFirst() ? format("%,.1f", calls.firstSecondMs()) : NOTHING);
            cells.add(format("%,.1f", median(rows, Calls::steadyMs)));
        }
    }

    private static double median(List<Row> rows, ToDoubleFunction<Calls> part) {
        return Timing.median(rows.stream().map(Row::calls).mapToDouble(part).toArray());
    }

    private interface Summary {
        double of(DoubleStream ratios);
    }

    private List<String> summary(String name, Summary summary) {
        List<String> cells = new ArrayList<>(Collections.nCopies(header().size() - 2 * peers.size(), NOTHING));
        cells.set(0, name);
        for (String peer : peers) {
            DoubleStream ratios = byWork.values().stream().flatMap(List::stream)
                    .filter(row -> peer.equals(row.peer())).mapToDouble(Row::ratio);
            cells.add(NOTHING);
            cells.add(format("%.2f", summary.of(ratios)) + "    "); // under the numbers, not under their spread
        }
        return cells;
    }

    private static double geometricMean(DoubleStream ratios) {
        return Math.exp(ratios.map(Math::log).average().orElseThrow());
    }

    static String value(Work work, double value) {
        return switch (work.unit()) {
            case STEPS_PER_SECOND -> format("%,.0f", value);
            case GFLOPS, MICROSECONDS -> format("%.1f", value);
            case NS_PER_ELEMENT -> format("%.3f", value);
        };
    }

    private static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
