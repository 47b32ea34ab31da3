package dev.unroll.rnn.optim;

import dev.unroll.kernels.UpdateRule;
import dev.unroll.kernels.UpdateStep;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.autograd.Parameters;

/**
 * Stochastic gradient descent, {@code w -= rate (g + decay w)}. It keeps no state, and may serve any number of models.
 * Without decay an update does not visit the rows of a lookup table that nothing flowed back to: its time does not depend
 * on the number of ids. With decay it does, as those of all other optimizers do.
 *
 * <p>Immutable, and safe for use by many threads.
 *
 * @param rate the learning rate
 * @param decay of values, which is here the same as a penalty of {@code decay / 2} times their squares
 */
public record Sgd(double rate, double decay) implements Optimizer {
    private static final UpdateRule RULE = new UpdateRule.Sgd();

    /** Checks the numbers. */
    public Sgd {
        SlabOptimizer.check(rate, decay);
    }

    /**
     * Without decay.
     *
     * @param rate the learning rate
     */
    public Sgd(double rate) {
        this(rate, 0);
    }

    @Override
    public String description() {
        return toString();
    }

    @Override
    public void update(Parameters parameters, Factors factors, WorkerPool pool) {
        UpdateStep step = SlabOptimizer.step(1, rate, decay, factors);
        parameters.update(RULE, step, null, pool);
    }
}
