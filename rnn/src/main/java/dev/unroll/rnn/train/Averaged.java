package dev.unroll.rnn.train;

import dev.unroll.kernels.Workspace;

/**
 * The time in which a network has the averages of its parameters, see {@link Trainer#averaged}. Belongs to the thread
 * that asked for it.
 */
public final class Averaged implements AutoCloseable {
    private final Workspace.Hold hold;
    private Runnable end;

    Averaged(Workspace.Hold hold, Runnable end) {
        this.hold = hold;
        this.end = end;
    }

    /** Gives the network its parameters back as they were; a second call does nothing. */
    @Override
    public void close() {
        Runnable once = end;
        end = () -> {};
        try {
            once.run();
        } finally {
            hold.close();
        }
    }
}
