package dev.unroll.gradcheck.subject;

import java.util.BitSet;
import java.util.Map;

/**
 * Elements of the variables of a subject that are left out of a check.
 *
 * @param left the elements, by the number of the variable
 */
public record Mask(Map<Integer, BitSet> left) {
    static final Mask NONE = new Mask(Map.of());

    boolean isLeft(int variable, int element) {
        return left.containsKey(variable) && left.get(variable).get(element);
    }

    /** Tells whether elements of a variable are left out. */
    boolean has(int variable) {
        return left.containsKey(variable) && !left.get(variable).isEmpty();
    }

    /** Returns arrays that have 0 where elements are left out; the rest of each is shared or copied. */
    double[][] zeroed(double[][] gradients) {
        return replaced(gradients, new double[gradients.length][]);
    }

    /** Returns arrays that have the elements of the point where those are left out. */
    double[][] held(double[][] at, double[][] point) {
        return replaced(at, point);
    }

    /** A null array of the others stands for zeros. */
    private double[][] replaced(double[][] arrays, double[][] others) {
        double[][] replaced = arrays.clone();
        left.forEach((variable, mask) -> {
            double[] array = replaced[variable].clone();
            double[] other = others[variable];
            mask.stream().forEach(j -> array[j] = other == null ? 0 : other[j]);
            replaced[variable] = array;
        });
        return replaced;
    }
}
