package dev.unroll.rnn.model;

import java.util.concurrent.locks.LockSupport;

/** The place of a session among those that are joined, and what its step is waiting for. */
final class Seat {
    /** What has become of the step of a session. */
    enum Phase {
        /** No step was given. */
        IDLE,

        /** The step waits for others. */
        WAITING,

        /** The step runs with others. */
        RUNNING,

        /** The step has run. */
        DONE,

        /** The step failed, and the state stayed as it was. */
        FAILED,

        /** The step did not run, since all was closed. */
        CLOSED;

        private boolean isOver() {
            return ordinal() >= DONE.ordinal();
        }
    }

    private final int place;
    private volatile Phase phase = Phase.IDLE;

    /** The thread that waits for the step, or null. */
    private volatile Thread waiter;

    private Throwable failure;

    /** The time of arrival, and the next one of the same batch; guarded by the queue. */
    private long arrival;

    private Seat next;

    Seat(int place) {
        this.place = place;
    }

    /** {@return the row of the session, from 0} */
    int place() {
        return place;
    }

    Phase phase() {
        return phase;
    }

    boolean isOver() {
        return phase.isOver();
    }

    boolean isAwaited() {
        return waiter != null;
    }

    long arrival() {
        return arrival;
    }

    void arrive(long now) {
        arrival = now;
        phase = Phase.WAITING;
    }

    /** Begins the step, before that of another seat or null. */
    void begin(Seat following) {
        next = following;
        phase = Phase.RUNNING;
    }

    /** Ends the step, and returns the seat that it began before; from here on its owner goes on. */
    Seat end(Throwable reason) {
        Seat following = next;
        next = null;
        failure = reason;
        end(reason == null ? Phase.DONE : Phase.FAILED);
        return following;
    }

    void end(Phase last) {
        phase = last; // before the waiter is read: it sets itself, and then looks at the phase
        wake();
    }

    void wake() {
        Thread thread = waiter;
        if (thread != Thread.currentThread()) { // whose next pause would end at once
            LockSupport.unpark(thread);
        }
    }

    void setWaiter(Thread thread) {
        waiter = thread;
    }

    /** Returns to idle, and gives the reason for which the step failed, or null. */
    Throwable clear() {
        Throwable reason = failure;
        failure = null;
        phase = Phase.IDLE;
        return reason;
    }
}
