package dev.unroll.rnn.operator;

import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.autograd.RowOps;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.SequenceLayout;
import java.util.Arrays;
import java.util.List;

/**
 * Converts between the rows of a padded layout, which are the caller's, and those of the packed layout of the same
 * sequences, which take no time for padding.
 */
final class PackedSequences {
    private final SequenceLayout padded;
    private final SequenceLayout packed;
    /** The sequences that have a step, by descending length. */
    private final int[] sequences;
    /** Where each sequence stands among them; after all of them and at its own number if it has no step. */
    private final int[] places;
    /** The row in the padded layout of each row in the packed one. */
    private final int[] rows;

    PackedSequences(SequenceLayout padded) {
        this.padded = padded;
        packed = padded.packed();
        sequences = padded.byLength();
        places = new int[padded.batch()];
        Arrays.setAll(places, b -> sequences.length + b);
        for (int place = 0; place < sequences.length; place++) {
            places[sequences[place]] = place;
        }
        rows = new int[Math.toIntExact(packed.rows())];
        Arrays.setAll(rows, i -> (int) padded.firstRow(packed.stepOf(i)) + sequences[packed.sequenceOf(i)]);
    }

    SequenceLayout layout() {
        return packed;
    }

    /** The row in the padded layout of a row in the packed one. */
    long paddedRow(long row) {
        return rows[(int) row];
    }

    /** The rows of steps of x, {@code [rows, n]} or ids {@code [rows]}. */
    Variable pack(Tape tape, Variable x) {
        return SequenceRows.select(tape, x, rows);
    }

    /** The states of the sequences that have a step. */
    State packInitial(Tape tape, State state) {
        return state.map(part -> SequenceRows.select(tape, part, sequences));
    }

    /** The states of all sequences in the caller's order; one without a step keeps its first. */
    State unpack(Tape tape, State state, State initial) {
        State all = sequences.length == padded.batch() ? state : SequenceRows.join(tape, List.of(state, initial));
        return all.map(part -> SequenceRows.select(tape, part, places));
    }

    /** The states after every step of the padded layout. */
    List<State> unpack(Tape tape, List<State> states, State last, State initial) {
        return new LazyList<>(states.isEmpty() ? 0 : padded.steps(), t -> t < states.size()
                ? unpack(tape, states.get(t), initial)
                : last);
    }

    /** Rows of the padded layout with y in those of steps, {@code [steps * batch, n]}. */
    Variable unpackSteps(Tape tape, Variable y) {
        Variable padding = tape.zeros(padded.rows(), y.value().columns());
        Elementwise.scale(-1, padding.value(), WorkerPool.caller()); // a sum with -0.0 is the other number, also -0.0
        return tape.apply(RowOps.SCATTER_ADD, tape.ids(rows), y, padding)[0];
    }

    /** Rows of all sequences in the caller's order, zeros for one without a step. */
    Variable unpackSequences(Tape tape, Variable y) {
        int[] from = new int[padded.batch()];
        Arrays.setAll(from, b -> places[b] < sequences.length ? places[b] : 0);
        return Readout.zerosWithoutSteps(tape, SequenceRows.select(tape, y, from), padded);
    }
}
