package dev.unroll.rnn.optim;

import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Reductions;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.autograd.Parameters;

/** Keeps gradients from being too large (Pascanu, Mikolov and Bengio 2013). */
@FunctionalInterface
public interface Clip {
    /**
     * Changes the gradients if they are too large.
     *
     * @param parameters whose gradients stand
     * @param pool to run kernels on
     * @return the norm of all gradients together, before the change
     */
    double apply(Parameters parameters, WorkerPool pool);

    /**
     * Scales all gradients together so that their norm is at most this.
     *
     * @param max the largest norm that is left alone
     * @return the rule
     */
    static Clip norm(double max) {
        if (!(max > 0)) {
            throw new IllegalArgumentException("the largest norm must be positive, not " + max);
        }
        return (parameters, pool) -> {
            double norm = none().apply(parameters, pool);
            if (norm > max) {
                Elementwise.scale(max / norm, parameters.gradients(), pool);
            }
            return norm;
        };
    }

    /**
     * Leaves the gradients as they are, and only measures them.
     *
     * @return the rule
     */
    static Clip none() {
        return (parameters, pool) -> Math.sqrt(Reductions.sumOfSquares(parameters.gradients(), pool));
    }
}
