package dev.unroll.kernels;

/**
 * An allocation that would exceed the limit of a {@link Workspace}, or of all workspaces together. Nothing was allocated, and
 * what exists stays valid: close what is not needed, and try again, or raise the limit, as the message says.
 */
public final class MemoryLimitException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    /** What was wanted, and what is left. */
    MemoryLimitException(String message) {
        super(message);
    }
}
