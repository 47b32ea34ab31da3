package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.internal.NotSeparable;
import java.util.ArrayList;
import java.util.List;

/**
 * Some sequences in succession of those that run together on a tape, whose gradients are summed apart from those of the
 * others. Matrices have rows of all sequences, step by step.
 *
 * <p>Immutable, and safe for use by many threads.
 *
 * @param sequences of all parts
 * @param from the first one of this part
 * @param count number of sequences of this part
 */
public record SequencePart(int sequences, int from, int count) {
    private long stepsOf(Tensor whole) {
        long rows = rows(whole);
        if (rows % sequences != 0) {
            throw new NotSeparable(whole + " has no rows for " + sequences + " sequences", true);
        }
        return rows / sequences;
    }

    /** The elements of a vector of ids are rows too. */
    static long rows(Tensor whole) {
        return isVector(whole) ? whole.size() : whole.rows();
    }

    private static boolean isVector(Tensor whole) {
        return whole.shape().length == 1;
    }

    /** The rows of this part, a tensor for each step. */
    List<Tensor> blocksOf(Tensor whole) {
        long steps = stepsOf(whole);
        List<Tensor> blocks = new ArrayList<>((int) steps);
        for (long step = 0; step < steps; step++) {
            long first = step * sequences + from;
            blocks.add(isVector(whole) ? whole.columns(first, count) : whole.rows(first, count));
        }
        return blocks;
    }

    /** The number of rows of this part. */
    long rowsOf(Tensor whole) {
        return stepsOf(whole) * count;
    }

    /** Copies the rows of this part, step by step, to a tensor of as many. */
    Tensor copy(Tensor whole, Tensor target) {
        List<Tensor> blocks = blocksOf(whole);
        for (int step = 0; step < blocks.size(); step++) {
            long first = (long) step * count;
            (isVector(whole) ? target.columns(first, count) : target.rows(first, count)).copyFrom(blocks.get(step));
        }
        return target;
    }
}
