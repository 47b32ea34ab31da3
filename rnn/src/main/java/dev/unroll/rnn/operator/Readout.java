package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.RowOps;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.SequenceLayout;
import java.util.Arrays;

/** What of the top layer's outputs is predicted from. */
public enum Readout {
    /** Every step on its own. */
    EVERY_STEP {
        @Override
        public Variable of(Tape tape, Variable outputs, SequenceLayout layout) {
            return SequenceRows.withoutPadding(tape, layout, outputs);
        }
    },
    /** The last step of every sequence, which is earlier than the run's last for a shorter one; zeros if it has none. */
    LAST_STEP {
        @Override
        public Variable of(Tape tape, Variable outputs, SequenceLayout layout) {
            Variable last = tape.lookup(SequenceRows.lastRows(tape, layout), outputs);
            int batch = layout.batch();
            int[] has = new int[batch];
            Arrays.setAll(has, b -> Math.min(1, layout.length(b)));
            return Arrays.stream(has).allMatch(one -> one == 1)
                    ? last
                    : tape.selectRows(tape.ids(has), last, tape.zeros(batch, last.value().columns()));
        }
    },
    /** The mean over the steps of every sequence; zeros if it has none. */
    MEAN {
        @Override
        public Variable of(Tape tape, Variable outputs, SequenceLayout layout) {
            int batch = layout.batch();
            int[] rows = new int[Math.toIntExact(layout.rows())];
            Arrays.setAll(rows, i -> i / batch < layout.length(i % batch) ? i % batch : batch); // padding to a spare row
            long columns = outputs.value().columns();
            Variable zeros = tape.zeros(batch + 1L, columns);
            Variable sums = tape.rows(tape.apply(RowOps.SCATTER_ADD, tape.ids(rows), outputs, zeros)[0], 0, batch);
            double[] share = new double[batch];
            Arrays.setAll(share, b -> 1.0 / Math.max(1, layout.length(b)));
            return tape.apply(RowOps.SCALE_ROWS, sums, tape.row(share))[0];
        }
    };

    /**
     * Reads out.
     *
     * @param tape to compute on
     * @param outputs {@code [steps * batch, n]}
     * @param layout of the rows
     * @return {@code [steps * batch, n]} or {@code [batch, n]}
     */
    public abstract Variable of(Tape tape, Variable outputs, SequenceLayout layout);
}
