package dev.unroll.gradcheck.subject;

import dev.unroll.gradcheck.input.Input;
import dev.unroll.gradcheck.input.Samplers;
import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.Parameters;
import java.util.List;
import java.util.random.RandomGenerator;

/** An op, of inputs that are drawn from its domain. */
public record OpSource(Op op) implements SubjectSource {
    @Override
    public String name() {
        return op.name();
    }

    @Override
    public List<Input> inputs(RandomGenerator random, int largest) {
        return Samplers.inputs(op, random, largest);
    }

    @Override
    public List<List<Input>> furtherInputs(RandomGenerator random) {
        return List.of(Samplers.wideInputs(op, random), Samplers.largeInputs(op, random));
    }

    @Override
    public void requireSupported(boolean parameters, boolean singlePrecision) {
        TapeSubject.requireSupported(parameters, singlePrecision);
    }

    @Override
    public Subject at(List<Input> inputs, double[][] values, Parameters parameters, ElementType type) {
        return new TapeSubject((tape, in) -> tape.apply(op, in), inputs, values, parameters, type);
    }
}
