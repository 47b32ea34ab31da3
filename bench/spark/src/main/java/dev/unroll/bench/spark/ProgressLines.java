package dev.unroll.bench.spark;

import java.io.Serial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.util.AccumulatorV2;

/**
 * The lines that the first worker prints, on their way to the driver: Spark sends what an accumulator holds with every
 * heartbeat of an executor.
 */
final class ProgressLines extends AccumulatorV2<String, ProgressLines.Last> {
    @Serial
    private static final long serialVersionUID = 1;

    /** The most lines on their way; a heartbeat may be late, but not by so many. */
    private static final int MOST = 100;

    private volatile Last last = new Last(0, List.of()); // replaced as a whole, since another thread sends it

    /**
     * The last lines.
     *
     * @param from the number of the first of them, counted from 0
     * @param lines each after its stream, {@code o} or {@code e}
     */
    record Last(long from, List<String> lines) implements Serializable {}

    @Override
    public boolean isZero() {
        return last.from == 0 && last.lines.isEmpty();
    }

    @Override
    public ProgressLines copy() {
        ProgressLines copy = new ProgressLines();
        copy.last = last;
        return copy;
    }

    @Override
    public void reset() {
        last = new Last(0, List.of());
    }

    @Override
    public void add(String line) {
        List<String> lines = new ArrayList<>(last.lines);
        lines.add(line);
        int superfluous = Math.max(0, lines.size() - MOST);
        last = new Last(last.from + superfluous, List.copyOf(lines.subList(superfluous, lines.size())));
    }

    @Override
    public void merge(AccumulatorV2<String, Last> other) {
        if (!other.isZero()) { // there is one worker that prints
            last = other.value();
        }
    }

    @Override
    public Last value() {
        return last;
    }
}
