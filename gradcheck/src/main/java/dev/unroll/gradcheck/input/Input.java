package dev.unroll.gradcheck.input;

import dev.unroll.gradcheck.util.ArrayMath;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Domain.Range;
import dev.unroll.rnn.internal.Nulls;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/** One input of a checked function: numbers that are given, or a shape for which they are drawn. */
public final class Input {
    private final long[] shape;
    private final Range range;
    private final int limit;
    private final double[] given;
    private final double[] bounds;
    private final boolean constant;
    private final boolean isLarge;

    private Input(long[] shape, Range range, int limit, double[] given) {
        this(shape, range, limit, given, null, false, false);
    }

    private Input(
            long[] shape, Range range, int limit, double[] given, double[] bounds, boolean constant, boolean isLarge) {
        this.isLarge = isLarge;
        this.shape = Nulls.require("Input", "shape", shape).clone();
        this.range = range;
        this.limit = limit;
        this.given = given;
        this.bounds = bounds;
        this.constant = constant;
        long size = ArrayMath.product(shape);
        if (shape.length == 0 || size <= 0) {
            throw new IllegalArgumentException(
                    "an input needs a shape of positive sizes, not " + Arrays.toString(shape) + "; one number is [1]");
        }
        if (given != null && given.length != size) {
            throw new IllegalArgumentException(
                    "shape " + Arrays.toString(shape) + " has " + size + " elements, but " + given.length
                            + " are given; give one value per element");
        }
    }

    /**
     * Real numbers to be drawn.
     *
     * @param shape sizes, all positive
     * @return an input that gets a gradient
     */
    public static Input shape(long... shape) {
        return drawn(Range.REAL, shape);
    }

    /**
     * Numbers to be drawn from a domain of real numbers.
     *
     * @param range which numbers; not ids
     * @param shape sizes, all positive
     * @return an input that gets a gradient if such values do
     */
    public static Input drawn(Range range, long... shape) {
        if (Nulls.require("Input.drawn", "range", range) == Range.IDS) {
            throw new IllegalArgumentException("ids need a limit; use Input.ids(limit, shape)");
        }
        return new Input(shape, range, 0, null);
    }

    /**
     * Ids to be drawn.
     *
     * @param limit every id is below it
     * @param shape sizes, all positive
     * @return an input of I32 that gets no gradient
     */
    public static Input ids(int limit, long... shape) {
        if (limit < 1) {
            throw new IllegalArgumentException("the limit of ids must be at least 1, not " + limit);
        }
        return new Input(shape, Range.IDS, limit, null);
    }

    /**
     * Numbers that are given.
     *
     * @param tensor copied; of F64 or F32 for an input that gets a gradient, of I32 for one that gets none
     * @return an input of the tensor's shape
     */
    public static Input of(Tensor tensor) {
        double[] copy = new double[Math.toIntExact(Nulls.require("Input.of", "tensor", tensor).size())];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = tensor.get(i / tensor.columns(), i % tensor.columns());
        }
        return new Input(tensor.shape(), tensor.type().isFloating() ? Range.REAL : Range.IDS, 0, copy);
    }

    /**
     * Numbers that are given.
     *
     * @param values row by row
     * @param shape sizes
     * @return an input that gets a gradient
     */
    public static Input of(double[] values, long... shape) {
        for (int i = 0; i < Nulls.require("Input.of", "values", values).length; i++) {
            if (!Double.isFinite(values[i])) {
                throw new IllegalArgumentException(
                        "element " + i + " of an input is " + values[i] + "; gradients are checked at finite numbers");
            }
        }
        return new Input(shape, Range.REAL, 0, values.clone());
    }

    /**
     * Ids, lengths or targets that are given.
     *
     * @param values row by row
     * @param shape sizes
     * @return an input of I32 that gets no gradient
     */
    public static Input of(int[] values, long... shape) {
        return new Input(shape, Range.IDS, 0,
                Arrays.stream(Nulls.require("Input.of", "values", values)).asDoubleStream().toArray());
    }

    /**
     * Returns this input with its numbers drawn uniformly from a range, as far as the domain allows: of positive
     * numbers none is 0, and none is at a known kink.
     *
     * @param low the smallest
     * @param high the largest
     * @return another input
     * @throws IllegalArgumentException unless both are finite and low is less than high; if the input's numbers are
     *     given, or are no real numbers with a gradient; or if the domain has none in the range
     */
    public Input within(double low, double high) {
        double[] checked = requireRange("Input.within", low, high);
        if (given != null || !range.hasGradient()) {
            throw new IllegalArgumentException(
                    "input " + this + " is not of real numbers that are drawn; a range is for"
                            + " shape(...) and Input.drawn(...)");
        }
        double least = Samplers.least(range);
        if (!(high > least)) {
            throw new IllegalArgumentException(
                    "input " + this + " takes numbers above " + least + ", of which the range"
                            + " from " + low + " to " + high + " has none");
        }
        return new Input(shape, range, limit, null, checked, constant, isLarge);
    }

    /**
     * Returns a checked range.
     *
     * @param call display name used in messages
     * @param low the smallest
     * @param high the largest
     * @return both
     * @throws IllegalArgumentException unless both are finite and low is less than high
     */
    public static double[] requireRange(String call, double low, double high) {
        if (!(low < high && Double.isFinite(low) && Double.isFinite(high) && Double.isFinite(high - low))) {
            throw new IllegalArgumentException(
                    call + ": a range is finite and its low end below its high end, not from " + low + " to " + high);
        }
        return new double[] {low, high};
    }

    /**
     * Returns this input as a constant: it gets no gradient, and a function that gives it one is wrong.
     *
     * @return another input
     */
    public Input constant() {
        return new Input(shape, range, limit, given, bounds, true, isLarge);
    }

    /**
     * Returns the element type.
     *
     * @return I32 for ids, otherwise F64
     */
    public ElementType type() {
        return range == Range.IDS ? ElementType.I32 : ElementType.F64;
    }

    /**
     * Tells whether the input gets a gradient.
     *
     * @return false for ids, targets, weights and constants
     */
    public boolean isDifferentiable() {
        return range.hasGradient() && !constant;
    }

    /**
     * Tells which numbers the input holds.
     *
     * @param some kind of numbers
     * @return whether they are of that kind
     */
    public boolean has(Range some) {
        return range == some;
    }

    /**
     * Returns the same input with larger numbers to be drawn.
     *
     * @return an input half of whose real numbers are up to 12 from 0
     */
    public Input large() {
        return new Input(shape, range, limit, given, bounds, constant, true);
    }

    /**
     * Tells whether another input holds as many numbers of the same kind.
     *
     * @param other any input
     * @return whether shape, kind of numbers and limit are the same
     */
    public boolean isLike(Input other) {
        return Arrays.equals(shape, other.shape) && range == other.range && limit == other.limit;
    }

    /**
     * Tells whether the numbers are drawn.
     *
     * @return false if they were given
     */
    public boolean isDrawn() {
        return given == null;
    }

    /**
     * Returns the shape.
     *
     * @return a copy of the sizes
     */
    public long[] shape() {
        return shape.clone();
    }

    /**
     * Returns the given numbers, or draws new ones.
     *
     * @param random to draw from
     * @return one number per element, row by row
     */
    public double[] values(RandomGenerator random) {
        if (given != null) {
            return given.clone();
        }
        if (bounds != null) {
            return Samplers.values(range, bounds[0], bounds[1], random, shape);
        }
        return isLarge
                ? Samplers.largeValues(range, limit, random, shape)
                : Samplers.values(range, limit, random, shape);
    }

    @Override
    public String toString() {
        return type() + Arrays.toString(shape) + (limit > 0 ? " below " + limit : "")
                + (constant ? " constant" : "");
    }
}
