package dev.unroll.gradcheck.mutation;

import dev.unroll.gradcheck.util.ArrayMath;
import java.util.Arrays;
import java.util.function.IntBinaryOperator;

/**
 * Numbers row by row, with the ways in which a rule gets them wrong. Each gives a new matrix of the same sizes.
 *
 * @param rows of it; a vector is one column, its elements being what steps and rows are for a matrix
 * @param columns of it
 * @param values row by row
 */
public record Matrix(int rows, int columns, double[] values) {
    public static Matrix of(long[] shape, double[] values) {
        int rows = (int) shape[0];
        return new Matrix(rows, values.length / rows, values);
    }

    public Matrix times(double factor) {
        double[] changed = values.clone();
        for (int i = 0; i < changed.length; i++) {
            changed[i] *= factor;
        }
        return new Matrix(rows, columns, changed);
    }

    /** What is read if the memory is taken to hold the transpose; of a square matrix the transpose itself. */
    public Matrix transposed() {
        return rearranged((r, c) -> c * rows + r);
    }

    /** Every row holds the one before it, and the first row the last one. */
    public Matrix rotated() {
        return rearranged((r, c) -> (r + rows - 1) % rows * columns + c);
    }

    /** Every row holds the one before it, and the first row nothing. */
    public Matrix shifted() {
        Matrix rotated = rotated();
        for (int c = 0; c < columns; c++) {
            rotated.values[c] = 0;
        }
        return rotated;
    }

    private Matrix rearranged(IntBinaryOperator from) {
        double[] changed = new double[values.length];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                changed[r * columns + c] = values[from.applyAsInt(r, c)];
            }
        }
        return new Matrix(rows, columns, changed);
    }

    public Matrix withLastRow(double value) {
        Matrix changed = times(1);
        Arrays.fill(changed.values, (rows - 1) * columns, rows * columns, value);
        return changed;
    }

    public Matrix withoutLastColumn() {
        return withColumnTimes(columns - 1, 0);
    }

    /** One row is multiplied by a factor: 0 loses it, 2 has it twice. */
    public Matrix withRowTimes(int row, double factor) {
        Matrix changed = times(1);
        for (int c = 0; c < columns; c++) {
            changed.values[row * columns + c] *= factor;
        }
        return changed;
    }

    /** One column is multiplied by a factor: 0 loses it, 2 has it twice. */
    public Matrix withColumnTimes(int column, double factor) {
        Matrix changed = times(1);
        for (int r = 0; r < rows; r++) {
            changed.values[r * columns + column] *= factor;
        }
        return changed;
    }

    /** The largest element is multiplied by a factor: 0 loses it, 2 has it twice. */
    public Matrix withLargestTimes(double factor) {
        Matrix changed = times(1);
        changed.values[indexOfLargest()] *= factor;
        return changed;
    }

    private int indexOfLargest() {
        int index = 0;
        for (int i = 1; i < values.length; i++) {
            index = Math.abs(values[i]) > Math.abs(values[index]) ? i : index;
        }
        return index;
    }

    public Matrix ones() {
        double[] ones = new double[values.length];
        Arrays.fill(ones, 1);
        return new Matrix(rows, columns, ones);
    }

    /** One element somewhere in the middle is off by a hundredth of a typical one. */
    public Matrix withOneWrongElement() {
        return withElementOff(0.01);
    }

    /** One element somewhere in the middle is off by a part of a typical one. */
    public Matrix withElementOff(double part) {
        Matrix changed = times(1);
        changed.values[values.length / 2] += part * ArrayMath.norm(values) / Math.sqrt(values.length);
        return changed;
    }
}
