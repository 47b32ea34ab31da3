package dev.unroll.rnn.autograd;

/**
 * The noise that the weights have in one update.
 *
 * @param sigma the standard deviation
 * @param seed of the run
 * @param update its number
 */
record NoiseOfUpdate(double sigma, long seed, long update) {
    /** A stream of its own for every parameter, from the end of the update's: dropout counts from their beginning. */
    long stream(int parameter) {
        return Tape.firstStream(update + 1) - 1 - parameter;
    }
}
