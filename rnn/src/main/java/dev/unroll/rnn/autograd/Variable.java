package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Tensor;

/** A tensor that a {@link Tape} works on: its value, and its gradient after {@link Tape#backward}. */
public class Variable {
    private Storage storage;
    private final Part part;
    private final boolean needsGradient;

    Variable(Storage storage, boolean needsGradient) {
        this(storage, Part.WHOLE, needsGradient);
    }

    Variable(Storage storage, Part part, boolean needsGradient) {
        this.storage = storage;
        this.part = part;
        this.needsGradient = needsGradient;
    }

    /**
     * The value.
     *
     * @return a view, valid as long as the memory of the tape that made it
     */
    public Tensor value() {
        return part.of(storage().values());
    }

    /**
     * The gradient, summed over everything that flowed back so far.
     *
     * @return a view of the shape of the value, or null if nothing flowed back
     */
    public Tensor gradient() {
        Tensor gradients = storage().gradients();
        return gradients == null ? null : part.of(gradients);
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

    Part part() {
        return part;
    }
}
