package dev.unroll.rnn.optim;

import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.autograd.Parameters;

/**
 * Stochastic gradient descent, {@code w -= rate g}.
 *
 * @param rate the learning rate
 */
public record Sgd(double rate) implements Optimizer {
    /** Checks the rate. */
    public Sgd {
        if (!(rate > 0) || Double.isInfinite(rate)) {
            throw new IllegalArgumentException("the learning rate must be a positive number, not " + rate);
        }
    }

    @Override
    public void update(Parameters parameters, WorkerPool pool) {
        Elementwise.axpy(-rate, parameters.gradients(), parameters.values(), pool);
        parameters.changed();
    }
}
