package dev.unroll.gradcheck.mutation;

import dev.unroll.gradcheck.subject.NamedShape;
import dev.unroll.gradcheck.subject.Subject;
import dev.unroll.rnn.autograd.Domain;
import dev.unroll.rnn.autograd.Op;
import java.util.ArrayList;
import java.util.List;

/**
 * A change of the gradient that a subject claims for one of its variables: how it is wrong, and of what.
 *
 * @param variable whose gradient is wrong
 * @param text says what is wrong with it, after the name of the variable
 * @param delta what becomes of the gradient of an output on the way
 * @param gradient what becomes of the gradient
 */
public record GradientChange(int variable, String text, OfDelta delta, OfGradient gradient) {
    /** A change of the gradient of an output. */
    @FunctionalInterface
    public interface OfDelta {
        Matrix change(int output, Matrix right);
    }

    /** A change of the gradient of a variable. */
    @FunctionalInterface
    public interface OfGradient {
        Matrix change(Matrix right);
    }

    /** Returns a change that makes a whole gradient too large by a part of it. */
    public static GradientChange ofScale(int variable, double part) {
        return new GradientChange(variable, "", (_, right) -> right, right -> right.times(1 + part));
    }

    /** Returns a change of one element by a part of the gradient's root mean square. */
    public static GradientChange ofElement(int variable, double part) {
        return new GradientChange(variable, "", (_, right) -> right, right -> right.withElementOff(part));
    }

    /** Returns all mutations of gradients of a subject that ran forward before. */
    public static List<GradientChange> of(Subject subject) {
        List<NamedShape> variables = subject.variables();
        int outputs = subject.outputShapes().size();
        List<Domain> domain = variables.stream()
                .map(variable -> Domain.real(variable.shape().length > 1 ? "m n" : "m"))
                .toList();
        Op shapes = new Op("a function", domain, _ -> {}, _ -> {});
        List<GradientChange> all = new ArrayList<>();
        for (Mutation mutation : Mutation.values()) {
            for (int i = 0; mutation.isOfGradients() && i < variables.size(); i++) {
                for (int part : mutation.parts(shapes, outputs, i)) {
                    all.add(new GradientChange(i, mutation.text(part),
                            (output, right) -> mutation.delta(output, part, right), mutation::gradient));
                }
            }
        }
        return all;
    }
}
