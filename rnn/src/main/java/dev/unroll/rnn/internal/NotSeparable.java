package dev.unroll.rnn.internal;

import java.io.Serial;

/**
 * What sequences give to the gradient of a parameter cannot be told apart in a recording: the sequences have to run one
 * after the other.
 */
public final class NotSeparable extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    /**
     * Makes an exception without stack trace, which is caught.
     *
     * @param reason why
     */
    public NotSeparable(String reason) {
        super(reason, null, false, false);
    }
}
