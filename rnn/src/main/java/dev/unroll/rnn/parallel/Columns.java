package dev.unroll.rnn.parallel;

import dev.unroll.kernels.Tensor;

/**
 * The columns of a slab, divided among workers into ranges of whole cache lines, as equal as these allow.
 *
 * @param count of all columns
 * @param workers number of ranges
 * @param perLine columns of a cache line
 */
record Columns(long count, int workers, long perLine) {
    private long from(int worker) {
        long lines = Math.ceilDiv(count, perLine);
        return Math.min(count, lines * worker / workers * perLine);
    }

    /** The number of columns of a worker, perhaps 0. */
    long size(int worker) {
        return from(worker + 1) - from(worker);
    }

    /** A worker's columns of a slab. */
    Tensor of(int worker, Tensor slab) {
        return slab.columns(from(worker), size(worker)).reshape(size(worker));
    }
}
