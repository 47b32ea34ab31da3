package dev.unroll.rnn.model;

import java.util.concurrent.atomic.AtomicReference;

/** Lets one thread at a time, any thread, use a session, and none after it was closed; others are refused. */
final class SingleUser {
    private final AtomicReference<Thread> user = new AtomicReference<>();
    private volatile boolean isClosed;

    /**
     * Begins a call.
     *
     * @throws IllegalStateException if another thread is in one, or the session is closed
     */
    void enter(String call) {
        if (!user.compareAndSet(null, Thread.currentThread())) {
            Thread other = user.get();
            throw new IllegalStateException(call + ": this session is used by "
                    + (other == null ? "another thread" : "thread " + other.getName()) + "; open one for each thread");
        }
        if (isClosed) {
            user.set(null);
            throw new IllegalStateException(call + ": this session is closed; open another one");
        }
    }

    void exit() {
        user.set(null);
    }

    /**
     * Begins the call that closes the session, unless it is closed already; refuses all later ones.
     *
     * @return whether this call closes it; it is to be ended then
     * @throws IllegalStateException if another thread is in a call
     */
    boolean enterToClose(String call) {
        if (!tryEnter()) {
            throw new IllegalStateException(call + ": this session is used by another thread; close it after that");
        }
        if (isClosed) {
            user.set(null);
            return false;
        }
        isClosed = true;
        return true;
    }

    /** Refuses all later calls; false, and nothing changes, while a thread is in one. */
    boolean tryClose() {
        if (!tryEnter()) {
            return false;
        }
        isClosed = true;
        user.set(null);
        return true;
    }

    private boolean tryEnter() {
        return user.compareAndSet(null, Thread.currentThread());
    }
}
