package dev.unroll.rnn.io;

import java.io.IOException;

/** A file that was read but does not hold what it should: damaged, cut short, hostile or of another format. */
public final class MalformedFileException extends IOException {
    private static final long serialVersionUID = 1;

    /**
     * A fault of one file; what is longer than {@value Shown#MAX_MESSAGE} characters is cut.
     *
     * @param source the file, as the user should see it named
     * @param problem what is wrong with it and what was expected, on one line
     */
    public MalformedFileException(String source, String problem) {
        super(Shown.message(source, problem));
    }
}
