package dev.unroll.kernels;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Who is inside a workspace: counts running calls and holds, so that memory is never taken from under one, and knows
 * whose the holds are, so that two threads never work in one workspace at a time.
 */
final class Occupancy {
    private static final int CLOSED = -1;
    private static final int SEIZED = -2;

    /** Turns of a spin before the processor is left to others: who has seized the workspace may need it. */
    private static final int SPINS = 1_000;

    private final AtomicInteger inside = new AtomicInteger();

    /** The open holds, oldest first, all of one thread; guarded by the workspace. Each counts as one inside. */
    private final List<Holder> holders = new ArrayList<>(2);

    /** The call that came when no other was inside: a name for messages, so a race costs no more than another name. */
    private volatile String runningCall = "";

    /** Some work of a thread, other than all work that has its name. */
    static final class Holder {
        private final String work;
        private final Thread thread;
        private final boolean hasScope;

        private Holder(String work, Thread thread, boolean hasScope) {
            this.work = work;
            this.thread = thread;
            this.hasScope = hasScope;
        }
    }

    void enter(String workspace, String call) {
        for (int spins = 0;; spins++) {
            int count = inside.get();
            if (count == CLOSED) {
                throw closed(workspace);
            }
            if (count == SEIZED) { // a return to a mark, over in no time
                pause(spins);
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

    private static void pause(int spins) {
        if (spins < SPINS) {
            Thread.onSpinWait();
        } else {
            Thread.yield();
        }
    }

    void exit() {
        inside.getAndDecrement();
    }

    /** Refused while another thread holds the workspace. */
    Holder hold(String workspace, String work, boolean hasScope) {
        checkHolders(workspace, work);
        Holder holder = new Holder(work, Thread.currentThread(), hasScope);
        enter(workspace, work);
        holders.add(holder);
        return holder;
    }

    void endHold(Holder holder) {
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

    /** Refuses a thread while another one holds the workspace. */
    void checkHolders(String workspace, String work) {
        if (!holders.isEmpty() && holders.getFirst().thread != Thread.currentThread()) {
            throw another(workspace, holders.getFirst(), work);
        }
    }

    /** Refuses a thread while another one has a scope in the workspace. */
    void checkScope(String workspace, String work) {
        if (holders.isEmpty() || holders.getFirst().thread == Thread.currentThread()) {
            return;
        }
        for (Holder holder : holders) {
            if (holder.hasScope) {
                throw another(workspace, holder, work);
            }
        }
    }

    /** Keeps everyone out until {@link #release}; refused unless as many are inside as the caller knows of. */
    void seize(String workspace, int own, String action) {
        if (!inside.compareAndSet(own, SEIZED)) {
            checkOpen(workspace);
            throw held(workspace, own, action);
        }
    }

    /** As {@link #seize}, by who holds the workspace or nobody. */
    boolean trySeize() {
        return inside.compareAndSet(holds(), SEIZED);
    }

    void release() {
        inside.set(holds());
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

    private static IllegalStateException another(String workspace, Holder holder, String work) {
        return new IllegalStateException("workspace " + workspace + " is held by " + holder.work + " of "
                + name(holder.thread) + ", so " + work + " of " + name(Thread.currentThread())
                + " cannot use it; let one thread work at a time, or give each thread a workspace (a model) of its own");
    }

    private IllegalStateException held(String workspace, int own, String action) {
        String holder = runningCall;
        if (own < holders.size()) {
            Holder first = holders.getFirst();
            holder = first.work + (first.thread == Thread.currentThread() ? "" : " of " + name(first.thread));
        }
        return new IllegalStateException("workspace " + workspace + " is held by " + holder + ": " + action
                + " it after that has ended");
    }

    private static String name(Thread thread) {
        return "thread " + (thread.getName().isEmpty() ? "#" + thread.threadId() : thread.getName());
    }
}
