package dev.unroll.gradcheck;

import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Variable;
import java.util.List;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * Checks a gradient: what backward gives must agree with central differences, all in f64.
 *
 * <pre>{@code
 * GradCheck.check((tape, x, w) -> tape.sigmoid(tape.matmul(x, w)), shape(3, 4), shape(4, 2));
 * GradCheck.check(Ops.LSTM);
 * GradCheck.check(model.parameters(), tape -> loss(tape));
 * Result result = GradCheck.of(Ops.GRU).sizesUpTo(40).mode(Mode.PROJECTED).seed(7).run();
 * }</pre>
 *
 * <p>Two derivatives agree if they differ by at most {@value #TOLERANCE} of the largest gradient of the same input,
 * and the estimate of the difference's own error. Where that error is too large for a judgement (at a kink) other
 * inputs are drawn; where none can be drawn the check fails and says so. Every check also asks that the function
 * gives the same bits again, writes to none of its inputs, adds to gradients that are there, gives none to constants,
 * and that all is finite.
 */
public final class GradCheck {
    /** How far two derivatives may lie apart, relative to the largest. */
    public static final double TOLERANCE = 1e-8;

    /** How often inputs are drawn again after a kink. */
    private static final int DRAWS = 20;

    /** With more input and output elements than these together the projected check is the one that is chosen. */
    private static final int FULL_LIMIT = 400;

    private final TapeFunction function;
    private final Function<RandomGenerator, List<Input>> inputs;
    private Parameters parameters = new Parameters();
    private String name = "a function";
    private long seed = 1;
    private Mode mode;
    private int directions = 4;
    private int largestSize = 4;

    private GradCheck(TapeFunction function, List<Input> inputs) {
        this.function = function;
        this.inputs = _ -> inputs;
    }

    private GradCheck(Op op) {
        function = (tape, in) -> tape.apply(op, in);
        inputs = random -> Samplers.inputs(op, random, largestSize);
        name = op.name();
    }

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
     * @return what was found
     * @throws AssertionError if the gradient is wrong or cannot be judged, with all that a person needs to know
     */
    public static Result check(TapeFunction.Of1 function, Input a) {
        return of(function, a).run().orThrow();
    }

    /**
     * Checks a function of two inputs.
     *
     * @param function to be checked
     * @param a its first input
     * @param b its second input
     * @return what was found
     * @throws AssertionError if the gradient is wrong or cannot be judged, with all that a person needs to know
     */
    public static Result check(TapeFunction.Of2 function, Input a, Input b) {
        return of(function, a, b).run().orThrow();
    }

    /**
     * Checks a function of three inputs.
     *
     * @param function to be checked
     * @param a its first input
     * @param b its second input
     * @param c its third input
     * @return what was found
     * @throws AssertionError if the gradient is wrong or cannot be judged, with all that a person needs to know
     */
    public static Result check(TapeFunction.Of3 function, Input a, Input b, Input c) {
        return of(function, a, b, c).run().orThrow();
    }

    /**
     * Checks a function of four inputs.
     *
     * @param function to be checked
     * @param a its first input
     * @param b its second input
     * @param c its third input
     * @param d its fourth input
     * @return what was found
     * @throws AssertionError if the gradient is wrong or cannot be judged, with all that a person needs to know
     */
    public static Result check(TapeFunction.Of4 function, Input a, Input b, Input c, Input d) {
        return of(function, a, b, c, d).run().orThrow();
    }

    /**
     * Checks an op, of the table or a user's own, at inputs that are drawn from its domain.
     *
     * @param op to be checked
     * @return what was found
     * @throws AssertionError if a gradient is wrong or cannot be judged, with all that a person needs to know
     */
    public static Result check(Op op) {
        return of(op).run().orThrow();
    }

    /**
     * Checks the gradients of all parameters of a model.
     *
     * @param parameters of F64; their values and gradients are as before afterwards
     * @param function that uses them, such as the loss of a model on a batch
     * @return what was found
     * @throws AssertionError if a gradient is wrong or cannot be judged, with all that a person needs to know
     */
    public static Result check(Parameters parameters, TapeFunction.Of0 function) {
        return of(parameters, function).run().orThrow();
    }

    /**
     * A check of a function of one input, to be {@linkplain #run() run}.
     *
     * @param function to be checked
     * @param a its input
     * @return what else may be chosen
     */
    public static GradCheck of(TapeFunction.Of1 function, Input a) {
        return ofAll((tape, in) -> outputs(function.apply(tape, in[0])), a);
    }

    /**
     * A check of a function of two inputs, to be {@linkplain #run() run}.
     *
     * @param function to be checked
     * @param a its first input
     * @param b its second input
     * @return what else may be chosen
     */
    public static GradCheck of(TapeFunction.Of2 function, Input a, Input b) {
        return ofAll((tape, in) -> outputs(function.apply(tape, in[0], in[1])), a, b);
    }

    /**
     * A check of a function of three inputs, to be {@linkplain #run() run}.
     *
     * @param function to be checked
     * @param a its first input
     * @param b its second input
     * @param c its third input
     * @return what else may be chosen
     */
    public static GradCheck of(TapeFunction.Of3 function, Input a, Input b, Input c) {
        return ofAll((tape, in) -> outputs(function.apply(tape, in[0], in[1], in[2])), a, b, c);
    }

    /**
     * A check of a function of four inputs, to be {@linkplain #run() run}.
     *
     * @param function to be checked
     * @param a its first input
     * @param b its second input
     * @param c its third input
     * @param d its fourth input
     * @return what else may be chosen
     */
    public static GradCheck of(TapeFunction.Of4 function, Input a, Input b, Input c, Input d) {
        return ofAll((tape, in) -> outputs(function.apply(tape, in[0], in[1], in[2], in[3])), a, b, c, d);
    }

    /**
     * A check of a function of any inputs with any outputs, to be {@linkplain #run() run}.
     *
     * @param function to be checked
     * @param inputs of it
     * @return what else may be chosen
     */
    public static GradCheck ofAll(TapeFunction function, Input... inputs) {
        return new GradCheck(function, List.of(inputs));
    }

    /**
     * A check of an op at inputs that are drawn from its domain, to be {@linkplain #run() run}.
     *
     * @param op to be checked
     * @return what else may be chosen
     */
    public static GradCheck of(Op op) {
        return new GradCheck(op);
    }

    /**
     * A check of the gradients of all parameters of a model, to be {@linkplain #run() run}.
     *
     * @param parameters of F64; their values and gradients are as before afterwards
     * @param function that uses them, such as the loss of a model on a batch
     * @return what else may be chosen
     * @throws IllegalArgumentException if the parameters have no memory yet, or are not of F64
     */
    public static GradCheck of(Parameters parameters, TapeFunction.Of0 function) {
        return ofAll((tape, _) -> outputs(function.apply(tape))).parameters(parameters);
    }

    private static Variable[] outputs(Variable output) {
        return new Variable[] {output};
    }

    /**
     * Checks the gradients of parameters that the function uses too.
     *
     * @param used of F64; their values and gradients are as before afterwards
     * @return this
     * @throws IllegalArgumentException if the parameters have no memory yet, or are not of F64
     */
    public GradCheck parameters(Parameters used) {
        if (used.values() == null || used.values().type() != ElementType.F64) {
            throw new IllegalArgumentException(
                    "gradients of parameters are checked in F64; build the model with type(ElementType.F64)");
        }
        parameters = used;
        return this;
    }

    /**
     * What messages call the function.
     *
     * @param text its name
     * @return this
     */
    public GradCheck named(String text) {
        name = text;
        return this;
    }

    /**
     * The seed of everything that is drawn; without this call 1.
     *
     * @param number any
     * @return this
     */
    public GradCheck seed(long number) {
        seed = number;
        return this;
    }

    /**
     * How to compare; without this call the full Jacobian for small sizes and else projected.
     *
     * @param chosen the mode
     * @return this
     */
    public GradCheck mode(Mode chosen) {
        mode = chosen;
        return this;
    }

    /**
     * How many random directions {@link Mode#PROJECTED} compares; without this call 4.
     *
     * @param count at least 1
     * @return this
     */
    public GradCheck directions(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("a projected check needs at least 1 direction, not " + count);
        }
        directions = count;
        return this;
    }

    /**
     * The largest size that is drawn for a letter of an op's domain; without this call 4.
     *
     * @param largest at least 1
     * @return this
     */
    public GradCheck sizesUpTo(int largest) {
        if (largest < 1) {
            throw new IllegalArgumentException("the largest size must be at least 1, not " + largest);
        }
        largestSize = largest;
        return this;
    }

    /**
     * Runs the check.
     *
     * @return what was found; {@link Result#orThrow()} makes a failure of it
     */
    public Result run() {
        RandomGenerator random = Samplers.random(seed);
        for (int draw = 1;; draw++) {
            List<Input> drawn = inputs.apply(random);
            Result result = run(drawn, random, draw);
            boolean mayDraw = draw < DRAWS && drawn.stream().anyMatch(Input::isDrawn);
            if (result.verdict() != Result.Verdict.UNDECIDED || !mayDraw) {
                return result;
            }
        }
    }

    private Result run(List<Input> drawn, RandomGenerator random, int draw) {
        double[][] values = drawn.stream().map(input -> input.values(random)).toArray(double[][]::new);
        try (TapeSubject subject = new TapeSubject(function, drawn, values, parameters, ElementType.F64)) {
            List<String> faults = new TapeConditions(subject, random).check();
            Mode chosen = mode == null ? fitting(subject) : mode;
            Tally tally = new Tally();
            if (faults.isEmpty()) {
                compare(subject, chosen, tally, random);
            }
            return new Result(
                    name, texts(drawn), chosen, seed, draw, tally.count(), tally.wrong(), tally.undecided(),
                    tally.worst(), faults);
        }
    }

    private static Mode fitting(Subject subject) {
        int elements = 0;
        for (Site site : subject.sites()) {
            elements += site.size();
        }
        for (Site output : subject.outputSites()) {
            elements += output.size();
        }
        return elements <= FULL_LIMIT ? Mode.FULL_JACOBIAN : Mode.PROJECTED;
    }

    private void compare(Subject subject, Mode chosen, Tally tally, RandomGenerator random) {
        switch (chosen) {
            case FULL_JACOBIAN -> new Jacobian(subject, tally).compare();
            case PROJECTED -> new Projection(subject, tally, random).compare(directions);
        }
    }

    private List<String> texts(List<Input> drawn) {
        return Stream.concat(drawn.stream(), parameters.list().stream().map(Parameter::name))
                .map(Object::toString)
                .toList();
    }
}
