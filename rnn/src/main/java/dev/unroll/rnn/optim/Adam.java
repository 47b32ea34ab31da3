package dev.unroll.rnn.optim;

import dev.unroll.kernels.UpdateRule;

/**
 * Adam (Kingma and Ba 2015), with the corrections of its means, and with decay AdamW (Loshchilov and Hutter 2019):
 * {@code m = beta1 m + (1 - beta1) g; s = beta2 s + (1 - beta2) g^2;
 * w -= rate (m / (1 - beta1^t) / (sqrt(s / (1 - beta2^t)) + epsilon) + decay w)} in update t.
 *
 * <p>One optimizer belongs to one training, and to its thread.
 */
public final class Adam extends SlabOptimizer {
    /**
     * With beta1 0.9, beta2 0.999, epsilon 1e-8 and no decay.
     *
     * @param rate the learning rate, such as 0.001
     */
    public Adam(double rate) {
        this(rate, 0.9, 0.999, 1e-8, 0);
    }

    /**
     * With all its numbers.
     *
     * @param rate the learning rate
     * @param beta1 how much of the mean stays, less than 1
     * @param beta2 how much of the mean square stays, less than 1
     * @param epsilon positive
     * @param decay of values, decoupled: {@code w -= rate decay w}
     */
    public Adam(double rate, double beta1, double beta2, double epsilon, double decay) {
        super(new UpdateRule.Adam(beta1, beta2, epsilon), rate, decay);
    }
}
