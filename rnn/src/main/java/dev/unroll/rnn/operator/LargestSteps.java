package dev.unroll.rnn.operator;

import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Replay;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.SequenceLayout;
import java.util.Arrays;

/** Finds the step of every sequence at which a column is largest. */
final class LargestSteps {
    private LargestSteps() {}

    /**
     * Marks the largest step of every sequence and column, the first of equal ones; NaN counts as largest, so that it
     * stays visible.
     *
     * @return {@code [steps * batch, n]}, constant: 1 at that step and 0 elsewhere
     */
    static Variable mask(Tape tape, Variable outputs, SequenceLayout layout) {
        if (Replay.records(tape)) {
            throw new IllegalArgumentException("a maximum over steps cannot be replayed: which step is the largest is"
                    + " found once; use another readout");
        }
        Tensor value = outputs.value();
        int columns = Math.toIntExact(value.columns());
        Frames all = Frames.copyOf(value);
        float[] mask = new float[Math.toIntExact(value.size())];
        int[] largest = new int[columns];
        for (int b = 0; b < layout.batch(); b++) {
            Arrays.fill(largest, b);
            for (int t = 0; t < layout.length(b); t++) {
                int row = (int) layout.firstRow(t) + b;
                for (int c = 0; c < columns; c++) {
                    if (Double.compare(all.get(row, c), all.get(largest[c], c)) > 0) {
                        largest[c] = row;
                    }
                }
            }
            for (int c = 0; c < columns && layout.length(b) > 0; c++) {
                mask[largest[c] * columns + c] = 1;
            }
        }
        return tape.constant(tape.row(mask).value().reshape(value.rows(), columns));
    }
}
