package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Tensor;

/** Values and, once somebody asks for them, gradients of the same shape. Variables are views of rows of a storage. */
class Storage {
    private final Tensor values;
    private final boolean filledFromEnd;
    private Tensor gradients;

    Storage(Tensor values, Tensor gradients) {
        this(values, gradients, false);
    }

    Storage(Tensor values, Tensor gradients, boolean filledFromEnd) {
        this.values = values;
        this.gradients = gradients;
        this.filledFromEnd = filledFromEnd;
    }

    /** Whether a time loop that ran backward in time made the values, its last step the first rows. */
    boolean filledFromEnd() {
        return filledFromEnd;
    }

    Tensor values() {
        return values;
    }

    /** Null as long as nothing has flowed back. */
    Tensor gradients() {
        return gradients;
    }

    void setGradients(Tensor zeros) {
        gradients = zeros;
    }
}
