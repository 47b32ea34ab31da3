package dev.unroll.gradcheck.mutation;

import dev.unroll.gradcheck.subject.NamedShape;
import dev.unroll.gradcheck.subject.Subject;
import dev.unroll.gradcheck.subject.SubjectWrapper;

/** A subject whose gradient of one variable is changed. */
final class ChangedSubject extends SubjectWrapper {
    private final GradientChange change;

    ChangedSubject(Subject right, GradientChange change) {
        super(right);
        this.change = change;
    }

    @Override
    public double[][] gradients(double[][] at, double[][] cotangents) {
        double[][] changed = cotangents.clone();
        boolean same = true;
        for (int o = 0; o < changed.length; o++) {
            if (changed[o] != null) {
                Matrix delta = matrix(outputShapes().get(o), cotangents[o]);
                changed[o] = change.delta().change(o, delta).values();
                same &= changed[o] == delta.values();
            }
        }
        double[][] gradients = super.gradients(at, cotangents).clone();
        int variable = change.variable();
        double[] gradient = same ? gradients[variable] : super.gradients(at, changed)[variable];
        gradients[variable] = change.gradient().change(matrix(variables().get(variable), gradient)).values();
        return gradients;
    }

    private static Matrix matrix(NamedShape shape, double[] values) {
        return Matrix.of(shape.shape(), values);
    }
}
