package dev.unroll.rnn.data;

import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * A numbered collection of examples of which batches are made when they are asked for. {@link Windows} and
 * {@link BatchFirst} make them from memory; implement the two methods for data that is read or computed on demand.
 *
 * <p>The examples of this package are immutable and safe for any thread.
 */
public interface Examples {
    /**
     * Returns the number of examples.
     *
     * @return at least 1
     */
    int count();

    /**
     * Makes a batch of some examples. It must depend on their numbers alone.
     *
     * @param examples at least one number from 0 to {@link #count()} - 1, in any order
     * @return a batch whose sequence b is example {@code examples[b]}
     * @throws IllegalArgumentException if no example is given
     * @throws IndexOutOfBoundsException if there is no such example
     */
    Batch batch(int... examples);

    /**
     * Makes one batch of all examples, in their order.
     *
     * @return a batch
     */
    default Batch all() {
        return batch(IntStream.range(0, count()).toArray());
    }

    /**
     * Returns the batches of all examples in their order, for evaluation.
     *
     * @param size examples per batch, at least 1; the last batch may have fewer
     * @return an unmodifiable list that makes a batch whenever it is asked for it, and keeps none
     * @throws IllegalArgumentException if the size is less than 1
     */
    default List<Batch> batches(int size) {
        return new LazyBatches(this, IntStream.range(0, count()).toArray(), size);
    }

    /**
     * Returns the batches of all examples in an order that depends on a seed and an epoch alone, as {@link EpochRandom}
     * does: a training that is resumed finds the same batches.
     *
     * @param size examples per batch, at least 1; the last batch may have fewer
     * @param seed of the training
     * @param epoch from 0
     * @return an unmodifiable list that makes a batch whenever it is asked for it, and keeps none
     * @throws IllegalArgumentException if the size is less than 1
     */
    default List<Batch> batches(int size, long seed, int epoch) {
        RandomGenerator random = EpochRandom.of(seed, epoch);
        int[] order = IntStream.range(0, count()).toArray();
        for (int i = order.length - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[other];
            order[other] = swapped;
        }
        return new LazyBatches(this, order, size);
    }

    /**
     * Returns some consecutive examples, such as those to train on and those to evaluate on. Neighboring {@link Windows}
     * share rows: leave some out between the two parts.
     *
     * @param from the first one
     * @param count how many, at least 1
     * @return a view, whose example 0 is {@code from}
     * @throws IllegalArgumentException if there are not so many examples
     */
    default Examples part(int from, int count) {
        return new PartOfExamples(this, from, count);
    }
}
