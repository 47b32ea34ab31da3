package dev.unroll.kernels;

import java.util.concurrent.atomic.AtomicInteger;

/** Who is inside a workspace: counts running calls and steps, so that memory is never taken from under one. */
final class Occupancy {
    private static final int CLOSED = -1;
    private static final int SEIZED = -2;

    private final AtomicInteger inside = new AtomicInteger();

    /** Who came when nobody was inside: a name for messages, so a race costs no more than naming another one. */
    private volatile String holder = "";

    void enter(String workspace, String name) {
        int count;
        do {
            count = inside.get();
            if (count == CLOSED) {
                throw closed(workspace);
            }
            if (count == SEIZED) { // a return to a mark, over in no time
                Thread.onSpinWait();
            }
        } while (count == SEIZED || !inside.compareAndSet(count, count + 1));
        if (count == 0) {
            holder = name;
        }
    }

    void exit() {
        inside.getAndDecrement();
    }

    void checkOpen(String workspace) {
        if (isClosed()) {
            throw closed(workspace);
        }
    }

    /** Keeps everyone out until {@link #release}; refused unless as many are inside as the caller knows of. */
    void seize(String workspace, int own, String action) {
        if (!inside.compareAndSet(own, SEIZED)) {
            checkOpen(workspace);
            throw held(workspace, action);
        }
    }

    void release(int left) {
        inside.set(left);
    }

    /** True for the call that closed it, false if it was closed before. */
    boolean close(String workspace) {
        if (inside.compareAndSet(0, CLOSED)) {
            return true;
        }
        if (isClosed()) {
            return false;
        }
        throw held(workspace, "close");
    }

    boolean isClosed() {
        return inside.get() == CLOSED;
    }

    private static IllegalStateException closed(String workspace) {
        return new IllegalStateException("workspace " + workspace + " is closed; allocate from one that is open");
    }

    private IllegalStateException held(String workspace, String action) {
        return new IllegalStateException("workspace " + workspace + " is held by " + holder + ": " + action
                + " it after that has ended");
    }
}
