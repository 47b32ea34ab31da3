package dev.unroll.kernels;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Who is inside a workspace: counts running calls and holds, so that memory is never taken from under one. */
final class Occupancy {
    private static final int CLOSED = -1;
    private static final int SEIZED = -2;

    private final AtomicInteger inside = new AtomicInteger();

    /** Names of the open holds, oldest first; guarded by the workspace. Each counts as one inside. */
    private final List<String> holders = new ArrayList<>();

    /** The call that came when no other was inside: a name for messages, so a race costs no more than another name. */
    private volatile String runningCall = "";

    void enter(String workspace, String call) {
        while (true) {
            int count = inside.get();
            if (count == CLOSED) {
                throw closed(workspace);
            }
            if (count == SEIZED) { // a return to a mark, over in no time
                Thread.onSpinWait();
                continue;
            }
            if (count <= holders.size()) { // no call is inside; looked at without the lock, for a name only
                runningCall = call;
            }
            if (inside.compareAndSet(count, count + 1)) {
                return;
            }
        }
    }

    void exit() {
        inside.getAndDecrement();
    }

    void hold(String workspace, String holder) {
        enter(workspace, holder);
        holders.add(holder);
    }

    void endHold(String holder) {
        holders.remove(holder);
        exit();
    }

    /** How many holds are open. */
    int holds() {
        return holders.size();
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
            throw held(workspace, own, action);
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
        throw held(workspace, 0, "close");
    }

    boolean isClosed() {
        return inside.get() == CLOSED;
    }

    private static IllegalStateException closed(String workspace) {
        return new IllegalStateException("workspace " + workspace + " is closed; allocate from one that is open");
    }

    private IllegalStateException held(String workspace, int own, String action) {
        String holder = own < holders.size() ? holders.getFirst() : runningCall;
        return new IllegalStateException("workspace " + workspace + " is held by " + holder + ": " + action
                + " it after that has ended");
    }
}
