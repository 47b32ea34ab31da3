package dev.unroll.rnn.optim;

import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.io.StateReader;
import dev.unroll.rnn.io.StateWriter;
import java.io.IOException;

/**
 * Changes parameters by their gradients, all of them in one pass over the slabs, and sets the gradients to zero. {@link
 * Sgd} without decay leaves out rows of lookup tables that nothing flowed back to; all others change these too. Those that
 * keep state keep it of one model, in the memory of its parameters, from their first update on.
 *
 * <p>One with state belongs to one training, and to its thread.
 */
public interface Optimizer {
    /**
     * One update of all parameters.
     *
     * @param parameters whose gradients stand; they are zero afterwards
     * @param factors of this update
     * @param pool to run kernels on
     * @throws IllegalStateException if this keeps the state of other parameters, or their memory is closed
     */
    void update(Parameters parameters, Factors factors, WorkerPool pool);

    /**
     * One update of all parameters by their gradients as they are, at the optimizer's own rate.
     *
     * @param parameters whose gradients stand; they are zero afterwards
     * @param pool to run kernels on
     */
    default void update(Parameters parameters, WorkerPool pool) {
        update(parameters, Factors.NONE, pool);
    }

    /**
     * What this optimizer is, with all its numbers: a checkpoint of one optimizer is not resumed with another.
     *
     * @return the same text for optimizers that do the same, in every process; without overriding it, the name of the
     *     class, and of all lambdas, whose names do not last, one text
     */
    default String description() {
        return getClass().isHidden() ? "own" : getClass().getName();
    }

    /**
     * Puts what changes from update to update into a checkpoint; an optimizer that keeps nothing need not override it.
     *
     * @param parameters that it updates
     * @param checkpoint takes values and tensors
     */
    default void saveState(Parameters parameters, StateWriter checkpoint) {}

    /**
     * Takes over what {@link #saveState} put into a checkpoint.
     *
     * @param parameters that it will update
     * @param checkpoint of an optimizer with the same {@link #description()} and the same parameters
     * @throws IOException if reading fails
     */
    default void restoreState(Parameters parameters, StateReader checkpoint) throws IOException {}

    /**
     * What one update may have other than the next.
     *
     * @param rate factor of the optimizer's rate, of a schedule
     * @param gradient factor of all gradients, of clipping by their norm
     * @param limit largest size of an element of a gradient, after its factor; infinite for any
     */
    record Factors(double rate, double gradient, double limit) {
        /** Those that change nothing. */
        public static final Factors NONE = new Factors(1, 1, Double.POSITIVE_INFINITY);

        /**
         * The same with another rate.
         *
         * @param factor of the optimizer's rate
         * @return other factors
         */
        public Factors withRate(double factor) {
            return new Factors(factor, gradient, limit);
        }
    }
}
