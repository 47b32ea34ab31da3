package dev.unroll.gradcheck;

/**
 * A derivative by central differences at two steps, and an estimate of how wrong it is.
 *
 * @param value the derivative, extrapolated to step 0 (Richardson): what remains is of order {@code step^4}
 * @param error an upper estimate of its own error
 */
record Difference(double value, double error) {
    /**
     * The smaller step, relative to the larger of 1 and the number that is moved. The fourth root of the unit of the
     * last place balances what enters the error estimate: the term of order {@code step^2} that extrapolation takes
     * off, here 2.5e-9 of the third derivative, and the rounding of the function, here 2e-12 of its value.
     */
    private static final double STEP = 0x1p-13;

    /** Values are taken to be right to this many units of their last place: that of sums of about 250 terms. */
    private static final double ROUNDING = 16 * 0x1p-52;

    static double step(double x) {
        return STEP * Math.max(1, Math.abs(x));
    }

    /**
     * Sums of a function's values at {@code x - 2h, x - h, x, x + h, x + 2h}, weighted and without the values
     * themselves, so that nothing is lost by summing large numbers first.
     */
    static final class Sums {
        private double near;
        private double far;
        private double bend;
        private double nearCurve;
        private double farCurve;
        private double squares;

        void add(double weight, double farBelow, double below, double centre, double above, double farAbove) {
            near += weight * (above - below);
            far += weight * (farAbove - farBelow);
            bend += weight
                    * ((farAbove - centre) - (centre - farBelow) - 4 * ((above - centre) - (centre - below)));
            nearCurve += weight * ((above - centre) - (centre - below));
            farCurve += weight * ((farAbove - centre) - (centre - farBelow));
            squares += weight * weight * centre * centre;
        }

        /** The magnitude of the weighted function; roundings of its parts are independent, so their squares add up. */
        double magnitude() {
            return Math.sqrt(squares);
        }

        Difference difference(double step) {
            double plain = near / (2 * step);
            double value = (8 * near - far) / (12 * step);
            // For a smooth function the bend is h^4 times the fourth derivative. A kink within two steps shows in it or
            // in the two steps' disagreement: a jump of the slope moves the value by at most twice the two together.
            double disagreement = 2 * (Math.abs(value - plain) + Math.abs(bend) / (2 * step));
            return new Difference(value, disagreement + ROUNDING * magnitude() / step);
        }

        /** The second derivative, extrapolated from the two steps; what extrapolation takes off bounds its error. */
        Difference second(double step) {
            double plain = nearCurve / (step * step);
            double value = (16 * nearCurve - farCurve) / (12 * step * step);
            return new Difference(value, 2 * Math.abs(value - plain) + 4 * ROUNDING * magnitude() / (step * step));
        }
    }
}
