package dev.unroll.gradcheck.subject;

import dev.unroll.gradcheck.input.Input;
import dev.unroll.gradcheck.input.TapeFunction;
import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.autograd.Parameters;
import java.util.List;
import java.util.random.RandomGenerator;

/** A function on a tape, of certain inputs. */
public record TapeSource(String name, TapeFunction function, List<Input> given) implements SubjectSource {
    @Override
    public List<Input> inputs(RandomGenerator random, int largest) {
        return given;
    }

    @Override
    public List<List<Input>> furtherInputs(RandomGenerator random) {
        return List.of();
    }

    @Override
    public void requireSupported(boolean parameters, boolean singlePrecision) {
        TapeSubject.requireSupported(parameters, singlePrecision);
    }

    @Override
    public Subject at(List<Input> inputs, double[][] values, Parameters parameters, ElementType type) {
        return new TapeSubject(function, inputs, values, parameters, type);
    }
}
