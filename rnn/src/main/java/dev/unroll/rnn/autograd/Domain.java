package dev.unroll.rnn.autograd;

/**
 * The shapes and numbers that an op accepts as one input; samplers draw examples from it.
 *
 * <p>Immutable, and safe for use by many threads.
 *
 * @param shape sizes as words: a letter is a size that is the same in all inputs of the op, with an optional factor
 *     before it, such as {@code "b 4n"}
 * @param range the numbers that are allowed
 * @param limit for {@link Range#IDS} the letter of the size that every id is below, otherwise empty
 */
public record Domain(String shape, Range range, String limit) {
    /** The numbers that an input may hold. */
    public enum Range {
        /** Any real number. */
        REAL,
        /** Real numbers, the function having a kink where this input is 0: differences must not be taken across it. */
        KINK_AT_ZERO,
        /** Any real number, the function having a kink at a place that depends on the other inputs too. */
        KINK_INSIDE,
        /** Real numbers above 0. */
        POSITIVE,
        /** Real numbers above 1. */
        ABOVE_ONE,
        /** Integers from 0 to a limit; ids get no gradient. */
        IDS,
        /** Numbers from 0 to 1 that get no gradient. */
        TARGET,
        /** Numbers of at least 0, not all 0, that get no gradient. */
        WEIGHT;

        /** {@return whether an op computes a gradient for such an input, which must be a constant otherwise} */
        public boolean hasGradient() {
            return this != IDS && this != TARGET && this != WEIGHT;
        }
    }

    /**
     * {@return the domain of all real numbers}
     * @param shape sizes as words, such as {@code "b 4n"}
     */
    public static Domain real(String shape) {
        return of(shape, Range.REAL);
    }

    /**
     * {@return a domain of numbers that are no ids}
     * @param shape sizes as words, such as {@code "b 4n"}
     * @param range the numbers; for ids use {@link #ids}
     */
    public static Domain of(String shape, Range range) {
        return new Domain(shape, range, "");
    }

    /**
     * {@return a domain of ids from 0}
     * @param shape sizes as words, such as {@code "m"}
     * @param limit the letter of the size that every id is below
     */
    public static Domain ids(String shape, String limit) {
        return new Domain(shape, Range.IDS, limit);
    }
}
