package dev.unroll.rnn.spec;

/**
 * The map from the top layer of a network to its outputs as data: a built-in one, or a user-defined one of {@link Kinds}.
 *
 * <p>Immutable, and safe for use by many threads.
 */
public sealed interface OutputDescription permits OutputLayer, CustomOutput {
    /**
     * Returns the last element of a description of a network.
     *
     * @return such as {@code tied}; empty for a linear map, which has none
     */
    String text();
}
