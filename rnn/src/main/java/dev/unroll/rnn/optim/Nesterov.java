package dev.unroll.rnn.optim;

import dev.unroll.kernels.UpdateRule;

/**
 * SGD with Nesterov's momentum in the form of Sutskever et al. 2013, as PyTorch has it:
 * {@code v = momentum v + g; w -= rate (g + momentum v)}.
 *
 * <p>One optimizer belongs to one training, and to its thread.
 */
public final class Nesterov extends SlabOptimizer {
    /**
     * With momentum 0.9 and no decay.
     *
     * @param rate the learning rate
     */
    public Nesterov(double rate) {
        this(rate, 0.9, 0);
    }

    /**
     * With all its numbers.
     *
     * @param rate the learning rate
     * @param momentum how much of v stays, less than 1
     * @param decay of values, decoupled: {@code w -= rate decay w}
     */
    public Nesterov(double rate, double momentum, double decay) {
        super(new UpdateRule.Momentum(momentum, true), rate, decay);
    }
}
