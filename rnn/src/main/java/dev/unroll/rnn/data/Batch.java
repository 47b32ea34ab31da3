package dev.unroll.rnn.data;

import dev.unroll.rnn.operator.Steps;
import java.util.Arrays;

/**
 * Some sequences, step by step: row {@code t * size + b} is step t of sequence b. Sequences may end before the batch does;
 * what follows is padding.
 *
 * @param steps how many
 * @param size how many sequences
 * @param lengths steps of every sequence, from 0; empty if all are as long as the batch
 * @param inputs {@code steps * size} rows
 * @param targets a row for every step, or for every sequence; an id of {@value #NO_TARGET} counts nothing
 * @param weights what each row of targets counts, or empty if all count alike; padding never counts
 * @param continues whether sequence b goes on where sequence b of the batch before ended, so that its state carries over
 */
public record Batch(
        int steps, int size, int[] lengths, Values inputs, Values targets, float[] weights, boolean continues) {
    /** The id of a target that counts nothing. */
    public static final int NO_TARGET = -1;

    /** Checks the counts. */
    public Batch {
        long rows = (long) steps * size;
        if (steps <= 0 || size <= 0 || inputs.count() != rows || targets.count() != rows && targets.count() != size) {
            throw new IllegalArgumentException("a batch of " + steps + " steps and " + size + " sequences needs " + rows
                    + " inputs and as many targets, or one for each sequence, not " + inputs.count() + " and "
                    + targets.count());
        }
        if (lengths.length > 0 && lengths.length != size) {
            throw new IllegalArgumentException(
                    "a batch of " + size + " sequences needs as many lengths, not " + lengths.length);
        }
        for (int b = 0; b < lengths.length; b++) {
            if (lengths[b] < 0 || lengths[b] > steps) {
                throw new IllegalArgumentException(
                        "sequence " + b + " has length " + lengths[b] + "; expected 0 to " + steps + " steps");
            }
        }
        if (weights.length > 0 && weights.length != targets.count()) {
            throw new IllegalArgumentException(
                    targets.count() + " targets need as many weights, not " + weights.length);
        }
        for (int i = 0; i < weights.length; i++) {
            if (!(weights[i] >= 0) || Float.isInfinite(weights[i])) {
                throw new IllegalArgumentException(
                        "the weight of target " + i + " must be 0 or a positive number, not " + weights[i]);
            }
        }
    }

    /**
     * Sequences of equal length that count alike.
     *
     * @param steps how many
     * @param size how many sequences
     * @param inputs {@code steps * size} rows
     * @param targets a row for every step, or for every sequence
     * @param continues whether the state carries over from the batch before
     */
    public Batch(int steps, int size, Values inputs, Values targets, boolean continues) {
        this(steps, size, new int[0], inputs, targets, new float[0], continues);
    }

    /**
     * Sequences that may end before the batch does; all count alike.
     *
     * @param steps how many
     * @param lengths steps of every sequence
     * @param inputs {@code steps * lengths.length} rows; what follows a sequence's end does not matter
     * @param targets a row for every step, or for every sequence
     */
    public Batch(int steps, int[] lengths, Values inputs, Values targets) {
        this(steps, lengths.length, lengths, inputs, targets, new float[0], false);
    }

    /**
     * Tokens, each to be predicted from those before it.
     *
     * @param steps how many
     * @param size how many sequences
     * @param inputs ids, {@code steps * size}
     * @param targets the ids to predict, {@code steps * size}
     * @param continues whether the state carries over from the batch before
     */
    public Batch(int steps, int size, int[] inputs, int[] targets, boolean continues) {
        this(steps, size, new Ids(inputs), new Ids(targets), continues);
    }

    /**
     * How long its sequences are.
     *
     * @return the steps
     */
    public Steps layout() {
        return lengths.length == 0 ? Steps.of(steps, size) : Steps.padded(steps, lengths);
    }

    /**
     * What every row of targets counts: nothing for padding, and nothing for an id of {@value #NO_TARGET}.
     *
     * @return one number a row of targets, or none if all count alike
     */
    public float[] counts() {
        boolean hasGaps = targets instanceof Ids(int[] ids) && Arrays.stream(ids).anyMatch(id -> id == NO_TARGET);
        if (lengths.length == 0 && !hasGaps) {
            return weights;
        }
        float[] counts = new float[targets.count()];
        for (int i = 0; i < counts.length; i++) {
            boolean isGap = isPadding(i) || targets instanceof Ids(int[] ids) && ids[i] == NO_TARGET;
            counts[i] = isGap ? 0 : weights.length == 0 ? 1 : weights[i];
        }
        return counts;
    }

    private boolean isPadding(int target) {
        boolean isOfSequence = targets.count() == size;
        return lengths.length > 0 && lengths[target % size] <= (isOfSequence ? 0 : target / size);
    }

    /**
     * How much is predicted.
     *
     * @return the sum of all counts: for rows that count alike how many there are
     */
    public double predicted() {
        float[] counts = counts();
        if (counts.length == 0) {
            return targets.count();
        }
        double sum = 0;
        for (float count : counts) {
            sum += count;
        }
        return sum;
    }
}
