package dev.unroll.bench.peers;

import dev.unroll.bench.report.LineChart;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Trainings of an LSTM, each of which differs from the same base in one size at most. */
public final class Growth {
    /** The name under which they are asked for. */
    public static final String NAME = "growth";

    /** For published figures: an LSTM 2 x 256 on 28 symbols, 32 sequences of 35 steps. */
    public static final Growth FULL = new Growth(
            base(256, Catalogue.LETTERS, 32, Catalogue.WINDOW), sizes(
                    List.of(Catalogue.WINDOW, 2 * Catalogue.WINDOW, 200, 2000),
                    List.of(32, 64, 128, 256, 512, 1024),
                    List.of(1, 2, 4, 8),
                    List.of(1, 4, 16, 32, 64, 256)));

    /** For a quick test that everything works. */
    public static final Growth SMALL =
            new Growth(base(16, 5, 3, 4), sizes(List.of(4, 8), List.of(16, 32), List.of(2, 3), List.of(3, 6)));

    private final Work.Network base;
    private final Map<Axis, List<Integer>> sizes;

    private enum Axis {
        STEPS, HIDDEN, LAYERS, BATCH;

        Work.Network of(Work.Network base, int size) {
            return new Work.Network(
                    base.use(), base.cell(), this == LAYERS ? size : base.layers(),
                    this == HIDDEN ? size : base.hidden(), base.inputs(), base.embedded(),
                    this == BATCH ? size : base.batch(), this == STEPS ? size : base.steps());
        }

        String label() {
            return this == HIDDEN ? "hidden size" : name().toLowerCase(Locale.ROOT);
        }
    }

    private Growth(Work.Network base, Map<Axis, List<Integer>> sizes) {
        this.base = base;
        this.sizes = sizes;
    }

    private static Work.Network base(int hidden, int symbols, int batch, int steps) {
        return new Work.Network(Work.Use.TRAIN, "lstm", 2, hidden, symbols, false, batch, steps);
    }

    private static Map<Axis, List<Integer>> sizes(
            List<Integer> steps, List<Integer> hidden, List<Integer> layers, List<Integer> batch) {
        Map<Axis, List<Integer>> sizes = new LinkedHashMap<>();
        sizes.put(Axis.STEPS, steps);
        sizes.put(Axis.HIDDEN, hidden);
        sizes.put(Axis.LAYERS, layers);
        sizes.put(Axis.BATCH, batch);
        return sizes;
    }

    /**
     * Returns all of them, each once.
     *
     * @return the base and the others
     */
    public Set<Work> works() {
        Set<Work> works = new LinkedHashSet<>();
        sizes.forEach((axis, all) -> all.forEach(size -> works.add(axis.of(base, size))));
        return works;
    }

    /**
     * Returns whether a work is here only to show how speed grows, and not the base, which is a work of its own.
     *
     * @param work any work
     * @return true for all of {@link #works()} but one
     */
    public boolean hasAlone(Work work) {
        return !work.equals(base) && works().contains(work);
    }

    /**
     * Returns the curves: steps per second, and percents of the peak, over every size and over the number of threads.
     *
     * @param rows measurements, of other works too, which are left out
     * @return a chart with two panels for every size that was measured, and two for the threads
     */
    public LineChart chart(List<Row> rows) {
        LineChart chart = new LineChart("percent of the machine's peak", 2);
        sizes.forEach((axis, all) -> {
            for (int size : all) {
                for (Row row : of(axis.of(base, size), rows)) {
                    String threads = row.threads() == 1 ? ", 1 thread" : ", " + row.threads() + " threads";
                    add(chart, "LSTM training over " + axis.label(), threads, String.valueOf(size), row);
                }
            }
        });
        for (Row row : of(base, rows)) {
            add(chart, "LSTM training over threads", "", String.valueOf(row.threads()), row);
        }
        return chart;
    }

    private static List<Row> of(Work work, List<Row> rows) {
        List<Row> found = new ArrayList<>(rows.stream().filter(row -> work.equals(row.source())).toList());
        found.sort(Comparator.comparingInt(Row::threads));
        return found;
    }

    private static void add(LineChart chart, String panel, String threads, String size, Row row) {
        String speed = panel + ", " + row.unit();
        String percent = panel + ", of peak";
        chart.panel(speed, row.unit(), true).panel(percent, "percent of the machine's peak", false);
        chart.add(speed, Peers.UNROLL + threads, size, row.unroll());
        chart.add(percent, Peers.UNROLL + threads, size, row.percentOfPeak());
        if (row.hasPeer() && !row.peer().equals(Peers.ONE_THREAD)) { // its peak is another
            chart.add(speed, row.peer() + threads, size, row.peerValue());
            chart.add(percent, row.peer() + threads, size, row.peerPercentOfPeak());
        }
    }
}
