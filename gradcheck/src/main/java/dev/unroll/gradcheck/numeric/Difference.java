package dev.unroll.gradcheck.numeric;

import dev.unroll.gradcheck.util.ArrayMath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/**
 * A derivative by central differences at two steps, and an estimate of its error.
 *
 * @param value the derivative, extrapolated to step 0 (Richardson): what remains is of order {@code step^4}
 * @param truncation what the bending of the function within the steps may do to it: the term of order {@code step^2}
 *     that extrapolation takes off, so an upper estimate of what remains, and one that holds at kinks
 * @param rounding what the rounding of the function's values may do to it
 * @param step the smaller of the two
 */
public record Difference(double value, double truncation, double rounding, double step) {
    /**
     * The step that is tried first, relative to the number that is moved. The fourth root of the unit of the last place
     * balances what enters the error estimate: the term of order {@code step^2} is 2.5e-9 of the third derivative, the
     * rounding of the function 3e-11 of its value.
     */
    static final double STEP = 0x1p-13;

    /** On a line, a number that is smaller than this part of the largest is moved as if it were as large. */
    private static final double SMALL = 0x1p-5;

    /** Values are taken to be right to this many units of their last place: that of sums of about 250 terms. */
    private static final double ROUNDING = 16 * 0x1p-52;

    /**
     * At these steps a derivative is taken again that would be called wrong. They have no common measure, so that what
     * repeats itself at the steps of the others does not at these, and roundings within the function fall differently. Of
     * decimals such as 0.47 all would be rounded alike where a value changes by 100 of its units over the first step.
     */
    private static final double[] AGAIN = {
        Math.sqrt(2) / 3, Math.sqrt(0.375), Math.sqrt(0.6875), Math.sqrt(1.9), Math.sqrt(3.6)};

    /**
     * Roundings are taken to be as large as this times the largest distance between the value and those taken again.
     * That six random numbers lie so close together that this does not reach the middle of their distribution happens
     * once in 100,000 times, if the first is one and a half standard deviations off.
     */
    private static final double SPREAD = 4;

    /**
     * A derivative is off by at most one and a half times the largest rounding of the values over the step. What is left
     * of twelve values when a curve through them is taken off is hardly ever less than half of the largest.
     */
    private static final double NOISE = 4;

    /**
     * The step for one number: a power of two, so that hardly a number is rounded when it is moved.
     *
     * @param x the number
     * @param otherwise what a 0 is moved in proportion to
     */
    public static double step(double x, double otherwise) {
        return Math.max(Double.MIN_NORMAL, STEP * powerOfTwo(x != 0 ? x : otherwise != 0 ? otherwise : 1));
    }

    /** The power of two below a number. */
    private static double powerOfTwo(double x) {
        return Math.scalb(1.0, Math.getExponent(x));
    }

    /**
     * The step along a line on which several numbers move together. No number moves further, for its size, than one
     * that is moved alone, but for small ones among larger ones; so a large one does not set the step of small ones.
     */
    static double step(double[] point, double[] direction) {
        double norm = ArrayMath.norm(relative(point, direction));
        return norm == 0 ? STEP : STEP / norm;
    }

    private static double[] relative(double[] point, double[] direction) {
        double least = Math.min(1, SMALL * ArrayMath.largest(point));
        double[] relative = new double[point.length];
        for (int j = 0; j < point.length; j++) {
            double scale = Math.max(Math.abs(point[j]), least);
            relative[j] = direction[j] / powerOfTwo(scale != 0 ? scale : 1);
        }
        return relative;
    }

    /** The longest of the steps along a line at which no number moves further, for its size, than one that moves alone. */
    static double stepOfEach(double[] point, double[] direction) {
        double largest = ArrayMath.largest(relative(point, direction));
        return largest == 0 ? STEP : STEP / largest;
    }

    /** The step at which the rounding of values of a magnitude does to a derivative what is allowed. */
    static double stepOfRounding(double magnitude, double allowed) {
        return ROUNDING * magnitude / allowed;
    }

    /** An upper estimate of the value's own error. */
    public double error() {
        return truncation + rounding;
    }

    /** Returns the same value with a larger error. */
    Difference uncertainBy(double more) {
        return new Difference(value, truncation + more, rounding, step);
    }

    /**
     * The same value with the error that is seen when it is taken again.
     *
     * @param again gives it at a step that is a factor longer
     */
    Difference doubted(DoubleUnaryOperator again) {
        double spread = 0;
        for (double factor : AGAIN) {
            spread = Math.max(spread, Math.abs(again.applyAsDouble(factor) - value));
        }
        return uncertainBy(Math.max(0, SPREAD * spread - rounding));
    }

    /** The steps at which a derivative is taken again, in units of its own. */
    static double[] again() {
        return AGAIN.clone();
    }

    /**
     * What rounding may do to a derivative, by what is left of the odd part of the changes when the curve of fifth order
     * that fits best is taken off.
     *
     * @param changes by distances from the point, which are there with both signs
     */
    static double noise(Map<Double, Double> changes, double step) {
        double[] t = changes.keySet().stream().mapToDouble(x -> x).filter(x -> x > 0).toArray();
        double[] odd = Arrays.stream(t).map(x -> (changes.get(x) - changes.get(-x)) / 2).toArray();
        List<double[]> basis = new ArrayList<>();
        for (int power = 1; power <= 5; power += 2) {
            int n = power;
            double[] curve = Arrays.stream(t).map(x -> Math.pow(x / step, n)).toArray();
            basis.forEach(other -> takeOff(other, curve));
            basis.add(ArrayMath.scaled(1 / ArrayMath.norm(curve), curve));
        }
        basis.forEach(curve -> takeOff(curve, odd));
        return NOISE * ArrayMath.largest(odd) / step;
    }

    /** Makes values orthogonal to a curve of length 1. */
    private static void takeOff(double[] curve, double[] values) {
        double part = ArrayMath.dot(curve, values);
        for (int i = 0; i < values.length; i++) {
            values[i] -= part * curve[i];
        }
    }

    public boolean isFinite() {
        return Double.isFinite(value) && Double.isFinite(error());
    }

    /** Tells whether two values of the same derivative differ by no more than their errors allow. */
    boolean agreesWith(Difference other) {
        return Math.abs(value - other.value) <= error() + other.error();
    }

    /**
     * Sums of a function's values at {@code x - 2h, x - h, x, x + h, x + 2h}, weighted and without the values
     * themselves, so that nothing is lost by summing large numbers first.
     */
    public static final class Sums {
        private double near;
        private double far;
        private double bend;
        private double nearCurve;
        private double farCurve;
        private double largestTerm;
        private double squares; // of the terms, in units of the largest
        private double belowChange;
        private double aboveChange;
        private double farBelowChange;
        private double farAboveChange;

        void add(double weight, double farBelow, double below, double center, double above, double farAbove) {
            near += weight * (above - below);
            far += weight * (farAbove - farBelow);
            bend += weight
                    * ((farAbove - center) - (center - farBelow) - 4 * ((above - center) - (center - below)));
            nearCurve += weight * ((above - center) - (center - below));
            farCurve += weight * ((farAbove - center) - (center - farBelow));
            double largest = Math.max(Math.abs(center), Math.max(Math.abs(farBelow), Math.abs(farAbove)));
            addToMagnitude(Math.abs(weight) * largest);
            belowChange += weight * (below - center);
            aboveChange += weight * (above - center);
            farBelowChange += weight * (farBelow - center);
            farAboveChange += weight * (farAbove - center);
        }

        private void addToMagnitude(double term) {
            if (term > largestTerm) {
                double ratio = largestTerm / term;
                squares = 1 + squares * ratio * ratio;
                largestTerm = term;
            } else if (term != 0) {
                double ratio = term / largestTerm;
                squares += ratio * ratio; // NaN stays
            }
        }

        /** Adds the changes at the four places beside the point, by their distance from it. */
        void changes(double step, Map<Double, Double> changes) {
            changes.put(-2 * step, farBelowChange);
            changes.put(-step, belowChange);
            changes.put(step, aboveChange);
            changes.put(2 * step, farAboveChange);
        }

        /** The largest change that a slope does not explain. */
        double unexplained(double slope, double step) {
            double near = Math.max(Math.abs(belowChange + slope * step), Math.abs(aboveChange - slope * step));
            double far =
                    Math.max(Math.abs(farBelowChange + 2 * slope * step), Math.abs(farAboveChange - 2 * slope * step));
            return Math.max(near, far);
        }

        /** Whether the function has the same value at all five places. */
        boolean isFlat() {
            return belowChange == 0 && aboveChange == 0 && farBelowChange == 0 && farAboveChange == 0;
        }

        /** The steepest of the slopes from the point to the four places beside it. */
        double slope(double step) {
            double near = Math.max(Math.abs(belowChange), Math.abs(aboveChange));
            double far = Math.max(Math.abs(farBelowChange), Math.abs(farAboveChange));
            return Math.max(near / step, far / (2 * step));
        }

        /** The magnitude of the weighted function; roundings of its parts are independent, so their squares add up. */
        public double magnitude() {
            return largestTerm * Math.sqrt(squares);
        }

        public Difference difference(double step) {
            double plain = near / (2 * step);
            double value = (8 * near - far) / (12 * step);
            // For a smooth function the bend is h^4 times the fourth derivative. A kink within two steps shows in it or
            // in the two steps' disagreement: a jump of the slope moves the value by at most twice the two together.
            double disagreement = 2 * (Math.abs(value - plain) + Math.abs(bend) / (2 * step));
            return new Difference(value, disagreement, ROUNDING * magnitude() / step, step);
        }

        /** The second derivative, extrapolated from the two steps; what extrapolation takes off bounds its error. */
        Difference second(double step) {
            double plain = nearCurve / (step * step);
            double value = (16 * nearCurve - farCurve) / (12 * step * step);
            return new Difference(
                    value, 2 * Math.abs(value - plain), 4 * ROUNDING * magnitude() / (step * step), step);
        }
    }
}
