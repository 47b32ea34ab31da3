package dev.unroll.rnn.data;

import dev.unroll.rnn.internal.Nulls;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Maps the rows of a matrix to the steps of a batch of sequences: row {@code t * batch + b} is step t of sequence b.
 * Sequences may have different lengths. The rows after the end of a sequence are padding, whose values never change a
 * result. A sequence of length 0 keeps its first state, is read out as zeros and counts nothing.
 *
 * <p>A {@linkplain #packed() packed} layout has no padding: its sequences are in the order of descending length, and the
 * rows of a step are those of the sequences that have it. Networks pack padded batches by themselves, so that padding
 * costs nothing.
 *
 * <p>Immutable, and equal to every layout of the same steps and lengths.
 */
public final class SequenceLayout {
    private final int steps;
    private final int batch;
    /** Empty if all are as long as the layout. */
    private final int[] lengths;
    /** The first row of every step, and the number of rows; null if all steps have as many. */
    private final long[] firstRows;

    private SequenceLayout(int steps, int batch, int[] lengths, long[] firstRows) {
        if (steps < 1 || batch < 1) {
            throw new IllegalArgumentException(
                    "a layout needs at least one step and one sequence, not " + steps + " and " + batch);
        }
        this.steps = steps;
        this.batch = batch;
        this.lengths = lengths;
        this.firstRows = firstRows;
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
        return new SequenceLayout(steps, batch, new int[0], null);
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
        return new SequenceLayout(steps, lengths.length, isWhole ? new int[0] : lengths.clone(), null);
    }

    /**
     * Returns the layout of the same sequences without padding: {@linkplain #byLength those that have a step}, by descending
     * length.
     *
     * @return a packed layout
     * @throws IllegalStateException if no sequence has a step
     */
    public SequenceLayout packed() {
        int[] sequences = byLength();
        if (sequences.length == 0) {
            throw new IllegalStateException("a packed layout needs a sequence of at least one step, and all " + batch
                    + " have none");
        }
        int[] sorted = Arrays.stream(sequences).map(this::length).toArray();
        long[] first = new long[sorted[0] + 1];
        int rows = sorted.length;
        for (int t = 0; t < sorted[0]; t++) {
            while (sorted[rows - 1] <= t) {
                rows--;
            }
            first[t + 1] = first[t] + rows;
        }
        return new SequenceLayout(sorted[0], sorted.length, sorted, first);
    }

    /**
     * Returns the sequences that have a step, by descending length; of equally long ones the first is first.
     *
     * @return numbers of sequences
     */
    public int[] byLength() {
        return IntStream.range(0, batch).filter(b -> length(b) > 0).boxed()
                .sorted(Comparator.comparing((Integer b) -> -length(b))).mapToInt(Integer::intValue).toArray();
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
     * @return {@code steps * batch}; of a packed layout the sum of all lengths
     */
    public long rows() {
        return firstRow(steps);
    }

    /**
     * Returns the first row of a step.
     *
     * @param step from 0
     * @return a row number
     */
    public long firstRow(int step) {
        return firstRows == null ? (long) step * batch : firstRows[step];
    }

    /**
     * Returns the number of rows of a step, padding included.
     *
     * @param step from 0
     * @return rows from {@link #firstRow} on, the first {@code rowsOf} sequences of the layout
     */
    public int rowsOf(int step) {
        return firstRows == null ? batch : (int) (firstRows[step + 1] - firstRows[step]);
    }

    /**
     * Returns the step that a row belongs to.
     *
     * @param row from 0
     * @return from 0
     */
    public int stepOf(long row) {
        if (firstRows == null) {
            return (int) (row / batch);
        }
        int at = Arrays.binarySearch(firstRows, row);
        return at < 0 ? -at - 2 : at;
    }

    /**
     * Returns the sequence that a row belongs to.
     *
     * @param row from 0
     * @return from 0
     */
    public int sequenceOf(long row) {
        return (int) (row - firstRow(stepOf(row)));
    }

    /**
     * Returns whether there may be padding: whether sequences have lengths of their own, and the layout is not packed.
     *
     * @return false if all are as long as the layout
     */
    public boolean isPadded() {
        return lengths.length > 0 && firstRows == null;
    }

    /**
     * Returns whether this is a {@linkplain #packed() packed} layout.
     *
     * @return whether steps may have fewer rows than there are sequences
     */
    public boolean isPacked() {
        return firstRows != null;
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
        return lengths.length > 0 ? lengths[sequence] : steps;
    }

    /**
     * Returns the lengths of all sequences.
     *
     * @return a copy; empty if all are as long as the layout
     */
    public int[] lengths() {
        return lengths.clone();
    }

    @Override
    public boolean equals(Object object) {
        return object instanceof SequenceLayout other
                && steps == other.steps
                && batch == other.batch
                && isPacked() == other.isPacked()
                && Arrays.equals(lengths, other.lengths);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * steps + batch) + Arrays.hashCode(lengths);
    }

    @Override
    public String toString() {
        return steps + " steps of " + batch + (isPacked() ? " packed" : "") + " sequences"
                + (lengths.length > 0 ? " " + Arrays.toString(lengths) : "");
    }
}
