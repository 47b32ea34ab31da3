package dev.unroll.rnn.data;

import dev.unroll.rnn.init.Randoms;
import java.util.random.RandomGenerator;

/**
 * What is random about the data of an epoch, as a function of a seed and the epoch alone: a training that is resumed finds
 * the same batches in the same order, without those that came before.
 *
 * <p>Many threads may call it; a generator is for one.
 */
public final class EpochRandom {
    /** A prime far above the epochs of any training, so that seeds that follow each other share no epoch. */
    private static final long STRIDE = 1_000_003;

    private EpochRandom() {}

    /**
     * A generator for one epoch.
     *
     * @param seed of the training
     * @param epoch from 0
     * @return at its beginning
     */
    public static RandomGenerator of(long seed, int epoch) {
        return Randoms.of(seed * STRIDE + epoch);
    }
}
