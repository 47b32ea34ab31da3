package dev.unroll.kernels;

/**
 * The settings of one update, whatever the {@link UpdateRule}. A gradient is first multiplied by {@code scale}, then
 * clipped to {@code -limit .. limit}; the result is the g of the formula. Decay is the decoupled one of Loshchilov and
 * Hutter 2019: values are multiplied by {@code 1 - rate decay} independently of the formula. For SGD that is the same
 * as adding {@code decay w} to the gradient.
 *
 * @param number the number of the update, from 1, for rules that correct the bias of their zero state
 * @param rate the learning rate, 0 or positive
 * @param scale factor of the gradients, 0 or positive: 1, or less to clip their norm
 * @param limit the largest magnitude of a gradient, positive; infinite for no clipping
 * @param decay weight decay, 0 or positive
 */
public record UpdateStep(long number, double rate, double scale, double limit, double decay) {
    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is out of its range
     */
    public UpdateStep {
        if (number < 1) {
            throw new IllegalArgumentException("the number of the update is " + number + "; expected 1 or more");
        }
        checkFactor("rate", rate);
        checkFactor("scale", scale);
        checkFactor("decay", decay);
        if (!(limit > 0)) {
            throw new IllegalArgumentException("limit is " + limit + "; expected a positive number or infinity");
        }
    }

    /**
     * Creates a step that uses gradients as they are, without decay.
     *
     * @param number the number of the update, from 1
     * @param rate the learning rate
     */
    public UpdateStep(long number, double rate) {
        this(number, rate, 1, Double.POSITIVE_INFINITY, 0);
    }

    private static void checkFactor(String name, double value) {
        if (!(value >= 0 && Double.isFinite(value))) {
            throw new IllegalArgumentException(name + " is " + value + "; expected a number, 0 or positive");
        }
    }

    /** {@return the factor of the values, {@code 1 - rate decay}} */
    public double keep() {
        return 1 - rate * decay;
    }
}
