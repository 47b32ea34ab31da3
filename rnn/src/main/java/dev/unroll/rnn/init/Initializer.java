package dev.unroll.rnn.init;

import dev.unroll.kernels.Tensor;
import java.util.random.RandomGenerator;

/** Gives a parameter its first values. */
@FunctionalInterface
public interface Initializer {
    /**
     * Fills a parameter.
     *
     * @param parameter {@code [inputs, outputs]} or a row
     * @param random where values are drawn from, row by row
     */
    void fill(Tensor parameter, RandomGenerator random);

    /**
     * All zeros.
     *
     * @return the initializer
     */
    static Initializer zeros() {
        return (parameter, random) -> parameter.clear();
    }

    /**
     * Uniform between {@code -bound} and {@code bound}.
     *
     * @param bound positive
     * @return the initializer
     */
    static Initializer uniform(double bound) {
        if (!(bound > 0) || Double.isInfinite(bound)) {
            throw new IllegalArgumentException("the bound of a uniform initializer must be positive, not " + bound);
        }
        return (parameter, random) -> {
            for (long r = 0; r < parameter.rows(); r++) {
                for (long c = 0; c < parameter.columns(); c++) {
                    parameter.set(r, c, random.nextDouble(-bound, bound));
                }
            }
        };
    }

    /**
     * Uniform between {@code -1 / sqrt(units)} and {@code 1 / sqrt(units)}: what PyTorch's recurrent layers start from,
     * and D2L's with them.
     *
     * @param units the hidden size
     * @return the initializer
     */
    static Initializer uniformByUnits(int units) {
        return uniform(1 / Math.sqrt(units));
    }
}
