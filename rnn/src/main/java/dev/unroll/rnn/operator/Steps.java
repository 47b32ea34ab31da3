package dev.unroll.rnn.operator;

import dev.unroll.kernels.Reductions;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import java.util.Arrays;

/**
 * How a matrix {@code [steps * batch, any]} is a batch of sequences: row {@code t * batch + b} is step t of sequence b.
 * Sequences may have lengths of their own; what comes after the end of one is padding, whose numbers change nothing,
 * whatever they are. A sequence may have no steps at all: it keeps its first state, is read out as zeros, and counts
 * nothing.
 */
public final class Steps {
    /** No product of weights with numbers of this sum of squares overflows. */
    private static final double HARMLESS = 1e12;

    private final int count;
    private final int batch;
    private final int[] lengths;

    private Steps(int count, int batch, int... lengths) {
        if (count < 1 || batch < 1) {
            throw new IllegalArgumentException(
                    "a run needs at least one step and one sequence, not " + count + " and " + batch);
        }
        this.count = count;
        this.batch = batch;
        this.lengths = lengths;
    }

    /**
     * Sequences that are all as long as the run.
     *
     * @param count steps
     * @param batch sequences
     * @return the steps
     */
    public static Steps of(int count, int batch) {
        return new Steps(count, batch);
    }

    /**
     * Sequences of different lengths.
     *
     * @param count steps of the run
     * @param lengths steps of every sequence, each from 0 to {@code count}
     * @return the steps
     */
    public static Steps padded(int count, int... lengths) {
        for (int b = 0; b < lengths.length; b++) {
            if (lengths[b] < 0 || lengths[b] > count) {
                throw new IllegalArgumentException(
                        "sequence " + b + " has length " + lengths[b] + "; expected 0 to " + count + " steps");
            }
        }
        return new Steps(count, lengths.length, lengths.clone());
    }

    /**
     * The steps of the run.
     *
     * @return how many
     */
    public int count() {
        return count;
    }

    /**
     * The sequences.
     *
     * @return how many
     */
    public int batch() {
        return batch;
    }

    /**
     * The rows of a matrix that holds all steps of all sequences.
     *
     * @return {@code count * batch}
     */
    public long rows() {
        return (long) count * batch;
    }

    /**
     * Whether a sequence may end before the run does.
     *
     * @return true if the sequences have lengths of their own
     */
    public boolean isPadded() {
        return lengths.length > 0;
    }

    /**
     * The length of a sequence.
     *
     * @param b which sequence
     * @return steps
     */
    public int length(int b) {
        return isPadded() ? lengths[b] : count;
    }

    /**
     * Which rows are steps of a sequence and which are padding.
     *
     * @param tape to make them on
     * @return {@code [count * batch, 1]} of I32, 1 for a step and 0 for padding
     */
    public Variable mask(Tape tape) {
        int[] mask = new int[Math.toIntExact(rows())];
        Arrays.setAll(mask, i -> i / batch < length(i % batch) ? 1 : 0);
        return tape.constant(tape.ids(mask).value().reshape(rows(), 1));
    }

    /**
     * An input as an operator may see it that treats padding like steps: what stands there would come back in weight
     * gradients, as zero times a number that is not finite, or be no id.
     *
     * @param tape to compute on
     * @param x {@code [count * batch, n]}, or ids {@code [count * batch]} of I32
     * @return with zeros in the padding; x itself where there is none, or its numbers are too small to do harm
     */
    public Variable withoutPadding(Tape tape, Variable x) {
        Tensor value = x.value();
        boolean isFloating = value.type().isFloating();
        if (!isPadded() || (isFloating ? value.rows() : value.size()) != rows()) {
            return x; // of a wrong size it is refused later
        }
        if (isFloating) {
            return Reductions.sumOfSquares(value, WorkerPool.caller()) <= HARMLESS
                    ? x
                    : tape.selectRows(mask(tape), x, tape.zeros(value.rows(), value.columns()));
        }
        int[] ids = value.toInts();
        Arrays.setAll(ids, i -> i / batch < length(i % batch) ? ids[i] : 0);
        return tape.ids(ids);
    }

    /**
     * The last step of every sequence; of one of length 0, which has none, the first row of padding, which means nothing.
     *
     * @param tape to make them on
     * @return row numbers, {@code [batch]} of I32
     */
    public Variable lastRows(Tape tape) {
        int[] rows = new int[batch];
        Arrays.setAll(rows, b -> (Math.max(1, length(b)) - 1) * batch + b);
        return tape.ids(rows);
    }

    /**
     * A matrix that lies sequence after sequence, step by step.
     *
     * @param tape to compute on
     * @param x {@code [batch * count, n]}: row {@code b * count + t} is step t of sequence b
     * @return {@code [count * batch, n]}
     */
    public Variable fromBatchFirst(Tape tape, Variable x) {
        int[] rows = new int[Math.toIntExact(rows())];
        Arrays.setAll(rows, i -> i % batch * count + i / batch);
        return tape.lookup(tape.ids(rows), x);
    }

    /**
     * A matrix that lies step by step, sequence after sequence.
     *
     * @param tape to compute on
     * @param x {@code [count * batch, n]}
     * @return {@code [batch * count, n]}: row {@code b * count + t} is step t of sequence b
     */
    public Variable toBatchFirst(Tape tape, Variable x) {
        int[] rows = new int[Math.toIntExact(rows())];
        Arrays.setAll(rows, i -> i % count * batch + i / count);
        return tape.lookup(tape.ids(rows), x);
    }

    @Override
    public String toString() {
        return count + " steps of " + batch + " sequences" + (isPadded() ? " " + Arrays.toString(lengths) : "");
    }
}
