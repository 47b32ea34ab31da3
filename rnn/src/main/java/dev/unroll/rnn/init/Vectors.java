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

    /** Also of what has squares that are too large or too small for a double. */
    static double norm(double... x) {
        double squares = dot(x, x);
        double largest = squares >= 0x1p-900 && squares <= Double.MAX_VALUE ? 0 : largest(x);
        if (largest == 0 || !Double.isFinite(largest)) {
            return largest == 0 ? Math.sqrt(squares) : largest;
        }
        double sum = 0;
        for (double element : x) {
            sum += element / largest * (element / largest);
        }
        return largest * Math.sqrt(sum);
    }

    private static double largest(double... x) {
        double largest = 0;
        for (double element : x) {
            largest = Math.max(largest, Math.abs(element));
        }
        return largest;
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
