package dev.unroll.rnn.spec;

import dev.unroll.rnn.io.Shown;

/** Thrown where a text names a user-defined layer or output map that the given {@link Kinds} do not have. */
public final class MissingKindException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    /** The name of the kind. */
    private final String kind;

    MissingKindException(String kind, Kinds kinds) {
        super(Shown.brief(kind) + " is user-defined, and the Kinds given have " + kinds
                + "; add it by Kinds.withLayer or withOutput, and pass the Kinds to load, parse or NetworkBuilder.of");
        this.kind = kind;
    }

    private MissingKindException(String source, MissingKindException cause) {
        super(Shown.message(tail(source, Shown.MAX_MESSAGE - 2 - cause.getMessage().length()), cause.getMessage()),
                cause);
        kind = cause.kind;
    }

    /**
     * Returns the same fault of a file.
     *
     * @param source the file, for the message
     * @return with the file in the message, of at most 300 characters
     */
    public MissingKindException in(String source) {
        return new MissingKindException(source, this);
    }

    /** The end of a path that is longer than there is room for beside what to do. */
    private static String tail(String source, int most) {
        return source.length() <= most ? source : "..." + source.substring(source.length() - most + 3);
    }

    /**
     * Returns the kind that is missing.
     *
     * @return such as {@code acme.peephole}
     */
    public String kind() {
        return kind;
    }
}
