package dev.unroll.kernels.provider;

/**
 * How rules that divide by the root of a mean of squares, {@code s = decay s + (1 - decay) g^2}, keep it a number. The
 * square of a gradient of 2e19 is no F32; and an s that once is infinite stays so, and no quotient by its root ever moves
 * the value again.
 *
 * <p>So gradients are cut just below the root of the largest number. For a step it does not matter how far beyond they
 * were: a gradient that is larger than all before it makes s and the numerator in one proportion, and the step is bounded
 * by {@code 1 / sqrt(1 - decay)} whatever its size. All that is lost is how long s remembers it. The cut is that of the
 * step's own limit, so that it costs nothing, and gradients of ordinary size keep every bit.
 */
public final class MeanSquares {
    /** Leaves room for decays that are rounded: then s may become some percent more than every square. */
    private static final double ALMOST = 0.9;

    private MeanSquares() {}

    /**
     * The largest gradient.
     *
     * @param given the step's limit
     * @param max the largest number of the type
     * @return at most the limit given
     */
    public static double limit(double given, double max) {
        return Math.min(given, ALMOST * Math.sqrt(max));
    }

    /**
     * What Adadelta's quotient {@code (u + epsilon) / (s + epsilon)} is multiplied by before its root is taken: with a
     * large s it would be subnormal, and rounded like one, or 0. A power of two changes no bit elsewhere.
     *
     * @param epsilon of the rule
     * @return a power of four; 1 for an epsilon so small that the quotient may be too large instead
     */
    public static double quotientScale(double epsilon) {
        return epsilon > 0x1p-60 ? 0x1p40 : 1;
    }
}
