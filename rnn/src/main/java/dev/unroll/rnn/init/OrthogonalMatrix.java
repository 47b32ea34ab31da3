package dev.unroll.rnn.init;

import dev.unroll.kernels.Tensor;
import java.util.random.RandomGenerator;

/**
 * Random orthonormal vectors: normal ones, made orthogonal one after the other. That is the QR decomposition with a
 * positive diagonal of R, which makes all orthogonal matrices equally likely (Mezzadri 2007).
 */
final class OrthogonalMatrix {
    private OrthogonalMatrix() {}

    static void fill(Tensor parameter, RandomGenerator random) {
        boolean wide = parameter.columns() > parameter.rows();
        int count = (int) Math.min(parameter.rows(), parameter.columns());
        int length = (int) Math.max(parameter.rows(), parameter.columns());
        double[][] vectors = new double[count][];
        for (int i = 0; i < count; i++) {
            vectors[i] = orthonormal(vectors, i, length, random);
            for (int j = 0; j < length; j++) {
                if (wide) {
                    parameter.set(i, j, vectors[i][j]);
                } else {
                    parameter.set(j, i, vectors[i][j]);
                }
            }
        }
    }

    /** A random unit vector that is orthogonal to the first {@code count} others. */
    private static double[] orthonormal(double[][] others, int count, int length, RandomGenerator random) {
        double[] v = new double[length];
        for (int j = 0; j < length; j++) {
            v[j] = random.nextGaussian();
        }
        for (int pass = 0; pass < 2; pass++) { // twice is enough, to rounding (Giraud et al. 2005)
            for (int i = 0; i < count; i++) {
                Vectors.add(v, -Vectors.dot(v, others[i]), others[i]);
            }
        }
        Vectors.scale(v, 1 / Vectors.norm(v));
        return v;
    }
}
