package dev.unroll.rnn.autograd;

/**
 * The noise of the weights in one update.
 *
 * @param sigma the standard deviation
 * @param seed of the run
 * @param update its number
 */
record NoiseOfUpdate(double sigma, long seed, long update) {
    /** As a power of two: more streams than any network draws from in one update. */
    private static final int STREAMS_OF_AN_UPDATE = 24;

    /** Null for no noise. */
    static NoiseOfUpdate of(double sigma, long seed, long update) {
        if (!(sigma >= 0) || Double.isInfinite(sigma)) {
            throw new IllegalArgumentException(
                    "Tape.weightNoise: sigma is " + sigma + "; expected a number of at least 0");
        }
        return sigma == 0 ? null : new NoiseOfUpdate(sigma, seed, update);
    }

    static long firstStream(long update) {
        return update << STREAMS_OF_AN_UPDATE;
    }

    /** The stream of a parameter, from the end of the update's streams: dropout counts from their beginning. */
    long stream(int parameter) {
        return firstStream(update + 1) - 1 - parameter;
    }
}
