package dev.unroll.rnn.data;

import dev.unroll.rnn.internal.Nulls;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Sequences from arrays whose first index is the sequence, as in PyTorch with {@code batch_first=True}. Sequences may have
 * different lengths, 0 included; batches pad them at their ends.
 *
 * <pre>{@code
 * Examples examples = BatchFirst.of(new int[][] {{2, 0, 1}, {1, 1}}).classes(0, 1);
 * Batch batch = examples.all(); // 3 steps of 2 sequences, of lengths 3 and 2
 * }</pre>
 *
 * <p>Immutable: arrays are copied. Safe for any thread.
 */
public final class BatchFirst {
    private final List<Values> sequences;

    private BatchFirst(List<Values> sequences) {
        this.sequences = sequences;
    }

    /**
     * Copies sequences of numbers.
     *
     * @param values {@code [sequence][step][feature]}, with as many features in every step
     * @return the sequences
     * @throws IllegalArgumentException if there is no sequence or no step, or the features of two steps differ in number
     */
    public static BatchFirst of(float[][][] values) {
        Nulls.require("BatchFirst.of", "values", values);
        int columns = columns(values.length, b -> step -> values[b][step].length, lengths(values));
        return of(values.length, b -> {
            float[] flat = new float[Math.multiplyExact(values[b].length, columns)];
            for (int t = 0; t < values[b].length; t++) {
                System.arraycopy(values[b][t], 0, flat, t * columns, columns);
            }
            return new Frames(columns, flat);
        });
    }

    /**
     * Copies sequences of numbers.
     *
     * @param values {@code [sequence][step][feature]}, with as many features in every step
     * @return the sequences
     * @throws IllegalArgumentException if there is no sequence or no step, or the features of two steps differ in number
     */
    public static BatchFirst of(double[][][] values) {
        Nulls.require("BatchFirst.of", "values", values);
        int columns = columns(values.length, b -> step -> values[b][step].length, lengths(values));
        return of(values.length, b -> {
            double[] flat = new double[Math.multiplyExact(values[b].length, columns)];
            for (int t = 0; t < values[b].length; t++) {
                System.arraycopy(values[b][t], 0, flat, t * columns, columns);
            }
            return new Frames(columns, flat);
        });
    }

    /**
     * Copies sequences of ids.
     *
     * @param ids {@code [sequence][step]}, from 0; {@link Batch#NO_TARGET} in targets that count nothing
     * @return the sequences
     * @throws IllegalArgumentException if there is no sequence or no step
     */
    public static BatchFirst of(int[][] ids) {
        Nulls.requireAll("BatchFirst.of", "ids", ids);
        if (Arrays.stream(ids).allMatch(sequence -> sequence.length == 0)) {
            throw new IllegalArgumentException(nothing(ids.length));
        }
        return of(ids.length, b -> new Ids(ids[b]));
    }

    private static BatchFirst of(int count, IntFunction<Values> sequence) {
        return new BatchFirst(IntStream.range(0, count).mapToObj(sequence).toList());
    }

    private static String nothing(int sequences) {
        return sequences + " sequences without a step; give at least one sequence with at least one step";
    }

    /** Returns the numbers of steps, and refuses null. */
    private static int[] lengths(Object[][] values) {
        Nulls.requireAll("BatchFirst.of", "values", values);
        int[] lengths = new int[values.length];
        for (int b = 0; b < values.length; b++) {
            lengths[b] = Nulls.requireAll("BatchFirst.of", "values[" + b + "]", values[b]).length;
        }
        return lengths;
    }

    /** Returns the features per step, which must be as many in every step. */
    private static int columns(int count, IntFunction<IntFunction<Integer>> features, int... lengths) {
        int columns = -1;
        for (int b = 0; b < count; b++) {
            for (int t = 0; t < lengths[b]; t++) {
                int here = features.apply(b).apply(t);
                columns = columns < 0 ? here : columns;
                if (here != columns || here == 0) {
                    throw new IllegalArgumentException("step " + t + " of sequence " + b + " has " + here
                            + " features; expected " + (here == 0 ? "at least 1" : columns + ", as in the first step"));
                }
            }
        }
        if (columns < 0) {
            throw new IllegalArgumentException(nothing(count));
        }
        return columns;
    }

    /**
     * Returns the number of sequences.
     *
     * @return at least 1
     */
    public int count() {
        return sequences.size();
    }

    /**
     * Returns the layout of all sequences side by side, as long as the longest.
     *
     * @return the layout of {@link #values()}
     */
    public SequenceLayout layout() {
        return layout(all());
    }

    /**
     * Returns all sequences side by side.
     *
     * @return the rows of {@link #layout()}, with zeros as padding
     */
    public Values values() {
        return values(all());
    }

    private int[] all() {
        return IntStream.range(0, count()).toArray();
    }

    SequenceLayout layout(int... numbers) {
        int[] lengths = Arrays.stream(numbers).map(i -> sequences.get(i).count()).toArray();
        return SequenceLayout.padded(Math.max(1, Arrays.stream(lengths).max().orElse(0)), lengths);
    }

    Values values(int... numbers) {
        SequenceLayout layout = layout(numbers);
        int rows = Math.toIntExact(layout.rows());
        if (sequences.getFirst() instanceof Frames first) {
            Frames joined = Frames.zeros(first.columns(), rows, first.isDouble());
            for (int row = 0; row < rows; row++) {
                if (!layout.isPadding(row)) {
                    int b = row % numbers.length;
                    ((Frames) sequences.get(numbers[b])).copyFrame(row / numbers.length, joined, row);
                }
            }
            return joined;
        }
        int[] ids = new int[rows];
        for (int row = 0; row < rows; row++) {
            if (!layout.isPadding(row)) {
                ids[row] = ((Ids) sequences.get(numbers[row % numbers.length])).get(row / numbers.length);
            }
        }
        return new Ids(ids);
    }

    /**
     * Returns examples with one class per sequence.
     *
     * @param classes as many as sequences: from 0, or {@link Batch#NO_TARGET}
     * @return examples to predict with a readout of one row per sequence
     * @throws IllegalArgumentException if there are more or fewer than sequences
     */
    public Examples classes(int... classes) {
        Nulls.require("BatchFirst.classes", "classes", classes);
        requireCount("classes", classes.length);
        int[] copy = classes.clone();
        return examples(numbers -> new Ids(Arrays.stream(numbers).map(i -> copy[i]).toArray()));
    }

    /**
     * Returns examples with one row of numbers per sequence.
     *
     * @param targets as many rows as sequences
     * @return examples to predict with a readout of one row per sequence
     * @throws IllegalArgumentException if there are more or fewer rows than sequences
     */
    public Examples targets(Frames targets) {
        Nulls.require("BatchFirst.targets", "targets", targets);
        requireCount("targets", targets.count());
        return examples(numbers -> {
            Frames rows = Frames.zeros(targets.columns(), numbers.length, targets.isDouble());
            for (int b = 0; b < numbers.length; b++) {
                targets.copyFrame(numbers[b], rows, b);
            }
            return rows;
        });
    }

    /**
     * Returns examples with a target per step.
     *
     * @param targets as many sequences of the same lengths, of ids or of numbers
     * @return examples to predict at every step
     * @throws IllegalArgumentException if the numbers of sequences or their lengths differ
     */
    public Examples everyStep(BatchFirst targets) {
        Nulls.require("BatchFirst.everyStep", "targets", targets);
        requireCount("sequences of targets", targets.count());
        for (int b = 0; b < count(); b++) {
            if (targets.sequences.get(b).count() != sequences.get(b).count()) {
                throw new IllegalArgumentException("sequence " + b + " has " + sequences.get(b).count() + " steps, but "
                        + targets.sequences.get(b).count() + " targets; give one per step");
            }
        }
        return examples(targets::values);
    }

    private void requireCount(String what, int given) {
        if (given != count()) {
            throw new IllegalArgumentException(count() + " sequences need as many " + what + ", not " + given);
        }
    }

    private interface TargetsOf {
        Values of(int... numbers);
    }

    private Examples examples(TargetsOf targets) {
        return new Examples() {
            @Override
            public int count() {
                return sequences.size();
            }

            @Override
            public Batch batch(int... examples) {
                Nulls.require("Examples.batch", "examples", examples);
                return new Batch(layout(examples), values(examples), targets.of(examples));
            }
        };
    }

    @Override
    public boolean equals(Object object) {
        return object instanceof BatchFirst other && sequences.equals(other.sequences);
    }

    @Override
    public int hashCode() {
        return sequences.hashCode();
    }

    @Override
    public String toString() {
        List<Integer> lengths = new ArrayList<>();
        sequences.forEach(sequence -> lengths.add(sequence.count()));
        return Shortened.text("sequence", count(), b -> lengths.get(b) + " steps");
    }
}
