package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.DoubleSupplier;

/** A quick look at a backward kernel in F64: central differences of the forward one. */
final class Differences {
    private static final double STEP = 1e-5;

    /** The error of the difference is of order STEP^2 = 1e-10, that of rounding 1e-16 / STEP = 1e-11. */
    private static final double TOLERANCE = 1e-8;

    private Differences() {}

    /** Compares the gradient with the differences of the loss, moving one element of the input after the other. */
    static void assertGradient(DoubleSupplier loss, Tensor input, Tensor gradient) {
        for (long r = 0; r < input.rows(); r++) {
            for (long j = 0; j < input.columns(); j++) {
                double value = input.get(r, j);
                input.set(r, j, value + STEP);
                double above = loss.getAsDouble();
                input.set(r, j, value - STEP);
                double below = loss.getAsDouble();
                input.set(r, j, value);
                double difference = (above - below) / (2 * STEP);
                assertEquals(difference, gradient.get(r, j), TOLERANCE, "gradient of [" + r + ", " + j + "]");
            }
        }
    }

    /** A loss of a tensor: its product with weights. */
    static double dot(Tensor weights, Tensor values) {
        double sum = 0;
        for (long r = 0; r < values.rows(); r++) {
            for (long j = 0; j < values.columns(); j++) {
                sum += weights.get(r, j) * values.get(r, j);
            }
        }
        return sum;
    }
}
