package dev.unroll.rnn.io;

import java.io.IOException;

/** A checkpoint that cannot be read as it was written; an older one may be. */
public final class DamagedCheckpointException extends IOException {
    private static final long serialVersionUID = 1;

    /**
     * What is wrong with it.
     *
     * @param cause whose message names the file
     */
    DamagedCheckpointException(IOException cause) {
        super(cause.getMessage(), cause);
    }
}
