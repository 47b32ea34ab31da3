package dev.unroll.gradcheck;

import java.util.Locale;

/**
 * How much a derivative may differ from the difference that it is compared with, besides the difference's own error and
 * the rounding within backward.
 *
 * @param unit that the amount is counted in
 * @param amount at least 0
 */
public record Tolerance(Unit unit, double amount) {
    /** The units of a tolerance. */
    public enum Unit {
        /** Units in the last place (2^-52 times) of the largest gradient of the same input. */
        ULPS,
        /** The numbers of the derivative. */
        ABSOLUTE
    }

    /** The default: nothing besides the two errors. */
    public static final Tolerance DEFAULT = ulps(0);

    /** Refuses what is no tolerance. */
    public Tolerance {
        if (unit == null) {
            throw new IllegalArgumentException("Tolerance: unit is null");
        }
        if (!(amount >= 0 && amount <= Double.MAX_VALUE)) {
            throw new IllegalArgumentException("a tolerance is finite and at least 0, not " + amount);
        }
    }

    /**
     * Returns a tolerance that grows with the scale of what is judged.
     *
     * @param count of units in the last place of the scale
     * @return the tolerance
     */
    public static Tolerance ulps(double count) {
        return new Tolerance(Unit.ULPS, count);
    }

    /**
     * Returns a tolerance that is the same for all derivatives.
     *
     * @param amount in numbers of the derivative
     * @return the tolerance
     */
    public static Tolerance absolute(double amount) {
        return new Tolerance(Unit.ABSOLUTE, amount);
    }

    /**
     * Returns the allowed difference.
     *
     * @param scale of the derivative, such as the largest of its kind
     * @return the amount, for ulps times 2^-52 of the scale
     */
    public double of(double scale) {
        return unit == Unit.ABSOLUTE ? amount : amount * 0x1p-52 * Math.abs(scale);
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.3g%s", amount, unit == Unit.ULPS ? " ulps" : "");
    }
}
