package dev.unroll.gradcheck.subject;

import dev.unroll.gradcheck.util.ArrayMath;
import dev.unroll.kernels.ElementType;
import java.util.Arrays;

/**
 * How far two runs may be apart that compute the same with other roundings, such as sums in another order. That is
 * relative to the terms that were summed, whatever their scale is; a fault is of the order of a term.
 *
 * <p>Terms of a gradient are about as large as the largest gradient by the same variable for several cotangents. Where
 * they cancel for all of these, as behind a normalization of one column, they are about as large as the outputs are
 * beside the inputs. Where they cancel within the function, its roundings show when cotangents are scaled.
 */
final class Roundings {
    /** Allowed of the largest term, in roundings of it. */
    private static final double OF_TERMS = 0x1p20;

    /** The same in single precision, of which fewer are left. */
    private static final double OF_TERMS_F32 = 0x1p13;

    /** Roundings of outputs beside inputs, and of factors of about 1. */
    private static final double OF_FACTORS = 64;

    /** Allowed of what was seen to be rounding, but no more than this part of the gradient. */
    private static final double SEEN = 16;

    private static final double MOST_SEEN = 1e-5;

    private final double rounding;
    private final double ofTerms;
    private final double point;
    private final double[] gradients;
    private final double[] seen;
    private double natural;

    /** Roundings of runs, of which equal ones may differ by a part of the largest element. */
    Roundings(ElementType type, double[][] point, double nondeterminism) {
        this(type == ElementType.F64 ? 0x1p-53 : 0x1p-24,
                (type == ElementType.F64 ? OF_TERMS * 0x1p-53 : OF_TERMS_F32 * 0x1p-24) + 2 * nondeterminism, point);
    }

    private Roundings(double rounding, double ofTerms, double[][] point) {
        this.rounding = rounding;
        this.ofTerms = ofTerms;
        double largest = largest(point);
        this.point = largest == 0 ? 1 : largest;
        gradients = new double[point.length];
        seen = new double[point.length];
    }

    /** Returns the roundings of runs at another point. */
    Roundings at(double[][] other) {
        return new Roundings(rounding, ofTerms, other);
    }

    /** Takes the outputs and gradients of a run into account, the cotangents being of order 1. */
    void add(double[][] outputs, double[][] ofVariables) {
        natural = Math.max(natural, largest(outputs) / point);
        add(ofVariables);
    }

    void add(double[][] ofVariables) {
        Arrays.setAll(gradients, s -> Math.max(gradients[s], ArrayMath.largest(ofVariables[s])));
    }

    /** Takes into account how far two gradients are apart that differ by roundings alone, unless they are wrong. */
    void see(double[][] one, double[][] other) {
        for (int s = 0; s < seen.length; s++) {
            for (int j = 0; j < one[s].length; j++) {
                seen[s] = Math.max(seen[s], Math.abs(one[s][j] - other[s][j]));
            }
        }
    }

    /** The size of the largest gradient by a variable so far. */
    double largest(int variable) {
        return gradients[variable];
    }

    /** Allowed for a gradient of the same forward computations. */
    double ofGradient(int variable) {
        return ofTerms * gradients[variable] + OF_FACTORS * rounding * natural
                + Math.min(SEEN * seen[variable], MOST_SEEN * gradients[variable]);
    }

    /** Allowed for a gradient whose forward computations may be rounded in another way: factors such as 1 - y^2 too. */
    double ofOtherGradient(int variable) {
        return ofGradient(variable) + OF_FACTORS / 4 * rounding;
    }

    /** Allowed for an output. */
    double ofOutput(double[] output) {
        return ofTerms * ArrayMath.largest(output) + OF_FACTORS / 4 * rounding * Math.min(1, point);
    }

    static double largest(double[][] values) {
        return Arrays.stream(values).mapToDouble(ArrayMath::largest).max().orElse(0);
    }
}
