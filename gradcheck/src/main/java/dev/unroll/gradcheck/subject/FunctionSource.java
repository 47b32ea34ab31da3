package dev.unroll.gradcheck.subject;

import dev.unroll.gradcheck.finding.Fault.Kind;
import dev.unroll.gradcheck.input.Input;
import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.autograd.Parameters;
import java.util.Arrays;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/**
 * A plain function with the gradient that is claimed for it.
 *
 * @param function of some numbers, with one or more values
 * @param product the vector-Jacobian product of x and the gradient of the values
 * @param claimed what the caller gave for it, as messages name it
 * @param value display name of the values
 * @param x the numbers
 */
public record FunctionSource(
        UnaryOperator<double[]> function, BinaryOperator<double[]> product, String claimed, String value, Input x)
        implements SubjectSource {
    public FunctionSource {
        if (!x.isDifferentiable()) {
            throw new IllegalArgumentException("a plain function is one of real numbers, not of " + x);
        }
    }

    /** A function with one value and its gradient. */
    public static FunctionSource of(ToDoubleFunction<double[]> function, UnaryOperator<double[]> gradient, Input x) {
        return new FunctionSource(
                at -> new double[] {function.applyAsDouble(at)}, (at, u) -> times(gradient.apply(at), u[0]),
                "the gradient", "the value", x);
    }

    /** A function with several values and its Jacobian, a row for each value. */
    public static FunctionSource ofJacobian(
            UnaryOperator<double[]> function, Function<double[], double[][]> jacobian, Input x) {
        return new FunctionSource(
                function, (at, u) -> product(jacobian.apply(at), u, at.length), "the Jacobian", "the values", x);
    }

    private static double[] times(double[] gradient, double factor) {
        return gradient == null ? null : Arrays.stream(gradient).map(g -> factor * g).toArray();
    }

    private static double[] product(double[][] jacobian, double[] u, int columns) {
        if (jacobian == null) {
            return null;
        }
        boolean fits = jacobian.length == u.length;
        for (int k = 0; fits && k < u.length; k++) {
            fits = jacobian[k] != null && jacobian[k].length == columns;
        }
        if (!fits) {
            throw new FaultException(Kind.RETURNS_THE_WRONG_TYPE, "the Jacobian of a function with " + u.length
                    + " values of " + columns + " numbers needs " + u.length + " rows of " + columns + " elements");
        }
        double[] product = new double[columns];
        for (int k = 0; k < u.length; k++) {
            for (int j = 0; u[k] != 0 && j < columns; j++) {
                product[j] += u[k] * jacobian[k][j];
            }
        }
        return product;
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
    public List<List<Input>> furtherInputs(RandomGenerator random) {
        return List.of();
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
        if (!inputs.getFirst().isDifferentiable()) {
            throw new IllegalArgumentException("the numbers of a plain function are no constant");
        }
        return new FunctionSubject(this, values[0]);
    }
}
