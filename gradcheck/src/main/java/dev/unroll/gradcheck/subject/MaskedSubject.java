package dev.unroll.gradcheck.subject;

import java.util.BitSet;
import java.util.Map;

/** A subject of which some elements are left out: they stay at the point, and their gradients count as 0. */
public final class MaskedSubject extends SubjectWrapper {
    private final Map<Integer, BitSet> left;

    /**
     * A subject.
     *
     * @param inner of which elements are left out
     * @param left the elements, by the number of the variable
     */
    public MaskedSubject(Subject inner, Map<Integer, BitSet> left) {
        super(inner);
        this.left = left;
    }

    @Override
    public boolean isChecked(int variable, int element) {
        return !left.containsKey(variable) || !left.get(variable).get(element);
    }

    @Override
    public double[][] outputs(double[][] at) {
        return super.outputs(held(at));
    }

    @Override
    public double[][] gradients(double[][] at, double[][] cotangents) {
        double[][] gradients = super.gradients(held(at), cotangents).clone();
        left.forEach((variable, mask) -> {
            double[] gradient = gradients[variable].clone();
            mask.stream().forEach(j -> gradient[j] = 0);
            gradients[variable] = gradient;
        });
        return gradients;
    }

    private double[][] held(double[][] at) {
        double[][] held = at.clone();
        left.forEach((variable, mask) -> {
            double[] values = held[variable].clone();
            mask.stream().forEach(j -> values[j] = point()[variable][j]);
            held[variable] = values;
        });
        return held;
    }
}
