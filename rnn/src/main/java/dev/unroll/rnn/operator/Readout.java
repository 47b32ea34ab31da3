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
    /**
     * The last step of every sequence, which is earlier than the run's last for a shorter one; zeros if it has none. Of a
     * {@link Bidirectional} layer this is a forward state that has seen the whole sequence beside a backward state that has
     * seen one step, the last: {@link #BOTH_ENDS} is what such a network should be read by.
     */
    LAST_STEP {
        @Override
        public Variable of(Tape tape, Variable outputs, SequenceLayout layout) {
            return zerosWithoutSteps(tape, tape.lookup(SequenceRows.lastRows(tape, layout), outputs), layout);
        }
    },
    /**
     * The outputs that have seen the whole sequence, PyTorch's {@code h_n} of the top layer: the forward columns of the
     * last step of every sequence and, side by side with them, the backward columns of its first step; zeros if it has no
     * step. Of a network of one direction it is {@link #LAST_STEP}. The columns are those that
     * {@link Layer#forwardOutputs} of the top layer says. A bidirectional layer whose outputs are added, or that has layers
     * without a state above it, is refused by an IllegalArgumentException.
     */
    BOTH_ENDS {
        /** {@inheritDoc} The columns are taken to be of one direction, which they are unless a network says otherwise. */
        @Override
        public Variable of(Tape tape, Variable outputs, SequenceLayout layout) {
            return LAST_STEP.of(tape, outputs, layout);
        }
    },
    /** The mean over the steps of every sequence; zeros if it has none. */
    MEAN {
        @Override
        public Variable of(Tape tape, Variable outputs, SequenceLayout layout) {
            int batch = layout.batch();
            Variable sums = sums(tape, outputs, layout);
            double[] share = new double[batch];
            Arrays.setAll(share, b -> 1.0 / Math.max(1, layout.length(b)));
            return tape.apply(RowOps.SCALE_ROWS, sums, tape.row(share))[0];
        }
    },
    /**
     * The maximum of every column over the steps of every sequence; zeros if it has none. The gradient flows to the first
     * of equal steps.
     */
    MAX {
        @Override
        public Variable of(Tape tape, Variable outputs, SequenceLayout layout) {
            Variable largest = tape.multiply(outputs, LargestSteps.mask(tape, outputs, layout));
            return sums(tape, largest, layout); // of one number and zeros
        }
    };

    /** The outputs of both directions where each has seen the whole sequence. */
    static Variable bothEnds(Tape tape, Variable outputs, int forward, SequenceLayout layout) {
        long backward = outputs.value().columns() - forward;
        if (backward == 0) {
            return LAST_STEP.of(tape, outputs, layout);
        }
        Variable last = LAST_STEP.of(tape, outputs, layout);
        Variable first = zerosWithoutSteps(tape, tape.rows(outputs, 0, layout.batch()), layout);
        return tape.concat(tape.columns(last, 0, forward), tape.columns(first, forward, backward));
    }

    static Variable zerosWithoutSteps(Tape tape, Variable rows, SequenceLayout layout) {
        int batch = layout.batch();
        int[] has = new int[batch];
        Arrays.setAll(has, b -> Math.min(1, layout.length(b)));
        return Arrays.stream(has).allMatch(one -> one == 1)
                ? rows
                : tape.selectRows(tape.ids(has), rows, tape.zeros(batch, rows.value().columns()));
    }

    /** The sums over the steps of every sequence. */
    private static Variable sums(Tape tape, Variable outputs, SequenceLayout layout) {
        int batch = layout.batch();
        int[] rows = new int[Math.toIntExact(layout.rows())];
        Arrays.setAll(rows, i -> layout.isPadding(i) ? batch : layout.sequenceOf(i)); // padding to a spare row
        Variable zeros = tape.zeros(batch + 1L, outputs.value().columns());
        return tape.rows(tape.apply(RowOps.SCATTER_ADD, tape.ids(rows), outputs, zeros)[0], 0, batch);
    }

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
