package dev.unroll.gradcheck;

import dev.unroll.gradcheck.finding.Coverage;
import dev.unroll.gradcheck.input.Input;
import dev.unroll.gradcheck.input.TapeFunction;
import dev.unroll.gradcheck.subject.FunctionSource;
import dev.unroll.gradcheck.subject.MaskedSubject;
import dev.unroll.gradcheck.subject.Subject;
import dev.unroll.gradcheck.subject.SubjectSource;
import dev.unroll.gradcheck.util.ArrayMath;
import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.internal.Nulls;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** Configures and runs a check of a gradient; {@link GradCheck} makes one. Not thread-safe. */
public final class CheckBuilder {
    private final SubjectSource source;
    private Parameters parameters = new Parameters();
    private String name;
    private long seed = 1;
    private Mode mode;
    private int directions = 4;
    private int largestSize = 4;
    private boolean secondOrder;
    private int singlePrecisionPasses;
    private int threads;
    private int draws = 1;
    private double[] range;
    private double nondeterminism;
    private boolean subgradients;
    private Tolerance tolerance = Tolerance.DEFAULT;
    private double step;
    private final TreeMap<Integer, BitSet> masks = new TreeMap<>();
    private final BitSet constants = new BitSet();
    private Coverage coverage = new Coverage();
    private Oracles.Reference reference;
    private final List<Oracles.OtherPath> otherPaths = new ArrayList<>();
    private int deltaBatch;

    CheckBuilder(SubjectSource source) {
        this.source = source;
        name = source.name();
    }

    /**
     * Checks the gradients of parameters that the function uses too.
     *
     * @param used of F64; their values and gradients are as before afterwards
     * @return this
     * @throws IllegalArgumentException if the parameters have no memory yet, or are not of F64
     */
    public CheckBuilder parameters(Parameters used) {
        if (Nulls.require("CheckBuilder.parameters", "used", used).values() == null
                || used.values().type() != ElementType.F64) {
            throw new IllegalArgumentException(
                    "gradients of parameters are checked in F64; build the model with type(ElementType.F64)");
        }
        parameters = used;
        return this;
    }

    /**
     * Sets the display name used in messages.
     *
     * @param text the name
     * @return this
     */
    public CheckBuilder named(String text) {
        name = Nulls.require("CheckBuilder.named", "text", text);
        return this;
    }

    /**
     * Sets the seed of all random numbers; the default is 1.
     *
     * @param number any
     * @return this
     */
    public CheckBuilder seed(long number) {
        seed = number;
        return this;
    }

    /**
     * Sets how to compare; the default is the full Jacobian for small sizes, otherwise projected.
     *
     * @param chosen the mode
     * @return this
     */
    public CheckBuilder mode(Mode chosen) {
        mode = Nulls.require("CheckBuilder.mode", "chosen", chosen);
        return this;
    }

    /**
     * Sets the number of random directions that {@link Mode#PROJECTED} compares; the default is 4.
     *
     * @param count at least 1
     * @return this
     */
    public CheckBuilder directions(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("a projected check needs at least 1 direction, not " + count);
        }
        directions = count;
        return this;
    }

    /**
     * Sets the largest size drawn for a letter of an op's domain; the default is 4.
     *
     * @param largest at least 1
     * @return this
     */
    public CheckBuilder sizesUpTo(int largest) {
        if (largest < 1) {
            throw new IllegalArgumentException("the largest size must be at least 1, not " + largest);
        }
        largestSize = largest;
        return this;
    }

    /**
     * Compares second derivatives too, in as many random directions: differences of gradients along two directions with
     * each other and with second differences of the function, so that the gradient is right around the point and not
     * only at it.
     *
     * @return this
     */
    public CheckBuilder secondOrder() {
        secondOrder = true;
        return this;
    }

    /**
     * Compares the kernels of F32 too, in the width that {@code -Dunroll.simd} chose, with those of F64 within the
     * roundings of one fused pass and its sums.
     *
     * @return this
     */
    public CheckBuilder singlePrecision() {
        return singlePrecision(1);
    }

    /**
     * Compares the kernels of F32 too, for a function of several successive passes, such as steps times layers.
     *
     * @param passes at least 1; tolerances grow with it
     * @return this
     */
    public CheckBuilder singlePrecision(int passes) {
        if (passes < 1) {
            throw new IllegalArgumentException("a function has at least 1 pass, not " + passes);
        }
        singlePrecisionPasses = passes;
        return this;
    }

    /**
     * Sets the number of threads of the pool that functions on a tape compute with. Without it that is one, and several
     * must give the same; of more than one, one must give the same; with exactly one, nothing is run by several.
     *
     * @param count at least 1
     * @return this
     */
    public CheckBuilder threads(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("a check needs at least 1 thread, not " + count);
        }
        threads = count;
        return this;
    }

    /**
     * Checks at several draws of the inputs, and of the sizes of an op; the default is 1. The result is one: it is as
     * bad as the worst, its counts are those of all together. Inputs that are given stay, while the gradients of the
     * outputs are drawn anew.
     *
     * @param count at least 1
     * @return this
     */
    public CheckBuilder repeat(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("a check looks at 1 draw at least, not " + count);
        }
        draws = count;
        return this;
    }

    /**
     * Sets the range that real numbers are drawn from, uniformly; by default they are of order 1. Numbers that are
     * given, ids, targets and weights stay; what an op's domain forbids is not drawn.
     *
     * @param low the smallest
     * @param high the largest
     * @return this
     * @throws IllegalArgumentException unless both are finite and low is less than high; by {@link #run()}, if the
     *     domain of an input has no numbers there
     */
    public CheckBuilder drawnWithin(double low, double high) {
        range = Input.requireRange("CheckBuilder.drawnWithin", low, high);
        return this;
    }

    /**
     * Declares inputs constants: they get no gradient, and a function that gives them one is wrong.
     *
     * @param inputs their indices among all inputs
     * @return this
     * @throws IllegalArgumentException if one is negative; by {@link #run()}, if there is no such input
     */
    public CheckBuilder constant(int... inputs) {
        for (int input : Nulls.require("CheckBuilder.constant", "inputs", inputs)) {
            constants.set(requireNumber(input));
        }
        return this;
    }

    private static int requireNumber(int input) {
        if (input < 0) {
            throw new IllegalArgumentException("inputs are counted from 0; there is none of " + input);
        }
        return input;
    }

    /**
     * Leaves elements of an input out: they stay where they are, and nothing is asked of their gradient but that it is
     * finite.
     *
     * @param input its index among all inputs
     * @param left whether each element is left out, row by row; a shorter array leaves out none of the rest
     * @return this
     * @throws IllegalArgumentException by {@link #run()}, if there is no such input or element
     */
    public CheckBuilder leaveOut(int input, boolean... left) {
        BitSet mask = masks.computeIfAbsent(requireNumber(input), _ -> new BitSet());
        for (int j = 0; j < Nulls.require("CheckBuilder.leaveOut", "left", left).length; j++) {
            mask.set(j, left[j]);
        }
        return this;
    }

    /**
     * Accepts at a kink any value from the left slope to the right one: a subgradient, as that of {@code relu} at 0.
     * Without it the verdict there is {@link Result.Verdict#KINK}.
     *
     * @return this
     */
    public CheckBuilder subgradients() {
        subgradients = true;
        return this;
    }

    /**
     * Sets how much the results of two equal runs may differ, for functions that sum in another order each time; by
     * default their bits must be the same.
     *
     * @param relative to the largest of the output or gradient, from 0 to 1
     * @return this
     */
    public CheckBuilder nondeterminism(double relative) {
        nondeterminism = requireRelative(relative);
        return this;
    }

    /**
     * Sets how much a derivative may differ from the difference, besides the difference's own error; the default is
     * {@link Tolerance#DEFAULT}.
     *
     * @param allowed the tolerance
     * @return this
     */
    public CheckBuilder tolerance(Tolerance allowed) {
        tolerance = Nulls.require("CheckBuilder.tolerance", "allowed", allowed);
        return this;
    }

    /**
     * Compares the values with those of a plain function too, within 1e-10 of the largest of an output.
     *
     * @param function gives, for the numbers of all inputs, those of all outputs, row by row; ids are whole numbers
     * @return this
     */
    public CheckBuilder reference(UnaryOperator<double[][]> function) {
        return reference(function, Oracles.OTHER_ORDER);
    }

    /**
     * Compares the values with those of a plain function too.
     *
     * @param function gives, for the numbers of all inputs, those of all outputs, row by row; ids are whole numbers
     * @param relative how much they may differ, relative to the largest of an output; at least 0
     * @return this
     */
    public CheckBuilder reference(UnaryOperator<double[][]> function, double relative) {
        Nulls.require("CheckBuilder.reference", "function", function);
        reference = new Oracles.Reference(function, requireRelative(relative));
        return this;
    }

    /**
     * Compares values and gradients with those of another function of the same inputs and parameters too, such as a
     * fused op with one built op by op; within 1e-10 of the largest of an output or gradient. Several may be given.
     *
     * @param other the other function
     * @return this
     * @throws IllegalArgumentException by {@link #run()}, if the checked function is a plain one
     */
    public CheckBuilder sameAs(TapeFunction other) {
        return sameAs(other, Oracles.OTHER_ORDER);
    }

    /**
     * Compares values and gradients with those of another op of the same inputs too, within 1e-10 of the largest of an
     * output or gradient.
     *
     * @param other the other op
     * @return this
     * @throws IllegalArgumentException by {@link #run()}, if the checked function is a plain one
     */
    public CheckBuilder sameAs(Op other) {
        Nulls.require("CheckBuilder.sameAs", "other", other);
        return sameAs((tape, in) -> tape.apply(other, in));
    }

    /**
     * Compares values and gradients with those of another function of the same inputs and parameters too.
     *
     * @param other the other function
     * @param relative how much they may differ, relative to the largest of an output or gradient; at least 0
     * @return this
     * @throws IllegalArgumentException by {@link #run()}, if the checked function is a plain one
     */
    public CheckBuilder sameAs(TapeFunction other, double relative) {
        Nulls.require("CheckBuilder.sameAs", "other", other);
        otherPaths.add(new Oracles.OtherPath(other, requireRelative(relative)));
        return this;
    }

    private static double requireRelative(double relative) {
        if (!(relative >= 0 && relative <= 1)) {
            throw new IllegalArgumentException("a relative tolerance is from 0 to 1, not " + relative);
        }
        return relative;
    }

    /**
     * Compares the gradient for several random gradients of the outputs at once with the sum of what backward gives for
     * one after the other.
     *
     * @param count how many, at least 2
     * @return this
     */
    public CheckBuilder deltaBatch(int count) {
        if (count < 2) {
            throw new IllegalArgumentException("a batch of gradients of the outputs has at least 2, not " + count);
        }
        deltaBatch = count;
        return this;
    }

    /**
     * Adds what this check looks at to what other checks did.
     *
     * @param looked gets it when the check runs; of one thread at a time
     * @return this
     */
    public CheckBuilder counting(Coverage looked) {
        coverage = Nulls.require("CheckBuilder.counting", "looked", looked);
        return this;
    }

    /**
     * Sets the first step of the differences; by default it follows from the point and the function.
     *
     * @param relative to the size of the element, or of the direction, that moves; above 0 and at most 1
     * @return this
     */
    public CheckBuilder step(double relative) {
        if (!(relative > 0 && relative <= 1)) {
            throw new IllegalArgumentException("a step is relative, above 0 and at most 1, not " + relative);
        }
        step = relative;
        return this;
    }

    /**
     * Runs the check.
     *
     * @return the result; {@link Result#orThrow()} turns a failure into an error
     * @throws IllegalArgumentException if the options are incompatible
     */
    public Result run() {
        requireSupported();
        return new CheckRun(this).result();
    }

    /**
     * Measures how much this check sees: makes the function's own backward wrong in many mechanical ways, such as a
     * missing row, and runs the check for each.
     *
     * @return which of the wrong gradients would be caught, and the smallest error of each input that would be
     * @throws AssertionError if the check of the function as it is does not pass
     * @throws IllegalArgumentException if the options are incompatible
     */
    public Power power() {
        requireSupported();
        return new PowerRun(this).power();
    }

    private void requireSupported() {
        source.requireSupported(!parameters.list().isEmpty(), singlePrecisionPasses > 0);
        if (source instanceof FunctionSource && !otherPaths.isEmpty()) {
            throw new IllegalArgumentException("a plain function has no other path on the tape; use reference(...) in"
                    + " place of sameAs(...)");
        }
    }

    /** Returns the same check of something else. */
    CheckBuilder with(SubjectSource other) {
        CheckBuilder copy = new CheckBuilder(other);
        copy.parameters = parameters;
        copy.name = name;
        copy.seed = seed;
        copy.mode = mode;
        copy.directions = directions;
        copy.largestSize = largestSize;
        copy.secondOrder = secondOrder;
        copy.singlePrecisionPasses = singlePrecisionPasses;
        copy.threads = threads;
        copy.draws = draws;
        copy.range = range;
        copy.nondeterminism = nondeterminism;
        copy.subgradients = subgradients;
        copy.tolerance = tolerance;
        copy.step = step;
        copy.reference = reference;
        copy.otherPaths.addAll(otherPaths);
        copy.deltaBatch = deltaBatch;
        copy.masks.putAll(masks);
        copy.constants.or(constants);
        return copy;
    }

    SubjectSource source() {
        return source;
    }

    /**
     * Returns the inputs, drawn ones new at every call.
     *
     * @param larger a largest size to be used if it is more than that of the check
     */
    List<Input> inputs(RandomGenerator random, int larger) {
        List<Input> inputs = source.inputs(random, Math.max(larger, largestSize));
        requireInputs("constant", constants.length(), inputs.size());
        requireInputs("leaveOut", masks.isEmpty() ? 0 : masks.lastKey() + 1, inputs.size());
        return IntStream.range(0, inputs.size()).mapToObj(i -> constrained(i, inputs.get(i))).toList();
    }

    private static void requireInputs(String option, int needed, int inputs) {
        if (needed > inputs) {
            throw new IllegalArgumentException(option + "(...) names input " + (needed - 1) + ", but there are only "
                    + inputs + ", counted from 0");
        }
    }

    private Input constrained(int number, Input input) {
        Input drawn = range == null || !input.isDrawn() || !input.isDifferentiable()
                ? input
                : input.within(range[0], range[1]);
        return constants.get(number) ? drawn.constant() : drawn;
    }

    /** Returns the subject of a run at some values of the inputs. */
    Subject subject(List<Input> inputs, double[][] values, ElementType type) {
        Subject subject = source.at(inputs, values, parameters, type);
        subject.useThreads(threads);
        subject.configure(nondeterminism, coverage);
        return masks.isEmpty() ? subject : new MaskedSubject(subject, masksOfVariables(inputs));
    }

    /** The variables of a subject begin with the inputs that get a gradient. */
    private Map<Integer, BitSet> masksOfVariables(List<Input> inputs) {
        Map<Integer, BitSet> ofVariables = new TreeMap<>();
        int variable = 0;
        for (int i = 0; i < inputs.size(); i++) {
            BitSet mask = masks.getOrDefault(i, new BitSet());
            Input input = inputs.get(i);
            if (mask.length() > ArrayMath.product(input.shape()) || !mask.isEmpty() && !input.isDifferentiable()) {
                throw new IllegalArgumentException("leaveOut(...) names element " + (mask.length() - 1) + " of input "
                        + i + ", which is " + input + "; it leaves out elements of an input that gets a gradient");
            }
            if (!mask.isEmpty()) {
                ofVariables.put(variable, mask);
            }
            variable += input.isDifferentiable() ? 1 : 0;
        }
        return ofVariables;
    }

    Parameters parameters() {
        return parameters;
    }

    String name() {
        return name;
    }

    long seed() {
        return seed;
    }

    /** Returns null for the default. */
    Mode mode() {
        return mode;
    }

    int directions() {
        return directions;
    }

    int largestSize() {
        return largestSize;
    }

    boolean isSecondOrder() {
        return secondOrder;
    }

    /** Returns 0 if single precision is not compared. */
    int singlePrecisionPasses() {
        return singlePrecisionPasses;
    }

    int draws() {
        return draws;
    }

    /** Returns null for none. */
    Oracles.Reference reference() {
        return reference;
    }

    List<Oracles.OtherPath> otherPaths() {
        return otherPaths;
    }

    /** Returns 0 for none. */
    int deltaBatch() {
        return deltaBatch;
    }

    Coverage coverage() {
        return coverage;
    }

    double nondeterminism() {
        return nondeterminism;
    }

    boolean acceptsSubgradients() {
        return subgradients;
    }

    Tolerance tolerance() {
        return tolerance;
    }

    /** Returns 0 for the default. */
    double step() {
        return step;
    }
}
