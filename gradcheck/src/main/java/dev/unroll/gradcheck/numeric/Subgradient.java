package dev.unroll.gradcheck.numeric;

import java.util.function.DoubleUnaryOperator;

/**
 * The slopes of a function on both sides of a kink at the point, or nearer to it than differences can tell: every value
 * between them is a subgradient.
 *
 * @param left the slope before the point
 * @param right the slope after it
 * @param error an upper estimate of the error of both
 */
public record Subgradient(double left, double right, double error) {
    /** How near the point slopes are taken, as factors of a difference's step: at both they must be the same. */
    private static final double NEAR = 0x1p-8;

    private static final double NEARER = 0x1p-16;

    /** The largest error of slopes, relative to the larger, at which they are known. */
    private static final double USEFUL = 1e-3;

    /**
     * Takes the slopes on both sides.
     *
     * @param along how the function changes along a line, by the distance from the point
     * @param step of a difference
     */
    public static Subgradient of(DoubleUnaryOperator along, double step) {
        double near = NEAR * step;
        double nearer = NEARER * step;
        double left = slope(along, -near);
        double right = slope(along, near);
        double error = Math.max(Math.abs(left - slope(along, -nearer)), Math.abs(right - slope(along, nearer)));
        return new Subgradient(left, right, error);
    }

    /** The slope at a distance on one side, extrapolated to none. */
    private static double slope(DoubleUnaryOperator along, double t) {
        double far = along.applyAsDouble(t) / t;
        double half = along.applyAsDouble(t / 2) / (t / 2);
        return 2 * half - far;
    }

    /** Tells whether there are two slopes, known well enough. */
    public boolean isKink() {
        double larger = Math.max(Math.abs(left), Math.abs(right));
        return error <= USEFUL * larger && Math.abs(right - left) > 4 * error; // also false for NaN
    }

    /** Returns the subgradient that is nearest to a value, as a difference with the error of the slopes. */
    Difference nearest(double value, double step) {
        double nearest = Math.clamp(value, Math.min(left, right), Math.max(left, right));
        return new Difference(nearest, 0, error, NEAR * step);
    }
}
