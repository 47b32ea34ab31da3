package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Tensor;
import java.util.BitSet;

/** The rows of a parameter's gradient that were added to since it was zero; all others are zero. */
final class TouchedRows {
    private final BitSet some = new BitSet();
    private final long count;
    private boolean all;
    private boolean always;

    /** Creates the empty set of rows of a gradient that has so many. */
    TouchedRows(long count) {
        this.count = count;
    }

    /** The number of rows, touched or not. */
    long count() {
        return count;
    }

    void addAll() {
        all = true;
    }

    /** All rows from now on: someone else has the gradient, and may write to it at any time. */
    void addAllForever() {
        all = true;
        always = true;
    }

    /** Ids that are no rows are left out: adding to them is refused. */
    void add(Tensor ids) {
        if (all) {
            return;
        }
        for (int id : ids.toInts()) {
            if (id >= 0 && id < count) {
                some.set(id);
            }
        }
    }

    /** Whether a pass over all rows is right, or costs no more than one over the touched ones alone. */
    boolean areAll() {
        return all || some.cardinality() >= (count + 1) / 2;
    }

    /** The rows in ascending order. */
    int[] toArray() {
        return some.stream().toArray();
    }

    /** To be called after the gradient became zero. */
    void clear() {
        some.clear();
        all = always;
    }
}
