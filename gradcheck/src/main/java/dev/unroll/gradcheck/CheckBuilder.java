package dev.unroll.gradcheck;

import dev.unroll.gradcheck.subject.SubjectSource;
import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.internal.Nulls;

/** Configures and runs a check of a gradient; {@link GradCheck} makes one. Not thread-safe. */
public final class CheckBuilder {
    private final SubjectSource source;
    private Parameters parameters = new Parameters();
    private String name;
    private long seed = 1;
    private Mode mode;
    private int directions = 4;
    private int largestSize = 4;
    private boolean isSized;
    private boolean secondOrder;
    private int singlePrecisionPasses;
    private int threads;

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
     * Sets the largest size drawn for a letter of an op's domain. The default is 4, and two further draws: one of sizes
     * that fill every vector along a row, and one of larger numbers.
     *
     * @param largest at least 1
     * @return this
     */
    public CheckBuilder sizesUpTo(int largest) {
        if (largest < 1) {
            throw new IllegalArgumentException("the largest size must be at least 1, not " + largest);
        }
        largestSize = largest;
        isSized = true;
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
     * Runs the check.
     *
     * @return the result; {@link Result#orThrow()} turns a failure into an error
     * @throws IllegalArgumentException if the options are incompatible
     */
    public Result run() {
        source.requireSupported(!parameters.list().isEmpty(), singlePrecisionPasses > 0);
        return new CheckRun(this).result();
    }

    SubjectSource source() {
        return source;
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

    /** Tells whether a size was chosen. */
    boolean isSized() {
        return isSized;
    }

    boolean isSecondOrder() {
        return secondOrder;
    }

    /** Returns 0 if single precision is not compared. */
    int singlePrecisionPasses() {
        return singlePrecisionPasses;
    }

    /** Returns 0 for the default. */
    int threads() {
        return threads;
    }
}
