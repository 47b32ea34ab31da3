package dev.unroll.rnn.init;

/**
 * Chooses the initializers of a network's parameters, by their names and shapes.
 *
 * <p>Implementations are safe for use by many threads.
 */
@FunctionalInterface
public interface Initialization {
    /** What the layers choose for themselves. */
    Initialization USUAL = (_, usual, _) -> usual;

    /**
     * The initializer of a matrix or of a bias. Of matrices that lie side by side in one parameter, such as those of the
     * gates of a cell, each is asked for on its own.
     *
     * @param name the parameter's, such as {@code layer0.input.weight}, {@code layer0.recurrent} or {@code output.bias}
     * @param usual what the layer would choose
     * @param shape {@code [inputs, outputs]} of a matrix that is multiplied as {@code x W}, {@code [outputs]} of a bias
     * @return an initializer, such as the usual one
     */
    Initializer choose(String name, Initializer usual, long... shape);
}
