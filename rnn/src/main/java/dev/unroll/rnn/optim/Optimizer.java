package dev.unroll.rnn.optim;

import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.autograd.Parameters;

/** Changes parameters by their gradients. */
public interface Optimizer {
    /**
     * One update of all parameters.
     *
     * @param parameters whose gradients stand
     * @param pool to run kernels on
     */
    void update(Parameters parameters, WorkerPool pool);
}
