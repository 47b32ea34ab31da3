package dev.unroll.rnn.model;

import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.operator.Network;
import java.time.Duration;

/**
 * Configures and opens a {@link Session} or {@link JoinedSessions}: of sequences of frames that give logits, and a session of
 * one sequence, if nothing else is said. For one thread.
 */
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
        Workspace memory = memory("session");
        try {
            return new Session(network, layers, batch, readsIds, output, memory, shared);
        } catch (Throwable e) {
            shared.close();
            memory.close();
            throw e;
        }
    }

    private Workspace memory(String name) {
        return memoryLimit == null ? new Workspace(name) : new Workspace(name, memoryLimit);
    }

    /**
     * Opens joined sessions, each of one sequence, any number of which may run in a batch.
     *
     * @param sessions the largest number of open ones, from 1
     * @param maxWait the longest time for which a step waits for those of other sessions, more than 0
     * @return to be closed before its network
     * @throws IllegalArgumentException if a number is out of range, a number of sequences was set, or the network looks ahead
     * @throws IllegalStateException if the network is closed, is being trained or changed, or there is no memory
     */
    public JoinedSessions join(int sessions, Duration maxWait) {
        return join(sessions, sessions, maxWait);
    }

    /**
     * Opens joined sessions, each of one sequence, of which a limited number may run in a batch.
     *
     * @param sessions the largest number of open ones, from 1
     * @param rows the largest number of sessions in a batch, from 1 to that; bounds the memory and the time of a batch
     * @param maxWait the longest time for which a step waits for those of other sessions, more than 0
     * @return to be closed before its network
     * @throws IllegalArgumentException if a number is out of range, a number of sequences was set, or the network looks ahead
     * @throws IllegalStateException if the network is closed, is being trained or changed, or there is no memory
     */
    public JoinedSessions join(int sessions, int rows, Duration maxWait) {
        requireJoinable(sessions, rows, maxWait);
        network.requireCausal();
        Workspace.Hold shared = network.shareForSession();
        Workspace memory = memory("joined sessions");
        try {
            JoinedSteps steps = new JoinedSteps(network, layers, sessions, rows, readsIds, output, memory);
            return new JoinedSessions(network, sessions, rows, nanoseconds(maxWait), steps, memory, shared);
        } catch (Throwable e) {
            shared.close();
            memory.close();
            throw e;
        }
    }

    private void requireJoinable(int sessions, int rows, Duration maxWait) {
        Nulls.require("SessionBuilder.join", "maxWait", maxWait);
        if (sessions < 1 || rows < 1 || rows > sessions) {
            throw new IllegalArgumentException(
                    "SessionBuilder.join: there must be 1 session or more, and from 1 to as many"
                            + " rows in a batch, not " + sessions + " sessions and " + rows + " rows");
        }
        if (!maxWait.isPositive()) {
            throw new IllegalArgumentException("SessionBuilder.join: maxWait is " + maxWait + "; a step must be able to"
                    + " wait for others, so give a time above 0 such as Duration.ofMillis(2), or open() a session alone");
        }
        if (batch != 1) {
            throw new IllegalArgumentException(
                    "SessionBuilder.join: joined sessions have one sequence each, not a batch of "
                            + batch + "; leave batch out");
        }
    }

    private static long nanoseconds(Duration time) {
        Duration longest = Duration.ofNanos(Long.MAX_VALUE);
        return (time.compareTo(longest) < 0 ? time : longest).toNanos();
    }
}
