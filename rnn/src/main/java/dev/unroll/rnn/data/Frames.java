package dev.unroll.rnn.data;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.internal.Nulls;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Rows of numbers: frames of a piano-roll, samples of a signal. They are kept as they were given, as floats or as doubles,
 * so that a network of F64 reads doubles that were not narrowed.
 *
 * <p>Immutable, and safe for use by many threads.
 */
public final class Frames implements Values {
    private final int columns;
    private final float[] floats;
    private final double[] doubles;
    private final boolean isDouble;

    /**
     * Copies floats.
     *
     * @param columns numbers per frame, at least 1
     * @param values frame after frame
     * @throws IllegalArgumentException if the frames are not whole
     */
    public Frames(int columns, float... values) {
        this(columns, Nulls.require("Frames", "values", values).clone(), new double[0], false);
    }

    /**
     * Copies doubles.
     *
     * @param columns numbers per frame, at least 1
     * @param values frame after frame
     * @throws IllegalArgumentException if the frames are not whole
     */
    public Frames(int columns, double... values) {
        this(columns, new float[0], Nulls.require("Frames", "values", values).clone(), true);
    }

    private Frames(int columns, float[] floats, double[] doubles, boolean isDouble) {
        int size = floats.length + doubles.length;
        if (columns < 1) {
            throw new IllegalArgumentException("a frame must have at least 1 column, not " + columns);
        }
        if (size % columns != 0) {
            throw new IllegalArgumentException("frames of " + columns + " columns cannot be made of " + size
                    + " numbers; give " + columns + " numbers per frame");
        }
        this.columns = columns;
        this.floats = floats;
        this.doubles = doubles;
        this.isDouble = isDouble;
    }

    /**
     * Copies the rows of a tensor.
     *
     * @param rows {@code [count, columns]} of F32 or F64
     * @return frames of floats or doubles, as the tensor has them
     */
    public static Frames copyOf(Tensor rows) {
        Nulls.require("Frames.copyOf", "rows", rows);
        int columns = Math.toIntExact(rows.columns());
        return rows.type() == ElementType.F32
                ? new Frames(columns, rows.toFloats(), new double[0], false)
                : new Frames(columns, new float[0], rows.toDoubles(), true);
    }

    /** Returns frames of zeros, to be filled by {@link #copyFrame} before anybody sees them. */
    static Frames zeros(int columns, int count, boolean isDouble) {
        int size = Math.multiplyExact(count, columns);
        return new Frames(columns, new float[isDouble ? 0 : size], new double[isDouble ? size : 0], isDouble);
    }

    /** Copies a frame to frames of the same columns and type. */
    void copyFrame(int frame, Frames target, int targetFrame) {
        Object from = isDouble ? doubles : floats;
        System.arraycopy(from, frame * columns, isDouble ? target.doubles : target.floats, targetFrame * columns,
                columns);
    }

    /** Copies a number to frames of the same type. */
    void copyNumber(int frame, int column, Frames target, int targetFrame, int targetColumn) {
        int from = frame * columns + column;
        int to = targetFrame * target.columns + targetColumn;
        if (isDouble) {
            target.doubles[to] = doubles[from];
        } else {
            target.floats[to] = floats[from];
        }
    }

    /**
     * Copies the rows of tensors, one tensor after the other.
     *
     * @param tensors at least one, all {@code [any, columns]} of F32 or all of F64
     * @return frames of floats or doubles, as the tensors have them
     * @throws IllegalArgumentException if there is none, or they differ in columns or type
     */
    public static Frames copyOf(List<Tensor> tensors) {
        Nulls.require("Frames.copyOf", "tensors", tensors);
        if (tensors.isEmpty()) {
            throw new IllegalArgumentException("no tensors to copy rows of; give at least one");
        }
        Tensor first = tensors.getFirst();
        int columns = Math.toIntExact(first.columns());
        Frames all = zeros(
                columns, Math.toIntExact(tensors.stream().mapToLong(Tensor::rows).sum()),
                first.type() == ElementType.F64);
        int next = 0;
        for (Tensor tensor : tensors) {
            if (tensor.columns() != columns || tensor.type() != first.type()) {
                throw new IllegalArgumentException("rows of " + tensor + " cannot follow those of " + first
                        + "; give tensors of equal columns and type");
            }
            Frames rows = copyOf(tensor);
            System.arraycopy(
                    all.isDouble ? rows.doubles : rows.floats, 0, all.isDouble ? all.doubles : all.floats,
                    next * columns, rows.count() * columns);
            next += rows.count();
        }
        return all;
    }

    /**
     * Returns the steps of one sequence of a batch, such as its predictions at every step.
     *
     * @param layout whose rows these are
     * @param sequence from 0
     * @return a copy: as many frames as the sequence is long, without padding
     * @throws IllegalArgumentException if the layout has more or fewer rows
     * @throws IndexOutOfBoundsException if there is no such sequence
     */
    public Frames sequence(SequenceLayout layout, int sequence) {
        Nulls.require("Frames.sequence", "layout", layout);
        if (layout.rows() != count()) {
            throw new IllegalArgumentException(
                    count() + " frames are not the rows of " + layout.rows() + " that the layout has");
        }
        Frames steps = zeros(columns, layout.length(sequence), isDouble);
        for (int t = 0; t < steps.count(); t++) {
            copyFrame((int) layout.firstRow(t) + sequence, steps, t);
        }
        return steps;
    }

    /**
     * Returns the numbers per frame.
     *
     * @return at least 1
     */
    public int columns() {
        return columns;
    }

    /**
     * Returns whether the frames were given as doubles.
     *
     * @return false for floats
     */
    public boolean isDouble() {
        return isDouble;
    }

    @Override
    public int count() {
        return (floats.length + doubles.length) / columns;
    }

    /**
     * Returns one number.
     *
     * @param frame from 0
     * @param column from 0
     * @return its value
     * @throws IndexOutOfBoundsException if there is no such number
     */
    public double get(int frame, int column) {
        int at = Objects.checkIndex(frame, count()) * columns + Objects.checkIndex(column, columns);
        return isDouble ? doubles[at] : floats[at];
    }

    /**
     * Returns some of the frames.
     *
     * @param from the first one
     * @param count how many
     * @return a copy
     */
    public Frames frames(int from, int count) {
        Frames part = zeros(columns, count, isDouble);
        System.arraycopy(
                isDouble ? doubles : floats, from * columns, isDouble ? part.doubles : part.floats, 0, count * columns);
        return part;
    }

    /** A copy of some of the frames of every step, all of which have as many. */
    Frames ofEvery(int steps, int from, int count) {
        int size = count() / steps;
        Frames some = zeros(columns, steps * count, isDouble);
        for (int t = 0; t < steps; t++) {
            System.arraycopy(
                    isDouble ? doubles : floats, (t * size + from) * columns, isDouble ? some.doubles : some.floats,
                    t * count * columns, count * columns);
        }
        return some;
    }

    /**
     * Returns all numbers, frame after frame.
     *
     * @return a copy; doubles are narrowed
     */
    public float[] toFloats() {
        if (!isDouble) {
            return floats.clone();
        }
        float[] narrowed = new float[doubles.length];
        for (int i = 0; i < narrowed.length; i++) {
            narrowed[i] = (float) doubles[i];
        }
        return narrowed;
    }

    /**
     * Returns all numbers, frame after frame.
     *
     * @return a copy; floats are widened
     */
    public double[] toDoubles() {
        if (isDouble) {
            return doubles.clone();
        }
        double[] widened = new double[floats.length];
        Arrays.setAll(widened, i -> floats[i]);
        return widened;
    }

    @Override
    public Tensor copyTo(Tensor target) {
        if (target.type() == ElementType.F32) {
            return target.copyFrom(isDouble ? toFloats() : floats);
        }
        return target.copyFrom(isDouble ? doubles : toDoubles());
    }

    @Override
    public boolean equals(Object object) {
        return object instanceof Frames other
                && columns == other.columns
                && isDouble == other.isDouble
                && Arrays.equals(floats, other.floats)
                && Arrays.equals(doubles, other.doubles);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * columns + Arrays.hashCode(floats)) + Arrays.hashCode(doubles);
    }

    @Override
    public String toString() {
        return Shortened.text("frame", count(), i -> Arrays.toString(frames(i, 1).toDoubles()));
    }
}
