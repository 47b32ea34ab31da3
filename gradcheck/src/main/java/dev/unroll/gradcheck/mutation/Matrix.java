package dev.unroll.gradcheck;

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
record Matrix(int rows, int columns, double[] values) {
    static Matrix of(long[] shape, double[] values) {
        int rows = (int) shape[0];
        return new Matrix(rows, values.length / rows, values);
    }

    Matrix times(double factor) {
        double[] changed = values.clone();
        for (int i = 0; i < changed.length; i++) {
            changed[i] *= factor;
        }
        return new Matrix(rows, columns, changed);
    }

    /** What is read if the memory is taken to hold the transpose; of a square matrix the transpose itself. */
    Matrix transposed() {
        return rearranged((r, c) -> c * rows + r);
    }

    /** Every row holds the one before it, and the first row the last one. */
    Matrix rotated() {
        return rearranged((r, c) -> (r + rows - 1) % rows * columns + c);
    }

    /** Every row holds the one before it, and the first row nothing. */
    Matrix shifted() {
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

    Matrix withLastRow(double value) {
        Matrix changed = times(1);
        for (int c = 0; c < columns; c++) {
            changed.values[(rows - 1) * columns + c] = value;
        }
        return changed;
    }

    Matrix withoutLastColumn() {
        Matrix changed = times(1);
        for (int r = 0; r < rows; r++) {
            changed.values[(r + 1) * columns - 1] = 0;
        }
        return changed;
    }

    Matrix ones() {
        double[] ones = new double[values.length];
        Arrays.fill(ones, 1);
        return new Matrix(rows, columns, ones);
    }

    /** One element somewhere in the middle is off by a hundredth of a typical one. */
    Matrix withOneWrongElement() {
        Matrix changed = times(1);
        changed.values[values.length / 2] += 0.01 * ArrayMath.norm(values) / Math.sqrt(values.length);
        return changed;
    }
}
