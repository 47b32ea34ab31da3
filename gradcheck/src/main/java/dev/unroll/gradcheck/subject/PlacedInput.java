package dev.unroll.gradcheck.subject;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import java.util.Arrays;

/**
 * An input of a run, and the matrix that it is some columns of.
 *
 * @param variable what the function gets
 * @param whole the variable of the wider matrix around it, or the input itself if its gradient has no gaps
 * @param wide the wider matrix around its values, null if there is none
 * @param left the number of columns of the wider matrix to the left of the input
 */
public record PlacedInput(Variable variable, Variable whole, Tensor wide, int left) {
    /** The number of columns of the wider matrix to the left of the input. */
    public static final int LEFT = 1;

    /** The number of columns to its right: together with those to its left no multiple of a vector. */
    static final int RIGHT = 2;

    public PlacedInput(Variable variable, Variable whole) {
        this(variable, whole, whole.value(), LEFT);
    }

    /** The input's rows follow each other in memory. */
    static PlacedInput plain(
            Tape tape, Workspace workspace, ElementType type, long[] shape, double[] values, boolean varies) {
        Tensor tensor = TapePass.write(workspace.allocate(type, shape), values);
        Variable variable = variable(tape, tensor, varies);
        return new PlacedInput(variable, variable, null, 0);
    }

    /**
     * Between the rows of the input lies something that is not to be touched, and also between those of its gradient if
     * it is a matrix.
     */
    static PlacedInput strided(
            Tape tape, Workspace workspace, ElementType type, long[] shape, double[] values, boolean varies,
            Gaps.Margins margins) {
        long columns = shape[shape.length - 1];
        Tensor wide = wide(workspace, type, values.length / columns, columns, margins);
        Tensor inner = TapePass.write(wide.columns(margins.left(), columns).reshape(shape), values);
        if (shape.length != 2) {
            Variable variable = variable(tape, inner, varies);
            return new PlacedInput(variable, variable, wide, margins.left());
        }
        Variable whole = variable(tape, wide, varies);
        return new PlacedInput(tape.columns(whole, margins.left(), columns), whole, wide, margins.left());
    }

    private static Variable variable(Tape tape, Tensor tensor, boolean varies) {
        return varies ? tape.variable(tensor) : tape.constant(tensor);
    }

    /** Describes a write beside the input or its gradient; null if there was none. */
    public String touched() {
        if (wide == null) {
            return null;
        }
        String values = touched("the matrix around it", wide, gap(wide.type()));
        return values != null || variable == whole || whole.gradient() == null
                ? values
                : touched("the gradient of the matrix around it", whole.gradient(), 0);
    }

    private String touched(String what, Tensor around, double expected) {
        long columns = variable.value().columns();
        for (long r = 0; r < around.rows(); r++) {
            for (long c = 0; c < around.columns(); c++) {
                if (c == left) {
                    c += columns;
                }
                if (Double.compare(around.get(r, c), expected) != 0) {
                    return what + " [" + r + ", " + c + "] became " + around.get(r, c);
                }
            }
        }
        return null;
    }

    /** Returns a matrix of NaN, or of the smallest integer, that is wider than a shape. */
    public static Tensor wide(Workspace workspace, ElementType type, long... shape) {
        return wide(workspace, type, shape[0], shape[1], new Gaps.Margins(LEFT, RIGHT));
    }

    private static Tensor wide(Workspace workspace, ElementType type, long rows, long columns, Gaps.Margins margins) {
        Tensor wide = workspace.allocate(type, rows, margins.left() + columns + margins.right());
        double[] gaps = new double[Math.toIntExact(wide.size())];
        Arrays.fill(gaps, gap(type));
        return TapePass.write(wide, gaps);
    }

    private static double gap(ElementType type) {
        return type.isFloating() ? Double.NaN : Integer.MIN_VALUE;
    }
}
