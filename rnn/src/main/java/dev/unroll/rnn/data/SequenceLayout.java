package dev.unroll.rnn.data;

import dev.unroll.rnn.internal.Nulls;
import java.util.Arrays;
import java.util.Objects;

/**
 * Maps the rows of a matrix to the steps of a batch of sequences: row {@code t * batch + b} is step t of sequence b.
 * Sequences may have different lengths. The rows after the end of a sequence are padding, whose values never change a
 * result. A sequence of length 0 keeps its first state, is read out as zeros and counts nothing.
 *
 * <p>Immutable, and equal to every layout of the same steps and lengths.
 */
public final class SequenceLayout {
    private final int steps;
    private final int batch;
    private final int[] lengths;

    private SequenceLayout(int steps, int batch, int... lengths) {
        if (steps < 1 || batch < 1) {
            throw new IllegalArgumentException(
                    "a layout needs at least one step and one sequence, not " + steps + " and " + batch);
        }
        this.steps = steps;
        this.batch = batch;
        this.lengths = lengths;
    }

    /**
     * Returns the layout of sequences of equal length.
     *
     * @param steps steps per sequence, at least 1
     * @param batch number of sequences, at least 1
     * @return the layout
     * @throws IllegalArgumentException if a number is less than 1
     */
    public static SequenceLayout of(int steps, int batch) {
        return new SequenceLayout(steps, batch);
    }

    /**
     * Returns the layout of sequences of different lengths; if all are {@code steps} it is that of {@link #of}.
     *
     * @param steps steps of the layout, at least 1
     * @param lengths steps of each sequence, from 0 to {@code steps}
     * @return the layout
     * @throws IllegalArgumentException if there are no sequences, or a length is out of range
     */
    public static SequenceLayout padded(int steps, int... lengths) {
        Nulls.require("SequenceLayout.padded", "lengths", lengths);
        for (int b = 0; b < lengths.length; b++) {
            if (lengths[b] < 0 || lengths[b] > steps) {
                throw new IllegalArgumentException(
                        "sequence " + b + " has length " + lengths[b] + "; expected 0 to " + steps + " steps");
            }
        }
        boolean isWhole = Arrays.stream(lengths).allMatch(length -> length == steps);
        return new SequenceLayout(steps, lengths.length, isWhole ? new int[0] : lengths.clone());
    }

    /**
     * Returns the number of steps.
     *
     * @return at least 1
     */
    public int steps() {
        return steps;
    }

    /**
     * Returns the number of sequences.
     *
     * @return at least 1
     */
    public int batch() {
        return batch;
    }

    /**
     * Returns the number of rows of all steps.
     *
     * @return {@code steps * batch}
     */
    public long rows() {
        return (long) steps * batch;
    }

    /**
     * Returns the first row of a step.
     *
     * @param step from 0
     * @return a row number
     */
    public long firstRow(int step) {
        return (long) step * batch;
    }

    /**
     * Returns the number of rows of a step, padding included.
     *
     * @param step from 0
     * @return rows from {@link #firstRow} on
     */
    public int rowsOf(int step) {
        return batch;
    }

    /**
     * Returns whether sequences have lengths of their own.
     *
     * @return false if all are as long as the layout
     */
    public boolean isPadded() {
        return lengths.length > 0;
    }

    /**
     * Returns whether a row is padding.
     *
     * @param row from 0
     * @return true after the end of the row's sequence
     */
    public boolean isPadding(long row) {
        return isPadded() && row / batch >= lengths[(int) (row % batch)];
    }

    /**
     * Returns the length of a sequence.
     *
     * @param sequence from 0
     * @return its steps
     */
    public int length(int sequence) {
        Objects.checkIndex(sequence, batch);
        return isPadded() ? lengths[sequence] : steps;
    }

    /**
     * Returns the lengths of all sequences.
     *
     * @return a copy; empty if the layout is not padded
     */
    public int[] lengths() {
        return lengths.clone();
    }

    @Override
    public boolean equals(Object object) {
        return object instanceof SequenceLayout other
                && steps == other.steps
                && batch == other.batch
                && Arrays.equals(lengths, other.lengths);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * steps + batch) + Arrays.hashCode(lengths);
    }

    @Override
    public String toString() {
        return steps + " steps of " + batch + " sequences" + (isPadded() ? " " + Arrays.toString(lengths) : "");
    }
}
