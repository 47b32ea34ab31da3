package dev.unroll.gradcheck.mutation;

import dev.unroll.gradcheck.input.Input;
import dev.unroll.gradcheck.subject.Subject;
import dev.unroll.gradcheck.subject.SubjectSource;
import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.autograd.Parameters;
import java.util.List;
import java.util.random.RandomGenerator;

/** The source of a subject whose gradients are changed; inputs and everything else are those of the right one. */
public record ChangedSource(SubjectSource right, GradientChange change) implements SubjectSource {
    @Override
    public String name() {
        return right.name();
    }

    @Override
    public List<Input> inputs(RandomGenerator random, int largest) {
        return right.inputs(random, largest);
    }

    @Override
    public List<List<Input>> furtherInputs(RandomGenerator random) {
        return right.furtherInputs(random);
    }

    @Override
    public void requireSupported(boolean parameters, boolean singlePrecision) {
        right.requireSupported(parameters, singlePrecision);
    }

    @Override
    public Subject at(List<Input> inputs, double[][] values, Parameters parameters, ElementType type) {
        return new ChangedSubject(right.at(inputs, values, parameters, type), change);
    }
}
