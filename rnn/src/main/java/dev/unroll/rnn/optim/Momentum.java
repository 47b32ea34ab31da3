package dev.unroll.rnn.optim;

import dev.unroll.kernels.UpdateRule;

/**
 * SGD with momentum (Polyak 1964): {@code v = momentum v + g; w -= rate v}.
 *
 * <p>One optimizer belongs to one training, and to its thread.
 */
public final class Momentum extends SlabOptimizer {
    /**
     * With momentum 0.9 and no decay.
     *
     * @param rate the learning rate
     */
    public Momentum(double rate) {
        this(rate, 0.9, 0);
    }

    /**
     * With all its numbers.
     *
     * @param rate the learning rate
     * @param momentum how much of v stays, less than 1
     * @param decay of values, decoupled: {@code w -= rate decay w}
     */
    public Momentum(double rate, double momentum, double decay) {
        super(new UpdateRule.Momentum(momentum, false), rate, decay);
    }
}
