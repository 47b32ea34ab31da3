package dev.unroll.rnn.parallel;

import java.io.Serial;

/** Says why a connection is not one of the workers. */
final class StrangerException extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    StrangerException(String reason) {
        super(reason, null, false, false); // of which strangers may cause many
    }
}
