package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Tensor;

/** Values and, once somebody asks for them, gradients of the same shape. Variables are views of rows of a storage. */
class Storage {
    private final Tensor values;
    private Tensor gradients;

    Storage(Tensor values, Tensor gradients) {
        this.values = values;
        this.gradients = gradients;
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
