package dev.unroll.rnn.data;

import dev.unroll.rnn.internal.Nulls;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Windows over time series: examples of equal length from which the rows that follow are to be predicted.
 *
 * <pre>{@code
 * Windows windows = Windows.over(24, new Frames(3, new float[3 * 100])).horizon(6).stride(2).targets(1);
 * Batch batch = windows.batch(0, 5); // 24 steps of 3 columns -> 6 values of column 1, per window
 * }</pre>
 *
 * <p>A window has all columns of its series. Its target is one row: the target columns of the row after the window, then
 * those of the next row, up to the horizon; predict it from the last step. With {@link #everyStep} every step has such a
 * target, of the rows that follow that step. No window reaches from one series into another.
 *
 * <p>Immutable and safe for any thread; every method that sets something returns a changed copy.
 */
public final class Windows implements Examples {
    private final List<Frames> series;
    private final int steps;
    private final int horizon;
    private final int stride;
    private final int[] targets;
    private final boolean isEveryStep;
    private final int[] firstOfSeries;

    private Windows(List<Frames> series, int steps, int horizon, int stride, int[] targets, boolean isEveryStep) {
        this.series = series;
        this.steps = atLeastOne("steps", steps);
        this.horizon = atLeastOne("horizon", horizon);
        this.stride = atLeastOne("stride", stride);
        this.targets = targets;
        this.isEveryStep = isEveryStep;
        firstOfSeries = new int[series.size() + 1];
        for (int s = 0; s < series.size(); s++) {
            long spare = series.get(s).count() - (long) steps - horizon;
            if (spare < 0) {
                throw new IllegalArgumentException(
                        "series " + s + " has " + series.get(s).count() + " rows; a window of " + steps
                                + " steps and a horizon of " + horizon + " need " + ((long) steps + horizon)
                                + ": give a longer series, or fewer steps");
            }
            firstOfSeries[s + 1] = Math.toIntExact(firstOfSeries[s] + spare / stride + 1);
        }
    }

    private static int atLeastOne(String what, int number) {
        if (number < 1) {
            throw new IllegalArgumentException("the " + what + " of windows must be at least 1, not " + number);
        }
        return number;
    }

    /**
     * Returns all windows over some series, each to predict all columns of the row after it.
     *
     * @param steps rows per window, at least 1
     * @param series at least one, all with the same columns, of floats or all of doubles; each longer than a window
     * @return the windows with a horizon and a stride of 1
     * @throws IllegalArgumentException if there is no series, one is too short, or they differ in columns or type
     */
    public static Windows over(int steps, Frames... series) {
        Nulls.requireAll("Windows.over", "series", series);
        int columns = new Sequences(List.of(series)).columns();
        return new Windows(List.of(series), steps, 1, 1, IntStream.range(0, columns).toArray(), false);
    }

    /**
     * Sets how many rows are to be predicted. The default is 1.
     *
     * @param rows at least 1
     * @return a copy
     * @throws IllegalArgumentException if it is less than 1, or reaches beyond a series
     */
    public Windows horizon(int rows) {
        return new Windows(series, steps, rows, stride, targets, isEveryStep);
    }

    /**
     * Sets the distance between the first rows of neighboring windows. The default is 1; windows do not overlap if it is
     * the number of steps.
     *
     * @param rows at least 1
     * @return a copy
     * @throws IllegalArgumentException if it is less than 1
     */
    public Windows stride(int rows) {
        return new Windows(series, steps, horizon, rows, targets, isEveryStep);
    }

    /**
     * Sets the columns that are to be predicted. The default is all.
     *
     * @param columns at least one, from 0, in the order of a target
     * @return a copy
     * @throws IllegalArgumentException if there is none, or a series has no such column
     */
    public Windows targets(int... columns) {
        Nulls.require("Windows.targets", "columns", columns);
        if (columns.length == 0) {
            throw new IllegalArgumentException("no column is to be predicted; give at least one");
        }
        int all = series.getFirst().columns();
        for (int column : columns) {
            if (column < 0 || column >= all) {
                throw new IllegalArgumentException(
                        "there is no column " + column + " to predict: the series have columns 0 to " + (all - 1));
            }
        }
        return new Windows(series, steps, horizon, stride, columns.clone(), isEveryStep);
    }

    /**
     * Sets that every step is to predict the rows after it, not only the last step. For networks that do not look ahead.
     *
     * @return a copy, whose batches have a row of targets per step
     */
    public Windows everyStep() {
        return new Windows(series, steps, horizon, stride, targets, true);
    }

    /**
     * Returns the size of a target, which is that of the network's outputs.
     *
     * @return horizon times the number of target columns
     */
    public int outputs() {
        return Math.multiplyExact(horizon, targets.length);
    }

    @Override
    public int count() {
        return firstOfSeries[series.size()];
    }

    @Override
    public Batch batch(int... windows) {
        Nulls.require("Windows.batch", "windows", windows);
        SequenceLayout layout = SequenceLayout.of(steps, windows.length);
        int size = windows.length;
        boolean isDouble = series.getFirst().isDouble();
        Frames inputs =
                Frames.zeros(series.getFirst().columns(), Math.multiplyExact(steps, size), isDouble);
        Frames wanted = Frames.zeros(outputs(), isEveryStep ? steps * size : size, isDouble);
        for (int b = 0; b < size; b++) {
            int s = seriesOf(Objects.checkIndex(windows[b], count()));
            int from = (windows[b] - firstOfSeries[s]) * stride;
            for (int t = 0; t < steps; t++) {
                series.get(s).copyFrame(from + t, inputs, t * size + b);
                if (isEveryStep || t == steps - 1) {
                    copyTarget(series.get(s), from + t + 1, wanted, isEveryStep ? t * size + b : b);
                }
            }
        }
        return new Batch(layout, inputs, wanted);
    }

    private int seriesOf(int window) {
        int found = Arrays.binarySearch(firstOfSeries, window);
        return found >= 0 ? found : -found - 2;
    }

    private void copyTarget(Frames from, int row, Frames wanted, int target) {
        for (int h = 0; h < horizon; h++) {
            for (int c = 0; c < targets.length; c++) {
                from.copyNumber(row + h, targets[c], wanted, target, h * targets.length + c);
            }
        }
    }

    @Override
    public String toString() {
        return count() + " windows of " + steps + " steps over " + series.size() + " series, to predict columns "
                + Arrays.toString(targets) + " of " + horizon + " rows" + (isEveryStep ? " after every step" : "");
    }
}
