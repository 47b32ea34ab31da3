package dev.unroll.gradcheck;

import dev.unroll.gradcheck.finding.Coverage;
import dev.unroll.gradcheck.input.Input;
import dev.unroll.gradcheck.input.TapeFunction;
import dev.unroll.gradcheck.subject.SubjectSource;
import dev.unroll.gradcheck.util.ArrayMath;
import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.internal.Nulls;
import java.util.function.UnaryOperator;

/** Configures and runs a check of a gradient; {@link GradCheck} makes one. Not thread-safe. */
public final class CheckBuilder {
    private final CheckSettings settings;

    CheckBuilder(SubjectSource source) {
        settings = new CheckSettings(source);
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
        settings.parameters = used;
        return this;
    }

    /**
     * Sets the display name used in messages.
     *
     * @param text the name
     * @return this
     */
    public CheckBuilder named(String text) {
        settings.name = Nulls.require("CheckBuilder.named", "text", text);
        return this;
    }

    /**
     * Sets the seed of all random numbers; the default is 1.
     *
     * @param number any
     * @return this
     */
    public CheckBuilder seed(long number) {
        settings.seed = number;
        return this;
    }

    /**
     * Sets how to compare; the default is the full Jacobian for small sizes, otherwise projected. It holds for the
     * further draws of an op too, but for those of more than 600 elements, which are projected in any case.
     *
     * @param chosen the mode
     * @return this
     */
    public CheckBuilder mode(Mode chosen) {
        settings.mode = Nulls.require("CheckBuilder.mode", "chosen", chosen);
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
        settings.directions = count;
        return this;
    }

    /**
     * Sets the largest size drawn for a letter of an op's domain. The default is 4, and two further draws: one of sizes
     * that fill every vector along a row, and one of larger numbers. The result is {@link Result.Verdict#RIGHT} only if
     * every derivative could be judged in these too; they are drawn again, as the first is, where one could not.
     *
     * @param largest at least 1
     * @return this
     */
    public CheckBuilder sizesUpTo(int largest) {
        if (largest < 1) {
            throw new IllegalArgumentException("the largest size must be at least 1, not " + largest);
        }
        settings.largestSize = largest;
        settings.isSized = true;
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
        settings.secondOrder = true;
        return this;
    }

    /**
     * Compares the kernels of F32 too, in the width that {@code -Dunroll.simd} chose, with those of F64 within the
     * roundings of one fused pass and its sums; and asks of them what is asked of those of F64, such as that they add to
     * gradients, and do not depend on the gaps between the rows of inputs.
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
        settings.singlePrecisionPasses = passes;
        return this;
    }

    /**
     * Compares a model in F32 with that of F64 too: its outputs and gradients at the same parameters, and everything else
     * that is asked of those of F64. It is for functions of parameters alone.
     *
     * @param model parameters of F32 with the names and shapes of those of F64; their values and gradients are as before
     *     afterwards
     * @param function of them
     * @param passes how many fused passes follow each other, such as steps times layers; tolerances grow with it
     * @return this
     * @throws IllegalArgumentException if the parameters are not of F32, or there is no pass; by {@link #run()}, if they
     *     are not like those of F64, or the function has inputs too
     */
    public CheckBuilder singlePrecision(Parameters model, TapeFunction.Of0 function, int passes) {
        settings.singlePrecisionModel = new SinglePrecisionModel(
                Nulls.require("CheckBuilder.singlePrecision", "model", model),
                Nulls.require("CheckBuilder.singlePrecision", "function", function));
        return singlePrecision(passes);
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
        settings.threads = count;
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
        settings.draws = count;
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
        settings.constraints.drawWithin(Input.requireRange("CheckBuilder.drawnWithin", low, high));
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
            settings.constraints.makeConstant(input);
        }
        return this;
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
        settings.constraints.leaveOut(input, Nulls.require("CheckBuilder.leaveOut", "left", left));
        return this;
    }

    /**
     * Accepts at a kink any value from the left slope to the right one: a subgradient, as that of {@code relu} at 0.
     * Without it the verdict there is {@link Result.Verdict#UNDECIDED}.
     *
     * @return this
     */
    public CheckBuilder subgradients() {
        settings.subgradients = true;
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
        settings.nondeterminism = requireRelative(relative);
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
        settings.tolerance = Nulls.require("CheckBuilder.tolerance", "allowed", allowed);
        return this;
    }

    /**
     * Compares the values with those of a plain function too, within 1e-10 of the largest of an output.
     *
     * @param function gives, for the numbers of all inputs, those of all outputs, row by row; ids are whole numbers
     * @return this
     */
    public CheckBuilder reference(UnaryOperator<double[][]> function) {
        return reference(function, ArrayMath.OTHER_ORDER);
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
        settings.reference = new Oracles.Reference(function, requireRelative(relative));
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
        return sameAs(other, ArrayMath.OTHER_ORDER);
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
        settings.otherPaths.add(new Oracles.OtherPath(other, requireRelative(relative)));
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
        settings.deltaBatch = count;
        return this;
    }

    /**
     * Adds what this check looks at to what other checks did.
     *
     * @param looked gets it when the check runs; of one thread at a time
     * @return this
     */
    public CheckBuilder counting(Coverage looked) {
        settings.coverage = Nulls.require("CheckBuilder.counting", "looked", looked);
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
        settings.step = relative;
        return this;
    }

    /**
     * Runs the check.
     *
     * @return the result; {@link Result#orThrow()} turns a failure into an error
     * @throws IllegalArgumentException if the options are incompatible
     */
    public Result run() {
        settings.requireSupported();
        return new CheckRun(settings).result();
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
        settings.requireSupported();
        return new PowerRun(settings).power();
    }

    /** Returns the settings so far. */
    CheckSettings settings() {
        return settings;
    }
}
