package dev.unroll.rnn.operator;

import dev.unroll.kernels.Reductions;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.autograd.Replay;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.RowOps;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.SequenceLayout;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Operations on matrices whose rows are the steps of sequences, as a {@link SequenceLayout} says.
 *
 * <p>Its methods keep nothing, and many threads may call them.
 */
public final class SequenceRows {
    /** No product of weights with numbers of this sum of squares overflows. */
    private static final double HARMLESS = 1e12;

    private SequenceRows() {}

    /**
     * Marks the rows that are steps of a sequence.
     *
     * @param tape to make the mask on
     * @param layout of the rows
     * @return {@code [steps * batch, 1]} of I32, 1 for a step and 0 for padding
     */
    static Variable mask(Tape tape, SequenceLayout layout) {
        int[] mask = new int[Math.toIntExact(layout.rows())];
        Arrays.setAll(mask, i -> layout.isPadding(i) ? 0 : 1);
        return tape.constant(tape.ids(mask).value().reshape(mask.length, 1));
    }

    /**
     * Clears the padding of an input, for operators that treat all rows alike: its values would come back in weight
     * gradients, as zero times a number that is not finite, or be no id.
     *
     * @param tape to compute on
     * @param layout of the rows
     * @param x {@code [steps * batch, n]}, or ids {@code [steps * batch]} of I32
     * @return x with zeros in the padding; x itself if there is none, or its values are too small to do harm
     */
    public static Variable withoutPadding(Tape tape, SequenceLayout layout, Variable x) {
        Tensor value = x.value();
        boolean isFloating = value.type().isFloating();
        if (!layout.isPadded() || (isFloating ? value.rows() : value.size()) != layout.rows()) {
            return x; // of a wrong size it is refused later
        }
        if (isFloating) {
            return Reductions.sumOfSquares(value, WorkerPool.caller()) <= HARMLESS
                    ? x
                    : tape.selectRows(mask(tape, layout), x, tape.zeros(value.rows(), value.columns()));
        }
        int[] ids = idsToReorder(tape, x);
        Arrays.setAll(ids, i -> layout.isPadding(i) ? 0 : ids[i]);
        return tape.ids(ids);
    }

    /**
     * Returns rows in another order.
     *
     * @param tape to compute on
     * @param x {@code [m, n]}, or ids {@code [m]} of I32
     * @param rows of x
     * @return {@code [rows, n]} or {@code [rows]}
     */
    static Variable select(Tape tape, Variable x, int... rows) {
        if (!Linear.isIds(x)) {
            return tape.lookup(tape.ids(rows), x);
        }
        int[] ids = idsToReorder(tape, x);
        return tape.ids(Arrays.stream(rows).map(row -> ids[row]).toArray());
    }

    private static int[] idsToReorder(Tape tape, Variable ids) {
        if (Replay.records(tape)) {
            throw new IllegalArgumentException("ids of sequences of different lengths cannot be replayed: they are"
                    + " ordered once; give sequences of equal length");
        }
        return ids.value().toInts();
    }

    /** Joins states of some sequences each to one of all of them. */
    static State join(Tape tape, List<State> states) {
        if (states.size() == 1) {
            return states.getFirst();
        }
        Op join = RowOps.joinRows(states.size());
        int parts = states.getFirst().parts().size();
        return new State(IntStream.range(0, parts).mapToObj(i -> tape.apply(
                join, states.stream().map(state -> state.parts().get(i)).toArray(Variable[]::new))[0]).toList());
    }

    /**
     * Reverses every sequence of a packed layout.
     *
     * @param tape to compute on
     * @param layout packed
     * @param x {@code [rows, n]}, or ids {@code [rows]}
     * @return the rows of x, every sequence from its last step to its first
     */
    static Variable reversed(Tape tape, SequenceLayout layout, Variable x) {
        int[] rows = new int[Math.toIntExact(layout.rows())];
        for (int t = 0, row = 0; t < layout.steps(); t++) {
            for (int b = 0; b < layout.rowsOf(t); b++) {
                rows[row++] = (int) layout.firstRow(layout.length(b) - 1 - t) + b;
            }
        }
        return select(tape, x, rows);
    }

    /**
     * Returns the row of the last step of every sequence; of a sequence of length 0 its first row of padding.
     *
     * @param tape to make the row numbers on
     * @param layout of the rows
     * @return {@code [batch]} of I32
     */
    static Variable lastRows(Tape tape, SequenceLayout layout) {
        int[] rows = new int[layout.batch()];
        Arrays.setAll(rows, b -> (int) layout.firstRow(Math.max(1, layout.length(b)) - 1) + b);
        return tape.ids(rows);
    }

    /**
     * Reorders rows from sequence after sequence to step after step.
     *
     * @param tape to compute on
     * @param layout of the result
     * @param x {@code [batch * steps, n]}: row {@code b * steps + t} is step t of sequence b
     * @return {@code [steps * batch, n]}
     */
    public static Variable fromBatchFirst(Tape tape, SequenceLayout layout, Variable x) {
        int[] rows = new int[Math.toIntExact(layout.rows())];
        Arrays.setAll(rows, i -> i % layout.batch() * layout.steps() + i / layout.batch());
        return tape.lookup(tape.ids(rows), x);
    }

    /**
     * Reorders rows from step after step to sequence after sequence.
     *
     * @param tape to compute on
     * @param layout of x
     * @param x {@code [steps * batch, n]}
     * @return {@code [batch * steps, n]}: row {@code b * steps + t} is step t of sequence b
     */
    public static Variable toBatchFirst(Tape tape, SequenceLayout layout, Variable x) {
        int[] rows = new int[Math.toIntExact(layout.rows())];
        Arrays.setAll(rows, i -> i % layout.steps() * layout.batch() + i / layout.steps());
        return tape.lookup(tape.ids(rows), x);
    }
}
