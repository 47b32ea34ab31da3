package dev.unroll.rnn.model;

import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.operator.Network;

/** Configures and opens a {@link Session}: of one sequence of frames that gives logits, if nothing else is said. For one thread. */
public final class SessionBuilder {
    private final DeepRnn network;
    private final Network layers;
    private int batch = 1;
    private boolean readsIds;
    private Session.Output output = Session.Output.LOGITS;
    private Long memoryLimit;

    SessionBuilder(DeepRnn network, Network layers) {
        this.network = network;
        this.layers = layers;
    }

    /**
     * Sets the number of sequences that every step runs.
     *
     * @param sequences at least 1
     * @return this
     */
    public SessionBuilder batch(int sequences) {
        if (sequences < 1) {
            throw new IllegalArgumentException(
                    "a session runs 1 sequence or more, not " + sequences + "; give batch a positive number");
        }
        batch = sequences;
        return this;
    }

    /**
     * Makes ids the inputs, such as those of words, instead of frames of numbers.
     *
     * @return this
     */
    public SessionBuilder ids() {
        readsIds = true;
        return this;
    }

    /**
     * Sets what the session makes of the logits.
     *
     * @param kind logits or probabilities
     * @return this
     */
    public SessionBuilder output(Session.Output kind) {
        output = Nulls.require("SessionBuilder.output", "kind", kind);
        return this;
    }

    /**
     * Sets a limit for the memory of the session, which otherwise counts against the common one.
     *
     * @param bytes the maximum
     * @return this
     */
    public SessionBuilder memoryLimit(long bytes) {
        memoryLimit = bytes;
        return this;
    }

    /**
     * Opens a session. It begins with new sequences.
     *
     * @return to be closed before its network
     * @throws IllegalArgumentException if the network looks ahead
     * @throws IllegalStateException if the network is closed, is being trained or changed, or there is no memory
     */
    public Session open() {
        network.requireCausal();
        Workspace.Hold shared = network.shareForSession();
        Workspace memory = memoryLimit == null ? new Workspace("session") : new Workspace("session", memoryLimit);
        try {
            return new Session(network, layers, batch, readsIds, output, memory, shared);
        } catch (Throwable e) {
            shared.close();
            memory.close();
            throw e;
        }
    }
}
