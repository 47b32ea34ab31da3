package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Tensor;

/**
 * A tensor that a {@link Tape} computes with: its value, and its gradient after {@link Tape#backward}.
 *
 * <p>For the thread of its tape; a leaf may be read by many.
 */
public class Variable {
    private Storage storage;
    private final Slice slice;
    private final boolean needsGradient;
    private Tensor value; // views of a part of the storage, made once
    private Tensor gradient;
    private Tensor gradientOf; // of which that is a view

    Variable(Storage storage, boolean needsGradient) {
        this(storage, Slice.WHOLE, needsGradient);
    }

    Variable(Storage storage, Slice slice, boolean needsGradient) {
        this.storage = storage;
        this.slice = slice;
        this.needsGradient = needsGradient;
    }

    /** {@return a view of the value, valid as long as the memory of the tape that made it} */
    public Tensor value() {
        if (slice == Slice.WHOLE) {
            return storage().values();
        }
        if (value == null) {
            value = slice.of(storage().values());
        }
        return value;
    }

    /** {@return a view of the sum of all gradients that flowed back so far, or null if none did} */
    public Tensor gradient() {
        storage().shareGradients();
        return gradientView();
    }

    /** The same for this package, which tells the storage what it adds to. */
    Tensor gradientView() {
        if (slice == Slice.WHOLE || !hasGradient()) {
            return storage().gradients();
        }
        if (gradient == null || gradientOf != storage().gradients()) {
            gradientOf = storage().gradients();
            gradient = slice.of(gradientOf);
        }
        return gradient;
    }

    /** {@return whether gradients flow to this variable; false for constants and functions of constants alone} */
    public boolean needsGradient() {
        return needsGradient;
    }

    /** Whether anything flowed back to the storage. */
    boolean hasGradient() {
        return storage().gradients() != null;
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

    Slice slice() {
        return slice;
    }
}
