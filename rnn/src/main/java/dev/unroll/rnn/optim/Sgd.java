package dev.unroll.rnn.optim;

import dev.unroll.kernels.UpdateRule;
import dev.unroll.kernels.UpdateStep;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.autograd.Parameters;

/**
 * Stochastic gradient descent, {@code w -= rate (g + decay w)}. It keeps no state, and may serve any number of models.
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
        SlabOptimizer.update(RULE, step, parameters, null, pool);
    }
}
