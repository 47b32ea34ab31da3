package dev.unroll.kernels;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The occupancy of a workspace: counts running calls and holds, so that memory in use is never released, and knows the
 * thread of the holds, so that two threads never work in one workspace at a time.
 */
final class Occupancy {
    private static final int CLOSED = -1;
    private static final int SEIZED = -2;

    /** The number of spins before yielding the processor, which the thread that seized the workspace may need. */
    private static final int SPINS = 1_000;

    private final AtomicInteger inside = new AtomicInteger();

    /**
     * The open holds, oldest first; guarded by the workspace. Each counts as one inside. Exclusive ones are all of one
     * thread; shared ones are of any threads while there is no exclusive one, and of its thread while there is.
     */
    private final List<Holder> holders = new ArrayList<>(2);

    /** The name of the call that entered first, for messages: a race costs no more than another call's name. */
    private volatile String runningCall = "";

    /** One hold, told from others by identity, whatever its name. */
    static final class Holder {
        private final String work;
        private final Thread thread;
        private final boolean hasScope;
        private final boolean isShared;

        private Holder(String work, Thread thread, boolean hasScope, boolean isShared) {
            this.work = work;
            this.thread = thread;
            this.hasScope = hasScope;
            this.isShared = isShared;
        }
    }

    void enter(String workspace, String call) {
        for (int spins = 0;; spins++) {
            int count = inside.get();
            if (count == CLOSED) {
                throw closed(workspace);
            }
            if (count == SEIZED) { // a return to a mark, which takes little time
                pause(spins);
                continue;
            }
            if (count <= holders.size()) { // no call is inside; read without the lock, for a name only
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

    /** Opens an exclusive hold; refused while others hold the workspace. */
    Holder hold(String workspace, String work, boolean hasScope) {
        checkHolders(workspace, work);
        return open(workspace, new Holder(work, Thread.currentThread(), hasScope, false));
    }

    /** Opens a shared hold; refused while another thread holds the workspace exclusively. */
    Holder share(String workspace, String work) {
        Holder exclusive = exclusiveHolder();
        if (exclusive != null && exclusive.thread != Thread.currentThread()) {
            throw another(workspace, exclusive, work);
        }
        return open(workspace, new Holder(work, Thread.currentThread(), false, true));
    }

    private Holder open(String workspace, Holder holder) {
        enter(workspace, holder.work);
        holders.add(holder);
        return holder;
    }

    /** Null if there is none. */
    private Holder exclusiveHolder() {
        for (Holder holder : holders) {
            if (!holder.isShared) {
                return holder;
            }
        }
        return null;
    }

    /** Whether some thread holds the workspace exclusively. */
    boolean isExclusive() {
        return exclusiveHolder() != null;
    }

    void endHold(Holder holder) {
        holders.remove(holder);
        exit();
    }

    /** The number of open holds. */
    int holds() {
        return holders.size();
    }

    void checkOpen(String workspace) {
        if (isClosed()) {
            throw closed(workspace);
        }
    }

    /** Throws unless this thread may hold the workspace exclusively. */
    void checkHolders(String workspace, String work) {
        if (holders.isEmpty()) {
            return;
        }
        Holder exclusive = exclusiveHolder();
        if (exclusive == null || exclusive.thread != Thread.currentThread()) {
            throw another(workspace, exclusive == null ? holders.getFirst() : exclusive, work);
        }
    }

    /** Throws if another thread has a scope in the workspace. */
    void checkScope(String workspace, String work) {
        for (Holder holder : holders) {
            if (holder.hasScope && holder.thread != Thread.currentThread()) {
                throw another(workspace, holder, work);
            }
        }
    }

    /** Excludes all others until {@link #release}; refused unless exactly the given number are inside. */
    void seize(String workspace, int own, String action) {
        if (!inside.compareAndSet(own, SEIZED)) {
            checkOpen(workspace);
            throw held(workspace, own, action);
        }
    }

    /** Seizes the workspace if only the holds of the caller are inside. */
    boolean trySeize() {
        return inside.compareAndSet(holds(), SEIZED);
    }

    void release() {
        inside.set(holds());
    }

    /** Closes the occupancy; false if it was closed before. */
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
                + " cannot use it; "
                + (holder.isShared && holder.thread == Thread.currentThread()
                        ? "close it first"
                        : "let one thread work at a time, or give each thread a workspace (a model) of its own"));
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
