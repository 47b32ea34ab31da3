package dev.unroll.rnn.parallel;

import dev.unroll.kernels.Tensor;
import java.util.List;

/**
 * What the workers of one training send each other: tensors, in rounds in which every worker takes part. Reduce-scatter and
 * all-gather over the parameters are a round each.
 *
 * <p>Workers are numbered from 0. An exchange belongs to one worker, and to the thread that trains. After an exception it
 * can only be closed, and the other workers get an exception too, in the same round or, if they have received everything
 * of that one, in their next. A round never waits longer than its timeout for another worker that does nothing.
 */
public interface Exchange extends AutoCloseable {
    /** The tensors of a round that one worker has for the others, or expects of them. */
    @FunctionalInterface
    interface Messages {
        /**
         * Returns the tensors for another worker, or from it.
         *
         * @param worker the other worker's number
         * @return contiguous tensors, perhaps none; their total size is what the other worker expects, or sends
         */
        List<Tensor> with(int worker);
    }

    /**
     * Returns the exchange of a worker that is alone.
     *
     * @return one without memory or connections, whose rounds do nothing
     */
    static Exchange alone() {
        return Alone.INSTANCE;
    }

    /**
     * Returns the number of workers.
     *
     * @return at least 1
     */
    int workers();

    /**
     * Returns the number of this worker.
     *
     * @return from 0 to {@code workers() - 1}
     */
    int worker();

    /**
     * Sends tensors to every other worker and receives those that the others send, in one round. It returns when this
     * worker has received everything, and what it sent may be overwritten. Until then nothing may write to outgoing tensors:
     * incoming ones must not overlap them.
     *
     * @param outgoing what each of the others gets
     * @param incoming is overwritten by what each of the others sends
     * @throws ExchangeException if a worker has left, does not take part within the timeout, or sends another number of
     *     bytes than is expected of it
     * @throws IllegalStateException if this exchange is closed
     */
    void round(Messages outgoing, Messages incoming);

    /** Leaves the training: rounds that other workers wait in fail. A second call does nothing. */
    @Override
    void close();
}
