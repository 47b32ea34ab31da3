package dev.unroll.kernels;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Who is inside a workspace: counts running calls and holds, so that memory is never taken from under one. */
final class Occupancy {
    private static final int CLOSED = -1;
    private static final int SEIZED = -2;

    private final AtomicInteger inside = new AtomicInteger();

    /** The open ones, oldest first; guarded by the workspace. Each counts as one inside. */
    private final List<Workspace.Hold> holds = new ArrayList<>();

    /** The last call to enter: a name for messages, not a lock, so a race costs no more than naming the other one. */
    private volatile String lastCall = "";

    void enter(String workspace, String call) {
        if (lastCall != call) { // the same constant for all tensors of a call
            lastCall = call;
        }
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
    }

    void exit() {
        inside.getAndDecrement();
    }

    Workspace.Hold add(String workspace, Workspace.Hold hold) {
        enter(workspace, hold.toString());
        holds.add(hold);
        return hold;
    }

    void remove(Workspace.Hold hold) {
        holds.remove(hold);
        exit();
    }

    void checkOpen(String workspace) {
        if (isClosed()) {
            throw closed(workspace);
        }
    }

    /** Keeps everyone out until {@link #release}; refused while a call or a hold is inside. */
    void seize(String workspace, String action) {
        seize(workspace, 0, action);
    }

    /** The same at the end of a hold, which it and older holds do not hinder. */
    void seize(String workspace, Workspace.Hold ending, String action) {
        seize(workspace, holds.indexOf(ending) + 1, action);
    }

    private void seize(String workspace, int known, String action) {
        if (!inside.compareAndSet(known, SEIZED)) {
            checkOpen(workspace);
            throw held(workspace, known, action);
        }
    }

    /** Lets others in again; nobody but holds was inside. */
    void release() {
        inside.set(holds.size());
    }

    /** True for the call that closed it, false if it was closed before. */
    boolean close(String workspace) {
        if (inside.compareAndSet(0, CLOSED)) {
            return true;
        }
        if (isClosed()) {
            return false;
        }
        throw held(workspace, 0, "close");
    }

    boolean isClosed() {
        return inside.get() == CLOSED;
    }

    private static IllegalStateException closed(String workspace) {
        return new IllegalStateException("workspace " + workspace + " is closed; allocate from one that is open");
    }

    private IllegalStateException held(String workspace, int known, String action) {
        String holder = known < holds.size() ? holds.get(known).toString() : lastCall;
        return new IllegalStateException("workspace " + workspace + " is held by " + holder + ": " + action
                + " it after that has ended");
    }
}
