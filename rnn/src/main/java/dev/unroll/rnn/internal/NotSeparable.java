package dev.unroll.rnn.internal;

import java.io.Serial;

/**
 * What sequences give to the gradient of a parameter cannot be told apart in a recording: the sequences have to run one
 * after the other.
 */
public final class NotSeparable extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final boolean isOfShape;

    /**
     * Makes an exception without stack trace, which is caught.
     *
     * @param reason why
     * @param isOfShape whether it is because of the shape of the batch; otherwise it is so with any batch
     */
    public NotSeparable(String reason, boolean isOfShape) {
        super(reason, null, false, false);
        this.isOfShape = isOfShape;
    }

    /**
     * Returns whether a batch of another shape may be separable.
     *
     * @return false if it is because of the network or the loss
     */
    public boolean isOfShape() {
        return isOfShape;
    }
}
