package dev.unroll.rnn.init;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Creates the random generator whose algorithm all reproducible results depend on.
 *
 * <p>Many threads may call it; a generator is for one.
 */
public final class Randoms {
    private static final RandomGeneratorFactory<RandomGenerator> FACTORY =
            RandomGeneratorFactory.of("L64X128MixRandom");

    private Randoms() {}

    /**
     * Creates a generator.
     *
     * @param seed any
     * @return a new generator, not thread-safe, whose sequence depends on the seed alone
     */
    public static RandomGenerator of(long seed) {
        return FACTORY.create(seed);
    }
}
