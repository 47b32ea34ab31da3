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
 * @param whole the wider matrix around it, or the variable itself
 */
public record PlacedInput(Variable variable, Variable whole) {
    /** The number of columns of the wider matrix to the left of the input. */
    public static final int LEFT = 1;

    /** The number of columns to its right: together with those to its left no multiple of a vector. */
    private static final int RIGHT = 2;

    /** The input's rows follow each other in memory. */
    static PlacedInput plain(
            Tape tape, Workspace workspace, ElementType type, long[] shape, double[] values, boolean varies) {
        Tensor tensor = TapePass.write(workspace.allocate(type, shape), values);
        Variable variable = varies ? tape.variable(tensor) : tape.constant(tensor);
        return new PlacedInput(variable, variable);
    }

    /** Between the rows of the input, and of its gradient, lies something that is not to be touched. */
    static PlacedInput strided(
            Tape tape, Workspace workspace, ElementType type, long[] shape, double[] values, boolean varies) {
        Tensor wide = wide(workspace, type, shape);
        TapePass.write(wide.columns(LEFT, shape[1]), values);
        Variable whole = varies ? tape.variable(wide) : tape.constant(wide);
        return new PlacedInput(tape.columns(whole, LEFT, shape[1]), whole);
    }

    /** Describes a write beside the input or its gradient; null if there was none. */
    public String touched() {
        if (variable == whole) {
            return null;
        }
        String values = touched("the matrix around it", whole.value(), gap(whole.value().type()));
        return values != null || whole.gradient() == null
                ? values
                : touched("the gradient of the matrix around it", whole.gradient(), 0);
    }

    private String touched(String what, Tensor wide, double expected) {
        long columns = variable.value().columns();
        for (long r = 0; r < wide.rows(); r++) {
            for (long c = 0; c < wide.columns(); c++) {
                boolean beside = c < LEFT || c >= LEFT + columns;
                if (beside && Double.compare(wide.get(r, c), expected) != 0) {
                    return what + " [" + r + ", " + c + "] became " + wide.get(r, c);
                }
            }
        }
        return null;
    }

    /** Returns a matrix of NaN, or of the smallest integer, that is wider than a shape. */
    public static Tensor wide(Workspace workspace, ElementType type, long... shape) {
        Tensor wide = workspace.allocate(type, shape[0], LEFT + shape[1] + RIGHT);
        double[] gaps = new double[Math.toIntExact(wide.size())];
        Arrays.fill(gaps, gap(type));
        return TapePass.write(wide, gaps);
    }

    private static double gap(ElementType type) {
        return type.isFloating() ? Double.NaN : Integer.MIN_VALUE;
    }
}
