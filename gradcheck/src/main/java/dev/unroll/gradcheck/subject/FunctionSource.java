package dev.unroll.gradcheck.subject;

import dev.unroll.gradcheck.input.Input;
import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.autograd.Parameters;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/** A plain function with the gradient that is claimed for it. */
public record FunctionSource(ToDoubleFunction<double[]> function, UnaryOperator<double[]> gradient, Input x)
        implements SubjectSource {
    public FunctionSource {
        if (!x.isDifferentiable()) {
            throw new IllegalArgumentException("a plain function is one of real numbers, not of " + x);
        }
    }

    @Override
    public String name() {
        return "a function";
    }

    @Override
    public List<Input> inputs(RandomGenerator random, int largest) {
        return List.of(x);
    }

    @Override
    public void requireSupported(boolean parameters, boolean singlePrecision) {
        if (parameters || singlePrecision) {
            throw new IllegalArgumentException(
                    "a plain function computes in double and has neither parameters nor kernels of single precision;"
                            + " leave parameters(...) and singlePrecision() out");
        }
    }

    @Override
    public Subject at(List<Input> inputs, double[][] values, Parameters parameters, ElementType type) {
        return new FunctionSubject(function, gradient, x, values[0]);
    }
}
