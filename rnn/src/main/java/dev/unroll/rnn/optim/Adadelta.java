package dev.unroll.rnn.optim;

import dev.unroll.kernels.UpdateRule;

/**
 * Adadelta (Zeiler 2012): {@code s = smoothing s + (1 - smoothing) g^2; d = g sqrt((u + epsilon) / (s + epsilon));
 * u = smoothing u + (1 - smoothing) d^2; w -= rate d}.
 *
 * <p>One optimizer belongs to one training, and to its thread.
 */
public final class Adadelta extends SlabOptimizer {
    /** As in the paper: rate 1, smoothing 0.9, epsilon 1e-6, and no decay. */
    public Adadelta() {
        this(1, 0.9, 1e-6, 0);
    }

    /**
     * With all its numbers.
     *
     * @param rate the learning rate
     * @param smoothing how much of the mean squares stays, less than 1
     * @param epsilon positive; the size of the first steps is its root
     * @param decay of values, decoupled: {@code w -= rate decay w}
     */
    public Adadelta(double rate, double smoothing, double epsilon, double decay) {
        super(new UpdateRule.Adadelta(smoothing, epsilon), rate, decay);
    }
}
