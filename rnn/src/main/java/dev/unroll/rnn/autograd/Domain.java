package dev.unroll.rnn.autograd;

/**
 * What an op accepts as one input, so that samplers can make examples of it.
 *
 * @param shape sizes as words: a letter stands for a size that is the same in all inputs of the op, with an optional
 *     factor before it, such as {@code "b 4n"}
 * @param values which numbers are in the domain
 * @param limit for {@link Values#IDS} the letter of the size that every id is below, otherwise empty
 */
public record Domain(String shape, Values values, String limit) {
    /** Which numbers an input may hold. */
    public enum Values {
        /** Any real number. */
        REAL,
        /** Real numbers, the function having a kink where this input is 0: differences must not be taken across it. */
        KINK_AT_ZERO,
        /** Any real number, the function having a kink somewhere that depends on the other inputs too. */
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

        /**
         * Whether an op gives such an input a gradient.
         *
         * @return false if it must be a constant
         */
        public boolean hasGradient() {
            return this != IDS && this != TARGET && this != WEIGHT;
        }
    }

    /**
     * Any real numbers.
     *
     * @param shape sizes as words, such as {@code "b 4n"}
     * @return the domain
     */
    public static Domain real(String shape) {
        return of(shape, Values.REAL);
    }

    /**
     * Real numbers of a domain.
     *
     * @param shape sizes as words, such as {@code "b 4n"}
     * @param values which numbers; for ids use {@link #ids}
     * @return the domain
     */
    public static Domain of(String shape, Values values) {
        return new Domain(shape, values, "");
    }

    /**
     * Ids from 0.
     *
     * @param shape sizes as words, such as {@code "m"}
     * @param limit the letter of the size that every id is below
     * @return the domain
     */
    public static Domain ids(String shape, String limit) {
        return new Domain(shape, Values.IDS, limit);
    }
}
