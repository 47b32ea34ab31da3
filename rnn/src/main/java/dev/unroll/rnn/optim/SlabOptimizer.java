package dev.unroll.rnn.optim;

import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.UpdateRule;
import dev.unroll.kernels.UpdateStep;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.io.StateReader;
import dev.unroll.rnn.io.StateWriter;
import java.io.IOException;

/**
 * An optimizer whose state is a slab beside that of the values. Its updates visit all values, those of a lookup table
 * that nothing flowed back to included: their state changes too.
 */
abstract sealed class SlabOptimizer implements Optimizer permits Momentum, Nesterov, RmsProp, Adadelta, Adam {
    private final UpdateRule rule;
    private final double rate;
    private final double decay;
    private Parameters parameters;
    private Tensor state;
    private long updates;

    SlabOptimizer(UpdateRule rule, double rate, double decay) {
        check(rate, decay);
        this.rule = rule;
        this.rate = rate;
        this.decay = decay;
    }

    static void check(double rate, double decay) {
        if (!(rate > 0) || Double.isInfinite(rate)) {
            throw new IllegalArgumentException("the learning rate must be a positive number, not " + rate);
        }
        if (!(decay >= 0) || Double.isInfinite(decay)) {
            throw new IllegalArgumentException("the decay must be 0 or a positive number, not " + decay);
        }
    }

    static UpdateStep step(long number, double rate, double decay, Optimizer.Factors factors) {
        return new UpdateStep(number, rate * factors.rate(), factors.gradient(), factors.limit(), decay);
    }

    @Override
    public final synchronized void update(Parameters given, Factors factors, WorkerPool pool) {
        keepStateOf(given);
        UpdateStep step = step(updates + 1, rate, decay, factors);
        given.update(rule, step, state, pool);
        updates++;
    }

    private void keepStateOf(Parameters given) {
        if (parameters == null) {
            state = given.slabs(rule.states());
            parameters = given;
        }
        if (given != parameters) {
            throw new IllegalStateException(
                    "this optimizer keeps the state of other parameters; make a new one for every model");
        }
    }

    @Override
    public final String description() {
        return getClass().getSimpleName() + "[rate=" + rate + ", decay=" + decay + ", " + rule + "]";
    }

    @Override
    public final void saveState(Parameters given, StateWriter checkpoint) {
        keepStateOf(given);
        checkpoint.put("updates", updates).put("state", state);
    }

    @Override
    public final void restoreState(Parameters given, StateReader checkpoint) throws IOException {
        keepStateOf(given);
        checkpoint.read("state", state);
        updates = checkpoint.values().integer("updates");
    }
}
