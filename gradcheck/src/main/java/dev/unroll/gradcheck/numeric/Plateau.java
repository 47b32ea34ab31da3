package dev.unroll.gradcheck.numeric;

import java.util.function.DoubleUnaryOperator;

/**
 * The surroundings of a point at which a function has one value, up to where it takes others.
 *
 * <p>Beside a kink the function leaves its value gradually, and the slope of 0 is what it is. Values that are rounded
 * within, such as {@code 1e13 + x - 1e13}, leave it in one jump; a slope by which they rise by less than the jump over
 * the plateau is hidden.
 *
 * @param width of the plateau along the line
 * @param jump the largest change right behind its ends
 * @param isStep whether nothing but this one jump is to be seen
 */
record Plateau(double width, double jump, boolean isStep) {
    /** The ends are found to this part of their distance. */
    private static final double EXACT = 0x1p-20;

    /** How much more the hidden slope may rise over the plateau than the jump is high. */
    private static final double JUMP = 16;

    /** A change at an end is a jump if it is not this times larger ... */
    private static final double GRADUAL = 16;
    /** ... behind this part of the distance. */
    private static final double BEHIND = 0x1p-8;

    /**
     * Looks for the ends.
     *
     * @param along how the function changes along the line, by the distance from the point
     * @param flat a distance up to which it does not
     * @param places distances on both sides at which it may have changed, in rising order
     */
    static Plateau of(DoubleUnaryOperator along, double flat, double[] places) {
        Plateau above = side(along, flat, places);
        Plateau below = side(t -> along.applyAsDouble(-t), flat, places);
        boolean isStep = above.isStep && below.isStep && (above.jump == 0 || below.jump == 0);
        return new Plateau(above.width + below.width, Math.max(above.jump, below.jump), isStep);
    }

    private static Plateau side(DoubleUnaryOperator along, double flat, double[] places) {
        double inside = flat;
        for (int i = 0; i < places.length; i++) {
            double change = Math.abs(along.applyAsDouble(places[i]));
            if (!Double.isFinite(change)) {
                break;
            }
            if (change == 0) {
                inside = Math.max(inside, places[i]);
            } else {
                return end(along, inside, places[i], change, i + 1 < places.length ? places[i + 1] : 2 * places[i]);
            }
        }
        return new Plateau(inside, 0, true);
    }

    private static Plateau end(DoubleUnaryOperator along, double from, double to, double change, double further) {
        double inside = from;
        double outside = to;
        double jump = change;
        while (outside - inside > EXACT * outside) {
            double middle = inside + (outside - inside) / 2;
            double there = Math.abs(along.applyAsDouble(middle));
            inside = there == 0 ? middle : inside;
            outside = there == 0 ? outside : middle;
            jump = there == 0 ? jump : there;
        }
        boolean isStep = jump == change && Math.abs(along.applyAsDouble(further)) == change;
        boolean isGradual = !(Math.abs(along.applyAsDouble((1 + BEHIND) * outside)) <= GRADUAL * jump);
        return new Plateau(inside, isGradual ? 0 : jump, isStep);
    }

    /** Tells whether the function may rise by a slope without leaving the plateau. */
    boolean hides(double slope) {
        return slope * width <= JUMP * jump;
    }

    /** Tells whether rounding may hide a slope: the function leaves the plateau in jumps, and not in one alone. */
    boolean isRounded() {
        return jump > 0 && !isStep;
    }
}
