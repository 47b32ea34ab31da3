package dev.unroll.rnn.init;

import dev.unroll.kernels.Tensor;
import java.util.Collections;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;

/**
 * Gives a parameter its first values.
 *
 * <p>Implementations are safe for use by many threads, each with a generator of its own.
 */
@FunctionalInterface
public interface Initializer {
    /**
     * Fills a parameter.
     *
     * @param parameter {@code [inputs, outputs]} of a matrix that is multiplied as {@code x W}, or a row
     * @param random where values are drawn from, row by row
     */
    void fill(Tensor parameter, RandomGenerator random);

    /**
     * All zeros.
     *
     * @return the initializer
     */
    static Initializer zeros() {
        return (parameter, _) -> parameter.clear();
    }

    /**
     * One number everywhere, such as the bias of a forget gate (Gers et al. 2000).
     *
     * @param value any finite number
     * @return the initializer
     */
    static Initializer constant(double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException("the value of a constant initializer must be finite, not " + value);
        }
        return each(_ -> value);
    }

    /**
     * Uniform between {@code -bound} and {@code bound}.
     *
     * @param bound positive
     * @return the initializer
     */
    static Initializer uniform(double bound) {
        requirePositive("bound of a uniform initializer", bound);
        return each(random -> random.nextDouble(-bound, bound));
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

    /**
     * Uniform with variance {@code 2 / (inputs + outputs)}, so that neither values nor gradients grow from layer to layer
     * (Glorot and Bengio 2010).
     *
     * @return the initializer
     */
    static Initializer glorot() {
        return (parameter, random) -> uniform(Math.sqrt(6.0 / (parameter.rows() + parameter.columns())))
                .fill(parameter, random);
    }

    /**
     * Normal with mean 0.
     *
     * @param deviation standard deviation, positive
     * @return the initializer
     */
    static Initializer gaussian(double deviation) {
        requirePositive("standard deviation", deviation);
        return each(random -> deviation * random.nextGaussian());
    }

    /**
     * Orthonormal rows or columns, whichever are fewer, uniformly distributed among all such matrices (Saxe et al. 2014;
     * Mezzadri 2007).
     *
     * @return the initializer
     */
    static Initializer orthogonal() {
        return OrthogonalMatrix::fill;
    }

    /**
     * Few connections into every unit, drawn from a normal distribution, and then the whole matrix scaled to a largest
     * singular value (Pascanu et al. 2014 with 20 connections and 1; after Martens and Sutskever 2011).
     *
     * @param links non-zero elements of every column; all of them where there are no more rows
     * @param norm the largest singular value, positive
     * @return the initializer
     */
    static Initializer sparse(int links, double norm) {
        if (links < 1) {
            throw new IllegalArgumentException("a sparse matrix needs at least 1 link for every unit, not " + links);
        }
        requirePositive("largest singular value", norm);
        return new SparseMatrix(links, norm);
    }

    /**
     * Each block of columns on its own: the gates of a cell lie side by side, but each is a matrix.
     *
     * @param blocks how many, one after another; all equally wide
     * @return the initializer
     */
    static Initializer blocks(Initializer... blocks) {
        List<Initializer> all = List.of(blocks);
        return (parameter, random) -> {
            if (parameter.columns() % all.size() != 0) {
                throw new IllegalArgumentException(
                        "the columns of " + parameter + " cannot be divided into " + all.size()
                                + " blocks of equal width; give an initializer for each gate");
            }
            int width = Math.toIntExact(parameter.columns() / all.size());
            blocks(Collections.nCopies(all.size(), width), all).fill(parameter, random);
        };
    }

    /**
     * Each block of columns on its own.
     *
     * @param widths of the blocks, one after another
     * @param initializers of the blocks, as many
     * @return the initializer
     */
    static Initializer blocks(List<Integer> widths, List<Initializer> initializers) {
        return (parameter, random) -> {
            long from = 0;
            for (int i = 0; i < widths.size(); i++) {
                initializers.get(i).fill(parameter.columns(from, widths.get(i)), random);
                from += widths.get(i);
            }
        };
    }

    private static Initializer each(ToDoubleFunction<RandomGenerator> element) {
        return (parameter, random) -> {
            for (long r = 0; r < parameter.rows(); r++) {
                for (long c = 0; c < parameter.columns(); c++) {
                    parameter.set(r, c, element.applyAsDouble(random));
                }
            }
        };
    }

    private static void requirePositive(String what, double value) {
        if (!(value > 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException("the " + what + " must be positive, not " + value);
        }
    }
}
