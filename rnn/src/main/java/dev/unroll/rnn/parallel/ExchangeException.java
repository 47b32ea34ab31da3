package dev.unroll.rnn.parallel;

import java.io.Serial;

/**
 * Thrown when a round of an {@link Exchange} cannot be completed, or its workers cannot be connected; the training of all of
 * them ends.
 */
public final class ExchangeException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    /**
     * Makes an exception.
     *
     * @param message names the worker and what happened
     */
    public ExchangeException(String message) {
        super(message);
    }

    /**
     * Makes an exception with a cause.
     *
     * @param message names the worker and what happened
     * @param cause such as a failed connection
     */
    public ExchangeException(String message, Throwable cause) {
        super(message, cause);
    }
}
