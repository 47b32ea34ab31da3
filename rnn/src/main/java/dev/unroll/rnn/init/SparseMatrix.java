package dev.unroll.rnn.init;

import dev.unroll.kernels.Tensor;
import java.util.random.RandomGenerator;

/**
 * A few normal numbers in every column, at random rows, and the matrix scaled.
 *
 * @param links non-zero elements of a column
 * @param norm the largest singular value
 */
record SparseMatrix(int links, double norm) implements Initializer {
    @Override
    public void fill(Tensor parameter, RandomGenerator random) {
        int inputs = (int) parameter.rows();
        int units = (int) parameter.columns();
        int[][] rows = new int[units][];
        double[][] values = new double[units][];
        for (int unit = 0; unit < units; unit++) {
            rows[unit] = choose(Math.min(links, inputs), inputs, random);
            values[unit] = new double[rows[unit].length];
            for (int i = 0; i < values[unit].length; i++) {
                values[unit][i] = random.nextGaussian();
            }
        }
        double scale = norm / LargestSingularValue.of(inputs, rows, values);
        parameter.clear();
        for (int unit = 0; unit < units; unit++) {
            for (int i = 0; i < rows[unit].length; i++) {
                parameter.set(rows[unit][i], unit, scale * values[unit][i]);
            }
        }
    }

    /** Some of the numbers from 0 to n - 1, each at most once (Floyd's method, as in Bentley 1987). */
    private static int[] choose(int count, int n, RandomGenerator random) {
        int[] chosen = new int[count];
        for (int i = 0; i < count; i++) {
            int last = n - count + i;
            int candidate = random.nextInt(last + 1);
            boolean taken = false;
            for (int j = 0; j < i; j++) {
                taken |= chosen[j] == candidate;
            }
            chosen[i] = taken ? last : candidate;
        }
        return chosen;
    }
}
