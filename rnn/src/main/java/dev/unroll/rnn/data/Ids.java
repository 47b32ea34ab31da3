package dev.unroll.rnn.data;

import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.internal.Nulls;
import java.util.Arrays;

/**
 * Ids of tokens or classes, one per row.
 *
 * <p>Immutable, and safe for use by many threads.
 */
public final class Ids implements Values {
    private final int[] ids;

    /**
     * Copies ids.
     *
     * @param ids from 0, or {@link Batch#NO_TARGET}
     */
    public Ids(int... ids) {
        Nulls.require("Ids", "ids", ids);
        this.ids = ids.clone();
    }

    @Override
    public int count() {
        return ids.length;
    }

    /**
     * Returns the id of a row.
     *
     * @param row from 0
     * @return its id
     */
    public int get(int row) {
        return ids[row];
    }

    /** A copy of some of the ids. */
    Ids ids(int from, int count) {
        return new Ids(Arrays.copyOfRange(ids, from, from + count));
    }

    /** A copy of some of the ids of every step, all of which have as many. */
    Ids ofEvery(int steps, int from, int count) {
        int size = ids.length / steps;
        int[] some = new int[steps * count];
        for (int t = 0; t < steps; t++) {
            System.arraycopy(ids, t * size + from, some, t * count, count);
        }
        return new Ids(some);
    }

    /**
     * Returns all ids.
     *
     * @return a copy
     */
    public int[] toInts() {
        return ids.clone();
    }

    @Override
    public Tensor copyTo(Tensor target) {
        return target.copyFrom(ids);
    }

    @Override
    public boolean equals(Object object) {
        return object instanceof Ids other && Arrays.equals(ids, other.ids);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(ids);
    }

    @Override
    public String toString() {
        return Shortened.text("id", ids.length, i -> String.valueOf(ids[i]));
    }
}
