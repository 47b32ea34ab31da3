package dev.unroll.gradcheck.numeric;

import dev.unroll.gradcheck.subject.Subject;
import dev.unroll.rnn.init.Randoms;
import java.util.random.RandomGenerator;

/**
 * An estimate of the rounding within backward. A stable computation gives the exact result for arguments that are off by
 * some roundings; so the result changes by about its own error when the arguments are moved by these.
 */
final class AnalyticRounding {
    /** Random movements that are tried. */
    private static final int TRIES = 3;

    /** Arguments are moved by this part of themselves at most: some units of the last place. */
    private static final double MOVED = 4 * 0x1p-52;

    /** The error is taken to be this times the largest change that was seen. */
    private static final double SLACK = 8;

    private AnalyticRounding() {}

    /**
     * Returns an upper estimate of the error of each gradient.
     *
     * @param u cotangents
     * @param gradients for these cotangents, null for a variable that is not asked for
     */
    static double[][] of(Subject subject, double[][] u, double[][] gradients) {
        RandomGenerator random = Randoms.of(1);
        double[][] errors = new double[gradients.length][];
        for (int i = 0; i < TRIES; i++) {
            double[][] moved = subject.gradients(moved(subject.point(), random), moved(u, random));
            for (int s = 0; s < errors.length; s++) {
                if (gradients[s] != null) {
                    errors[s] = errors[s] == null ? new double[gradients[s].length] : errors[s];
                    add(gradients[s], moved[s], errors[s]);
                }
            }
        }
        return errors;
    }

    private static void add(double[] gradient, double[] moved, double[] errors) {
        for (int j = 0; j < errors.length; j++) {
            double change = SLACK * Math.abs(moved[j] - gradient[j]);
            errors[j] = Double.isNaN(change) ? errors[j] : Math.max(errors[j], change);
        }
    }

    private static double[][] moved(double[][] arrays, RandomGenerator random) {
        double[][] moved = new double[arrays.length][];
        for (int s = 0; s < moved.length; s++) {
            if (arrays[s] != null) {
                moved[s] = arrays[s].clone();
                for (int j = 0; j < moved[s].length; j++) {
                    moved[s][j] += moved[s][j] * random.nextDouble(-MOVED, MOVED);
                }
            }
        }
        return moved;
    }
}
