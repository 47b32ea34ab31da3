package dev.unroll.rnn.init;

import java.util.Arrays;

/**
 * The largest singular value of a sparse matrix A, by the Lanczos method on {@code A^T A} with full
 * reorthogonalisation (Golub and Van Loan 2013, section 10.1). Plain power iteration would stop short where the largest
 * values lie close together, as those of random matrices do.
 */
final class LargestSingularValue {
    /** What is taken for nothing, relative to the largest value of {@code A^T A}: rounding. */
    private static final double ROUNDING = 1e-15;

    /** The value has converged when it did not grow in so many steps; each brings a direction that was not there yet. */
    private static final int STEPS_WITHOUT_GROWTH = 5;

    private LargestSingularValue() {}

    /** Of the matrix with {@code values[j][i]} at row {@code rows[j][i]} of column j. */
    static double of(int height, int[][] rows, double[][] values) {
        int n = rows.length;
        double[][] basis = new double[n][];
        double[] diagonal = new double[n];
        double[] beside = new double[n];
        double[] v = new double[n];
        Arrays.setAll(v, j -> Vectors.norm(values[j])); // likely to point near the largest vector
        double length = Vectors.norm(v);
        double largest = 0;
        int unchanged = 0;
        for (int k = 0; k < n && length > ROUNDING * largest && unchanged < STEPS_WITHOUT_GROWTH; k++) {
            Vectors.scale(v, 1 / length);
            basis[k] = v;
            double[] next = timesTranspose(times(height, rows, values, v), rows, values);
            diagonal[k] = Vectors.dot(next, v);
            for (int pass = 0; pass < 2; pass++) {
                for (int i = k; i >= 0; i--) {
                    Vectors.add(next, -Vectors.dot(next, basis[i]), basis[i]);
                }
            }
            length = Vectors.norm(next);
            beside[k] = length;
            double before = largest;
            largest = largestEigenvalue(k + 1, diagonal, beside);
            unchanged = largest - before > ROUNDING * largest ? 0 : unchanged + 1;
            v = next;
        }
        return Math.sqrt(largest);
    }

    private static double[] times(int height, int[][] rows, double[][] values, double... x) {
        double[] y = new double[height];
        for (int j = 0; j < rows.length; j++) {
            for (int i = 0; i < rows[j].length; i++) {
                y[rows[j][i]] += values[j][i] * x[j];
            }
        }
        return y;
    }

    private static double[] timesTranspose(double[] y, int[][] rows, double[][] values) {
        double[] x = new double[rows.length];
        for (int j = 0; j < rows.length; j++) {
            for (int i = 0; i < rows[j].length; i++) {
                x[j] += values[j][i] * y[rows[j][i]];
            }
        }
        return x;
    }

    /** Of the symmetric tridiagonal matrix of k rows, by bisection: how many are larger is known from signs (Sturm). */
    private static double largestEigenvalue(int k, double[] diagonal, double[] beside) {
        double low = diagonal[0];
        double high = 0;
        for (int i = 0; i < k; i++) {
            double radius = (i > 0 ? beside[i - 1] : 0) + (i < k - 1 ? beside[i] : 0);
            low = Math.max(low, diagonal[i]);
            high = Math.max(high, diagonal[i] + radius); // Gershgorin
        }
        while (true) {
            double middle = low + (high - low) / 2;
            if (middle <= low || middle >= high) {
                return high;
            }
            if (isAbove(middle, k, diagonal, beside)) {
                high = middle;
            } else {
                low = middle;
            }
        }
    }

    /** Whether all eigenvalues are below x: all pivots of the matrix minus x are negative then. */
    private static boolean isAbove(double x, int k, double[] diagonal, double[] beside) {
        double pivot = diagonal[0] - x;
        for (int i = 1; i < k && pivot < 0; i++) {
            pivot = diagonal[i] - x - beside[i - 1] * beside[i - 1] / pivot;
        }
        return pivot < 0;
    }
}
