package dev.unroll.rnn.optim;

import dev.unroll.kernels.UpdateRule;

/**
 * RMSProp (Tieleman and Hinton 2012): {@code s = smoothing s + (1 - smoothing) g^2; w -= rate g / (sqrt(s) + epsilon)}.
 *
 * <p>One optimizer belongs to one training, and to its thread.
 */
public final class RmsProp extends SlabOptimizer {
    /**
     * With smoothing 0.99, epsilon 1e-8 and no decay.
     *
     * @param rate the learning rate, such as 0.001
     */
    public RmsProp(double rate) {
        this(rate, 0.99, 1e-8, 0);
    }

    /**
     * With all its numbers.
     *
     * @param rate the learning rate
     * @param smoothing how much of the mean square stays, less than 1
     * @param epsilon positive
     * @param decay of values, decoupled: {@code w -= rate decay w}
     */
    public RmsProp(double rate, double smoothing, double epsilon, double decay) {
        super(new UpdateRule.RmsProp(smoothing, epsilon), rate, decay);
    }
}
