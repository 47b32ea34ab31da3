package dev.unroll.kernels;

/**
 * What one update is made with, whatever its {@link UpdateRule}. A gradient g is first multiplied by {@code scale}, then
 * cut to {@code -limit .. limit}; what comes of it is the g of the rule's formula. Decay is the decoupled one of
 * Loshchilov and Hutter 2019: values are multiplied by {@code 1 - rate decay} beside the rule's formula. For SGD that is
 * the same as adding {@code decay w} to the gradient.
 *
 * @param number of the update, from 1, for rules that begin from zeros
 * @param rate the learning rate, 0 or positive
 * @param scale factor of gradients, 0 or positive: 1, or what makes their norm small enough
 * @param limit the largest size of a gradient's element, positive; infinite to cut none
 * @param decay of values, 0 or positive
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
     * An update of gradients as they are, without decay.
     *
     * @param number of the update, from 1
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

    /**
     * What values are multiplied by.
     *
     * @return {@code 1 - rate decay}
     */
    public double keep() {
        return 1 - rate * decay;
    }
}
