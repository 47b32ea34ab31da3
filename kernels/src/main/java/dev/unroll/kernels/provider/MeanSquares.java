package dev.unroll.kernels.provider;

/**
 * Keeps the mean of squares {@code s = decay s + (1 - decay) g^2} finite for the rules that divide by its root. The
 * square of a gradient of 2e19 overflows F32, and an infinite s stays infinite: no quotient by its root ever moves the
 * value again.
 *
 * <p>Gradients are therefore clipped just below the root of the largest number. How far beyond they were hardly matters
 * for a step: a gradient larger than all before it scales s and the numerator alike, and the step is bounded by {@code
 * 1 / sqrt(1 - decay)} in any case. Only the time for which s remembers it is lost. The clipping is merged with the
 * limit of the step, so it costs nothing, and gradients of ordinary size keep every bit.
 */
public final class MeanSquares {
    /** A margin for rounded decays, with which s may exceed every square by some percent. */
    private static final double ALMOST = 0.9;

    private MeanSquares() {}

    /**
     * Returns the largest gradient.
     *
     * @param given the step's limit
     * @param max the largest number of the type
     * @return at most the limit given
     */
    public static double limit(double given, double max) {
        return Math.min(given, ALMOST * Math.sqrt(max));
    }

    /**
     * Returns the factor by which the quotient {@code (u + epsilon) / (s + epsilon)} of Adadelta is multiplied before
     * its root is taken: with a large s it would be subnormal, and rounded like one, or 0. A power of two changes no
     * bit elsewhere.
     *
     * @param epsilon of the rule
     * @return a power of four; 1 for an epsilon so small that the quotient may be too large instead
     */
    public static double quotientScale(double epsilon) {
        return epsilon > 0x1p-60 ? 0x1p40 : 1;
    }
}
