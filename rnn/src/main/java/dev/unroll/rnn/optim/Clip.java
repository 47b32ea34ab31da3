package dev.unroll.rnn.optim;

/**
 * Keeps gradients from being too large (Pascanu, Mikolov and Bengio 2013). It is a rule and changes nothing: an
 * {@link Optimizer} does, in the pass of the update.
 *
 * <p>Immutable, and safe for use by many threads.
 *
 * @param maxNorm the largest norm of all gradients together; larger ones are scaled down to it
 * @param maxElement the largest size of an element of a gradient, after the scaling; larger ones are cut to it
 */
public record Clip(double maxNorm, double maxElement) {
    /** Checks the limits. */
    public Clip {
        check("norm of the gradients", maxNorm);
        check("element of a gradient", maxElement);
    }

    private static void check(String what, double max) {
        if (!(max > 0)) {
            throw new IllegalArgumentException("the largest " + what + " must be positive, not " + max);
        }
    }

    /**
     * Scales all gradients together so that their norm is at most this.
     *
     * @param max the largest norm that is left alone
     * @return the rule
     */
    public static Clip norm(double max) {
        return new Clip(max, Double.POSITIVE_INFINITY);
    }

    /**
     * Cuts every element of a gradient to {@code -max .. max}.
     *
     * @param max the largest size that is left alone
     * @return the rule
     */
    public static Clip value(double max) {
        return new Clip(Double.POSITIVE_INFINITY, max);
    }

    /**
     * Leaves the gradients as they are.
     *
     * @return the rule
     */
    public static Clip none() {
        return new Clip(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
    }

    /**
     * What the gradients are to be changed by.
     *
     * @param norm of all gradients together
     * @return factors of an update
     */
    public Optimizer.Factors factors(double norm) {
        return new Optimizer.Factors(1, norm > maxNorm ? maxNorm / norm : 1, maxElement);
    }
}
