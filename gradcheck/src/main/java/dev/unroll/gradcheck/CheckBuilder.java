package dev.unroll.gradcheck;

import dev.unroll.gradcheck.subject.FunctionSource;
import dev.unroll.gradcheck.subject.SubjectSource;
import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.autograd.Parameters;

/** A check of a gradient with what may be chosen about it; {@link GradCheck} makes one, {@link #run()} runs it. */
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
    public CheckBuilder named(String text) {
        name = text;
        return this;
    }

    /**
     * The seed of everything that is drawn; without this call 1.
     *
     * @param number any
     * @return this
     */
    public CheckBuilder seed(long number) {
        seed = number;
        return this;
    }

    /**
     * How to compare; without this call the full Jacobian for small sizes and else projected.
     *
     * @param chosen the mode
     * @return this
     */
    public CheckBuilder mode(Mode chosen) {
        mode = chosen;
        return this;
    }

    /**
     * How many random directions {@link Mode#PROJECTED} compares; without this call 4.
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
     * The largest size that is drawn for a letter of an op's domain; without this call 4.
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
     * The same for a function of several passes after each other, such as steps times layers.
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
     * Runs the check.
     *
     * @return what was found; {@link Result#orThrow()} makes a failure of it
     * @throws IllegalArgumentException if what was chosen does not go together
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

    /** Null for the one that fits. */
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

    /** 0 if single precision is not compared. */
    int singlePrecisionPasses() {
        return singlePrecisionPasses;
    }
}
