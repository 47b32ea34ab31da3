package dev.unroll.gradcheck.diagnosis;

import dev.unroll.gradcheck.finding.Comparison;
import dev.unroll.gradcheck.finding.Hint;
import dev.unroll.gradcheck.numeric.ComparedDerivative;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;

/**
 * Finds out why a difference is inconclusive, by taking the line apart into ever smaller pieces around the place where
 * the slope changes most. The change of slope over the piece stays at a kink, shrinks with the piece where the function
 * is smooth, and grows where there is nothing but rounding.
 */
public final class KinkSearch {
    private static final int LEVELS = 8;

    /** Allowed difference of the changes over the last three pieces, relative to the last one. */
    private static final double SAME = 0.1;

    private final DoubleUnaryOperator along;
    private final double[] jumps = new double[LEVELS];
    private double place;
    private double left;
    private double right;

    private KinkSearch(DoubleUnaryOperator along, double step) {
        this.along = along;
        double spacing = step;
        for (int level = 0; level < LEVELS; level++) {
            look(level, spacing);
            spacing /= 2;
        }
    }

    /** Returns why a difference is inconclusive. */
    public static Hint of(Comparison undecided, ComparedDerivative measurement) {
        KinkSearch search = new KinkSearch(measurement.along(), measurement.step());
        if (search.isKink()) {
            return new Hint(Hint.Kind.KINK, String.format(
                    Locale.ROOT, "a kink is near: %.1e beside the point the slope changes from %.6g to %.6g",
                    Math.abs(search.place), search.left, search.right), undecided);
        }
        return new Hint(Hint.Kind.ILL_CONDITIONED, Double.isFinite(undecided.differenceError())
                ? "the function is ill-conditioned here: the difference is uncertain by " + String.format(
                        Locale.ROOT, "%.1e", undecided.differenceError())
                        + ", since the function bends too much within a step, or is large or inexact for what it changes"
                : "the function is not finite beside the point", undecided);
    }

    /** Five places; the next look is around the inner one at which the slope changes most. */
    private void look(int level, double spacing) {
        double[] slopes = new double[4];
        double before = along.applyAsDouble(place - 2 * spacing);
        for (int i = 0; i < 4; i++) {
            double next = along.applyAsDouble(place + (i - 1) * spacing);
            slopes[i] = (next - before) / spacing;
            before = next;
        }
        left = slopes[0];
        right = slopes[3];
        jumps[level] = right - left;
        int most = 1;
        for (int i = 1; i <= 3; i++) {
            if (Math.abs(slopes[i] - slopes[i - 1]) > Math.abs(slopes[most] - slopes[most - 1])) {
                most = i;
            }
        }
        place += (most - 2) * spacing;
    }

    private boolean isKink() {
        double last = jumps[LEVELS - 1];
        boolean stays = last != 0;
        for (int level = LEVELS - 3; level < LEVELS; level++) {
            stays &= Math.abs(jumps[level] - last) <= SAME * Math.abs(last);
        }
        return stays;
    }
}
