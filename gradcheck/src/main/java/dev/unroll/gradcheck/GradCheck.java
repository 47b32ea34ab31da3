package dev.unroll.gradcheck;

import dev.unroll.gradcheck.finding.Comparison;
import dev.unroll.gradcheck.finding.Fault;
import dev.unroll.gradcheck.input.Input;
import dev.unroll.gradcheck.input.TapeFunction;
import dev.unroll.gradcheck.subject.FunctionSource;
import dev.unroll.gradcheck.subject.OpSource;
import dev.unroll.gradcheck.subject.TapeSource;
import dev.unroll.rnn.autograd.CellOps;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.internal.Nulls;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;

/**
 * Checks gradients: those computed by backward must agree with central differences, all in f64.
 *
 * <pre>{@code
 * GradCheck.check((tape, x, w) -> tape.sigmoid(tape.matmul(x, w)), shape(3, 4), shape(4, 2));
 * GradCheck.check(CellOps.LSTM);
 * GradCheck.check(model.parameters(), tape -> loss(tape));
 * GradCheck.check(KernelPair.of(forward, backward).output(3, 2), shape(3, 4), shape(4, 2));
 * GradCheck.check(x -> x[0] * x[1], x -> new double[] {x[1], x[0]}, 2.0, 3.0);
 * Result result = GradCheck.of(CellOps.GRU).sizesUpTo(40).mode(Mode.PROJECTED).seed(7).run();
 * }</pre>
 *
 * <p>Every derivative is judged by itself: it is wrong if it differs from the difference by more than the estimate of
 * the difference's own error and the rounding within backward. Steps are relative to the number that is moved and as
 * long as suits the function, and what looks wrong is measured again at all others before it is called so. Where the
 * errors are not small beside the derivative (at a kink, or where the function is large for what it changes, flat, or
 * ill-conditioned) it is undecided, and other inputs are drawn; where none can be drawn the check fails and says so. A
 * derivative need not be judged if an error that is not seen would be below {@value #TOLERANCE} of the largest. Every
 * check also asks that the function gives the same bits again, writes to none of its inputs, adds to gradients that are
 * there, gives none to constants, takes inputs whose rows have gaps between them, that its backward is linear in the
 * gradients of the outputs, and that all is finite. A function that fails one of these, or throws, is wrong: a
 * {@link Fault} in the result names it.
 *
 * <p>The methods {@code check} log the notes of a result, such as what a projected check cannot see, at the level INFO of
 * the logger {@code dev.unroll.gradcheck}.
 */
public final class GradCheck {
    /** Errors below this part of the largest gradient, each times the size of its input, need not be seen. */
    public static final double TOLERANCE = Comparison.NEGLIGIBLE;

    private static final System.Logger LOGGER = System.getLogger("dev.unroll.gradcheck");

    private GradCheck() {}

    /**
     * An input of real numbers that are drawn; short for {@link Input#shape}.
     *
     * @param sizes all positive
     * @return an input that gets a gradient
     */
    public static Input shape(long... sizes) {
        return Input.shape(sizes);
    }

    /**
     * An input of ids that are drawn; short for {@link Input#ids}.
     *
     * @param limit every id is below it
     * @param sizes all positive
     * @return an input that gets no gradient
     */
    public static Input ids(int limit, long... sizes) {
        return Input.ids(limit, sizes);
    }

    /**
     * Checks a function of one input.
     *
     * @param function to be checked
     * @param a its input
     * @return the result
     * @throws AssertionError if the gradient is wrong or cannot be judged, with a report for a person
     */
    public static Result check(TapeFunction.Of1 function, Input a) {
        return passed(of(function, a).run());
    }

    /**
     * Checks a function of two inputs.
     *
     * @param function to be checked
     * @param a its first input
     * @param b its second input
     * @return the result
     * @throws AssertionError if the gradient is wrong or cannot be judged, with a report for a person
     */
    public static Result check(TapeFunction.Of2 function, Input a, Input b) {
        return passed(of(function, a, b).run());
    }

    /**
     * Checks a function of three inputs.
     *
     * @param function to be checked
     * @param a its first input
     * @param b its second input
     * @param c its third input
     * @return the result
     * @throws AssertionError if the gradient is wrong or cannot be judged, with a report for a person
     */
    public static Result check(TapeFunction.Of3 function, Input a, Input b, Input c) {
        return passed(of(function, a, b, c).run());
    }

    /**
     * Checks a function of four inputs.
     *
     * @param function to be checked
     * @param a its first input
     * @param b its second input
     * @param c its third input
     * @param d its fourth input
     * @return the result
     * @throws AssertionError if the gradient is wrong or cannot be judged, with a report for a person
     */
    public static Result check(TapeFunction.Of4 function, Input a, Input b, Input c, Input d) {
        return passed(of(function, a, b, c, d).run());
    }

    /**
     * Checks an op, of the table or a user's own, at inputs that are drawn from its domain.
     *
     * @param op to be checked
     * @return the result
     * @throws AssertionError if a gradient is wrong or cannot be judged, with a report for a person
     */
    public static Result check(Op op) {
        return passed(of(op).run());
    }

    /**
     * Checks the gradients of all parameters of a model.
     *
     * @param parameters of F64; their values and gradients are as before afterwards
     * @param function that uses them, such as the loss of a model on a batch
     * @return the result
     * @throws AssertionError if a gradient is wrong or cannot be judged, with a report for a person
     */
    public static Result check(Parameters parameters, TapeFunction.Of0 function) {
        return passed(of(parameters, function).run());
    }

    /**
     * Checks two kernels without an op around them.
     *
     * @param pair forward and backward
     * @param inputs of the kernels
     * @return the result
     * @throws AssertionError if a gradient is wrong or cannot be judged, with a report for a person
     */
    public static Result check(KernelPair pair, Input... inputs) {
        return passed(of(pair, inputs).run());
    }

    /**
     * Checks a plain function and the gradient that it claims to have.
     *
     * @param function of some numbers
     * @param gradient gives, for the same numbers, as many derivatives
     * @param x where the two are checked
     * @return the result
     * @throws AssertionError if the gradient is wrong or cannot be judged, with a report for a person
     */
    public static Result check(ToDoubleFunction<double[]> function, UnaryOperator<double[]> gradient, double... x) {
        return passed(of(function, gradient, Input.of(require("x", x), x.length)).run());
    }

    /**
     * A check of a function of one input, to be {@linkplain CheckBuilder#run() run}.
     *
     * @param function to be checked
     * @param a its input
     * @return a builder
     */
    public static CheckBuilder of(TapeFunction.Of1 function, Input a) {
        require("function", function);
        return ofAll((tape, in) -> outputs(function.apply(tape, in[0])), a);
    }

    /**
     * A check of a function of two inputs, to be {@linkplain CheckBuilder#run() run}.
     *
     * @param function to be checked
     * @param a its first input
     * @param b its second input
     * @return a builder
     */
    public static CheckBuilder of(TapeFunction.Of2 function, Input a, Input b) {
        require("function", function);
        return ofAll((tape, in) -> outputs(function.apply(tape, in[0], in[1])), a, b);
    }

    /**
     * A check of a function of three inputs, to be {@linkplain CheckBuilder#run() run}.
     *
     * @param function to be checked
     * @param a its first input
     * @param b its second input
     * @param c its third input
     * @return a builder
     */
    public static CheckBuilder of(TapeFunction.Of3 function, Input a, Input b, Input c) {
        require("function", function);
        return ofAll((tape, in) -> outputs(function.apply(tape, in[0], in[1], in[2])), a, b, c);
    }

    /**
     * A check of a function of four inputs, to be {@linkplain CheckBuilder#run() run}.
     *
     * @param function to be checked
     * @param a its first input
     * @param b its second input
     * @param c its third input
     * @param d its fourth input
     * @return a builder
     */
    public static CheckBuilder of(TapeFunction.Of4 function, Input a, Input b, Input c, Input d) {
        require("function", function);
        return ofAll((tape, in) -> outputs(function.apply(tape, in[0], in[1], in[2], in[3])), a, b, c, d);
    }

    /**
     * A check of a function of any inputs with any outputs, to be {@linkplain CheckBuilder#run() run}.
     *
     * @param function to be checked
     * @param inputs of it
     * @return a builder
     */
    public static CheckBuilder ofAll(TapeFunction function, Input... inputs) {
        require("function", function);
        return new CheckBuilder(
                new TapeSource("a function", function, List.of(Nulls.requireAll("GradCheck.of", "inputs", inputs))));
    }

    /**
     * A check of an op at inputs that are drawn from its domain, to be {@linkplain CheckBuilder#run() run}.
     *
     * @param op to be checked
     * @return a builder
     */
    public static CheckBuilder of(Op op) {
        require("op", op);
        return new CheckBuilder(new OpSource(op));
    }

    /**
     * A check of the gradients of all parameters of a model, to be {@linkplain CheckBuilder#run() run}.
     *
     * @param parameters of F64; their values and gradients are as before afterwards
     * @param function that uses them, such as the loss of a model on a batch
     * @return a builder
     * @throws IllegalArgumentException if the parameters have no memory yet, or are not of F64
     */
    public static CheckBuilder of(Parameters parameters, TapeFunction.Of0 function) {
        require("function", function);
        return ofAll((tape, _) -> outputs(function.apply(tape))).parameters(parameters);
    }

    /**
     * A check of two kernels without an op around them, to be {@linkplain CheckBuilder#run() run}.
     *
     * @param pair forward and backward
     * @param inputs of the kernels
     * @return a builder
     * @throws IllegalArgumentException if the pair has no output
     */
    public static CheckBuilder of(KernelPair pair, Input... inputs) {
        Op op = require("pair", pair).op(List.of(Nulls.requireAll("GradCheck.of", "inputs", inputs)));
        return new CheckBuilder(new TapeSource("a kernel pair", (tape, in) -> tape.apply(op, in), List.of(inputs)));
    }

    /**
     * A check of a plain function and the gradient that it claims to have, to be {@linkplain CheckBuilder#run() run}.
     *
     * @param function of some numbers
     * @param gradient gives, for the same numbers, as many derivatives
     * @param x where the two are checked, or a shape for which that is drawn
     * @return a builder
     * @throws IllegalArgumentException if the input is one that gets no gradient
     */
    public static CheckBuilder of(ToDoubleFunction<double[]> function, UnaryOperator<double[]> gradient, Input x) {
        require("function", function);
        require("gradient", gradient);
        return new CheckBuilder(FunctionSource.of(function, gradient, require("x", x)));
    }

    /**
     * A check of a plain function with several values and the Jacobian that it claims to have, to be
     * {@linkplain CheckBuilder#run() run}.
     *
     * @param function of some numbers
     * @param jacobian gives, for the same numbers, a row of as many derivatives for each value
     * @param x where the two are checked, or a shape for which that is drawn
     * @return a builder
     * @throws IllegalArgumentException if the input is one that gets no gradient
     */
    public static CheckBuilder ofJacobian(
            UnaryOperator<double[]> function, Function<double[], double[][]> jacobian, Input x) {
        require("function", function);
        require("jacobian", jacobian);
        return new CheckBuilder(FunctionSource.ofJacobian(function, jacobian, require("x", x)));
    }

    /**
     * A check of a plain function with several values and the vector-Jacobian product that it claims to have, to be
     * {@linkplain CheckBuilder#run() run}.
     *
     * @param function of some numbers
     * @param product gives, for the same numbers and the gradient of each value, as many derivatives as numbers
     * @param x where the two are checked, or a shape for which that is drawn
     * @return a builder
     * @throws IllegalArgumentException if the input is one that gets no gradient
     */
    public static CheckBuilder ofVectorJacobianProduct(
            UnaryOperator<double[]> function, BinaryOperator<double[]> product, Input x) {
        return new CheckBuilder(new FunctionSource(require("function", function), require("product", product),
                "the vector-Jacobian product", "the values", require("x", x)));
    }

    /** Fails unless the verdict is right; what the notes say is logged, since callers seldom look at the result. */
    private static Result passed(Result result) {
        if (result.orThrow().notes().isEmpty()) {
            return result;
        }
        LOGGER.log(System.Logger.Level.INFO, result.toString());
        return result;
    }

    private static <T> T require(String parameter, T argument) {
        return Nulls.require("GradCheck.of", parameter, argument);
    }

    private static Variable[] outputs(Variable output) {
        return new Variable[] {output};
    }
}
