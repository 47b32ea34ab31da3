package dev.unroll.rnn.parallel;

import java.io.Serial;

/** A round of an {@link Exchange} that could not be completed; the training of all its workers ends. */
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
