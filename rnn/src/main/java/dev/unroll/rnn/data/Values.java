package dev.unroll.rnn.data;

import dev.unroll.kernels.Tensor;

/** The rows of a batch, step by step: ids, or rows of numbers. Immutable, equal by content, safe for any thread. */
public sealed interface Values permits Ids, Frames {
    /**
     * Returns the number of rows.
     *
     * @return 0 or more
     */
    int count();

    /**
     * Copies all rows to a tensor.
     *
     * @param target {@code [count]} of I32 for ids, {@code [count, columns]} of F32 or F64 for frames
     * @return the target
     * @throws IllegalArgumentException if the size or the type does not fit
     */
    Tensor copyTo(Tensor target);
}
