package dev.unroll.rnn.model;

import dev.unroll.kernels.Workspace;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Many sessions over one network whose steps are joined: those that arrive at about the same time are run as one batch, for
 * which the parameters are read once. Each session has a state of its own, and the bits of a {@link Session} of one sequence,
 * whoever else is served.
 *
 * <pre>{@code
 * try (JoinedSessions server = network.session().output(Session.Output.SOFTMAX).join(64, Duration.ofMillis(2))) {
 *     server.warmUp();
 *     // in each of many threads:
 *     try (JoinedSession session = server.open()) {
 *         while (frames.next(frame)) {
 *             session.step(frame, probabilities); // from a float[] to a float[]
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p><b>When a step runs.</b> One batch runs at a time; steps that arrive meanwhile wait for the next one. It starts as soon as
 * all open sessions have given a step, or there are as many as a batch may have, or the oldest one has waited for the longest
 * time. So a session that is open but idle makes the others wait that long: close sessions that pause. A wait ends a little
 * late where the operating system wakes a thread late, on Linux by some 60 microseconds.
 *
 * <p><b>Threads.</b> There are none but the callers': one of those that wait for a step runs the batch for all, on itself alone.
 * All methods may be called from any threads, platform or virtual, at any time. A step allocates nothing, except that the
 * virtual machine allocates when a virtual thread is suspended.
 *
 * <p><b>Memory.</b> Steps are recorded when this is opened, for 1 to 8 rows and four sizes between a power of two and the next,
 * in all up to 7 times what a {@link Session} of the largest batch takes; a batch runs in the smallest size that it fits in.
 * Each session has its input, state and output in addition, also allocated then. Kernels keep some scratch memory per thread that
 * has run a batch, as for any of their callers; so threads that stay cost less than a new one per step.
 *
 * <p>While this is open, nothing may train, change or close its network.
 */
public final class JoinedSessions implements AutoCloseable {
    /** Nanoseconds between looks at a session that is in a call, while all are closed. */
    private static final long GLANCE = 20_000;

    private final DeepRnn network;
    private final int limit;
    private final Workspace memory;
    private final Workspace.Hold shared;
    private final JoinedSteps steps;
    private final StepQueue queue;
    private final BitSet taken = new BitSet();
    private final List<JoinedSession> sessions = new ArrayList<>();
    private boolean isClosed;

    /** Takes over the steps, the memory and the hold. */
    JoinedSessions(
            DeepRnn network, int limit, int rows, long maxWait, JoinedSteps steps, Workspace memory,
            Workspace.Hold shared) {
        this.network = network;
        this.limit = limit;
        this.memory = memory;
        this.shared = shared;
        this.steps = steps;
        queue = new StepQueue(limit, rows, maxWait, steps::run);
    }

    /**
     * Opens a session. It begins with a new sequence.
     *
     * @return to be closed; if it is not, it is closed with this
     * @throws IllegalStateException if as many are open as may be, or this is closed
     */
    public synchronized JoinedSession open() {
        if (isClosed) {
            throw new IllegalStateException("JoinedSessions.open: these joined sessions are closed; join others");
        }
        if (sessions.size() == limit) {
            throw new IllegalStateException("JoinedSessions.open: all " + limit
                    + " sessions are open; close one first, or join more of them");
        }
        int place = taken.nextClearBit(0);
        JoinedSession session = new JoinedSession(this, network, new Seat(place), queue, steps.seats());
        taken.set(place);
        sessions.add(session);
        queue.open();
        return session;
    }

    /** Frees the place of a session that no longer uses it. */
    synchronized void release(JoinedSession session, int place) {
        sessions.remove(session);
        taken.clear(place);
    }

    /**
     * Runs steps of all sizes until they no longer become faster, for at most 5 seconds: until then the virtual machine
     * interprets, or compiles. No session is touched; steps that arrive meanwhile wait.
     *
     * @return the number of steps
     * @throws IllegalStateException if this is closed
     */
    public long warmUp() {
        return queue.exclusively("JoinedSessions.warmUp", steps::warmUp);
    }

    /** {@return the number of open sessions} */
    public synchronized int openSessions() {
        return sessions.size();
    }

    /** {@return the largest number of open sessions} */
    public int limit() {
        return limit;
    }

    /** {@return the number of batches that have begun, since this was opened} */
    public long batches() {
        return queue.batches();
    }

    /** {@return the number of steps of sessions in those batches} */
    public long steps() {
        return queue.steps();
    }

    /**
     * Closes all sessions and releases their memory, after the batch that is running, if one is. Steps that wait do not run:
     * their callers get an {@link IllegalStateException}, as do all later calls. A second call does nothing.
     */
    @Override
    public void close() {
        List<JoinedSession> open;
        synchronized (this) {
            if (isClosed) {
                return;
            }
            isClosed = true;
            open = List.copyOf(sessions);
        }
        queue.close();
        for (JoinedSession session : open) {
            while (!session.tryClose()) { // a call that has got its results, or is about to be refused
                LockSupport.parkNanos(GLANCE);
            }
        }
        steps.close();
        memory.close();
        shared.close();
    }
}
