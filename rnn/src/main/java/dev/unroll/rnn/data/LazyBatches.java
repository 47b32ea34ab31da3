package dev.unroll.rnn.data;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.Objects;
import java.util.RandomAccess;

/** Batches of examples in some order, each made when it is asked for. */
final class LazyBatches extends AbstractList<Batch> implements RandomAccess {
    private final Examples examples;
    private final int[] order;
    private final int perBatch;

    LazyBatches(Examples examples, int[] order, int perBatch) {
        if (perBatch < 1) {
            throw new IllegalArgumentException("a batch must have at least 1 example, not " + perBatch);
        }
        this.examples = examples;
        this.order = order;
        this.perBatch = perBatch;
    }

    @Override
    public Batch get(int index) {
        int from = Objects.checkIndex(index, size()) * perBatch;
        return examples.batch(Arrays.copyOfRange(order, from, (int) Math.min(order.length, (long) from + perBatch)));
    }

    @Override
    public int size() {
        return Math.ceilDiv(order.length, perBatch);
    }
}
