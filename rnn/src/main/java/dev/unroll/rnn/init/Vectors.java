package dev.unroll.rnn.init;

/** Arithmetic on vectors in double, which initializers need before anything is trained. */
final class Vectors {
    private Vectors() {}

    static double dot(double[] x, double[] y) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += x[i] * y[i];
        }
        return sum;
    }

    static double norm(double... x) {
        return Math.sqrt(dot(x, x));
    }

    /** {@code x += factor y}. */
    static void add(double[] x, double factor, double... y) {
        for (int i = 0; i < x.length; i++) {
            x[i] += factor * y[i];
        }
    }

    static void scale(double[] x, double factor) {
        for (int i = 0; i < x.length; i++) {
            x[i] *= factor;
        }
    }
}
