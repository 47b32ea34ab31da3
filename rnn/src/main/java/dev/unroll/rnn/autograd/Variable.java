package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Tensor;

/** A tensor that a {@link Tape} works on: its value, and its gradient after {@link Tape#backward}. */
public class Variable {
    /** The rows of a variable that is all of its storage: a parameter's storage comes later than the parameter. */
    private static final long ALL = -1;

    private Storage storage;
    private final long from;
    private final long rows;
    private final boolean needsGradient;

    Variable(Storage storage, boolean needsGradient) {
        this(storage, 0, ALL, needsGradient);
    }

    Variable(Storage storage, long from, long rows, boolean needsGradient) {
        this.storage = storage;
        this.from = from;
        this.rows = rows;
        this.needsGradient = needsGradient;
    }

    /**
     * The value.
     *
     * @return a view, valid as long as the memory of the tape that made it
     */
    public Tensor value() {
        return view(storage().values());
    }

    /**
     * The gradient, summed over everything that flowed back so far.
     *
     * @return a view of the shape of the value, or null if nothing flowed back
     */
    public Tensor gradient() {
        Tensor gradients = storage().gradients();
        return gradients == null ? null : view(gradients);
    }

    /**
     * Whether gradients flow to it.
     *
     * @return false for constants and what was computed from nothing but constants
     */
    public boolean needsGradient() {
        return needsGradient;
    }

    /** Whether it was given to the tape rather than computed by it, so that its gradient may be summed at the end. */
    boolean isLeaf() {
        return false;
    }

    Storage storage() {
        return storage;
    }

    void setStorage(Storage storage) {
        this.storage = storage;
    }

    long from() {
        return from;
    }

    private Tensor view(Tensor whole) {
        return isWhole() ? whole : whole.rows(from, rows);
    }

    private boolean isWhole() {
        return rows == ALL || rows == storage.values().rows();
    }
}
