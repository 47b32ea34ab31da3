package dev.unroll.kernels;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/**
 * A bump allocator for tensors: hands out chunks of memory off the heap at addresses that are multiples of 64 bytes. A
 * workspace of a few hundred bytes takes little more.
 *
 * <pre>{@code
 * try (Workspace workspace = new Workspace("example")) {
 *     Tensor total = workspace.zeros(ElementType.F32, 4, 8);
 *     for (int i = 0; i < 3; i++) {
 *         try (Workspace.Hold step = workspace.scope("a step")) {
 *             Tensor x = workspace.zeros(ElementType.F32, 4, 8); // the same memory in every step
 *             x.set(0, 0, i);
 *             Elementwise.add(total, x, total, WorkerPool.common());
 *         }
 *     }
 *     System.out.println(total.get(0, 0));
 * }
 * }</pre>
 *
 * <p>A step of work runs in a {@link #scope}. When that is closed, everything allocated in it is released at once, its
 * memory is reused, and its tensors are refused from then on. Memory is returned to the system only by {@link
 * #close()}, which is refused while a call or a hold is active: a running kernel never loses its memory. A workspace
 * that was never closed returns its memory when neither it nor a tensor of it is reachable; the system property {@code
 * unroll.leaks} says for how many of them a warning names the place of creation: {@code off}, {@code sampled} (one in
 * 127, each place once; the default) or {@code all}.
 *
 * <p>Any thread may allocate, one at a time. Work of several calls belongs to one thread: while that {@linkplain #hold
 * holds} the workspace, other threads are refused.
 */
public final class Workspace implements AutoCloseable {
    /** The alignment of every tensor in bytes: a cache line, and the widest vector. */
    public static final long ALIGNMENT = 64;

    private static final Hold[] NOTHING_ELSE = {};

    private final String name;
    private final long limit;
    private final Forgotten.Watch watch;
    private final Occupancy occupancy = new Occupancy();
    private final Chunks chunks;
    private final List<Generation> generations = new ArrayList<>();
    /** The mark of a scope that could not be released at its end because a call was running; null if there is none. */
    private Mark overdue;

    /** The open stream of a thread, for whose calls it waits before it reads or releases anything; or null. */
    private volatile RowStream stream;
    /** The hold of a scope whose memory is kept until another one is opened; null if there is none. */
    private Hold suspended;

    /** A position to return to, taken by {@link Workspace#mark()}. */
    static final class Mark {
        private final Generation below;
        private final int depth;
        private final int chunk;
        private final long top;

        private Mark(Generation below, int depth, int chunk, long top) {
            this.below = below;
            this.depth = depth;
            this.chunk = chunk;
            this.top = top;
        }
    }

    /**
     * Creates a workspace without its own limit: all such workspaces share {@link #defaultLimit()}.
     *
     * @param name display name in messages
     */
    public Workspace(String name) {
        this(name, defaultLimit(), false);
    }

    /**
     * Creates a workspace with its own limit. What it takes does not count against the limit of the others.
     *
     * @param name display name in messages
     * @param limit the maximum number of bytes to take
     * @throws IllegalArgumentException if the limit is not positive
     */
    public Workspace(String name, long limit) {
        this(name, limit, true);
    }

    private Workspace(String name, long limit, boolean hasOwnLimit) {
        Checks.notNull("a workspace", "name", name);
        if (limit <= 0) {
            throw new IllegalArgumentException("workspace " + name + ": the limit must be positive, not " + limit);
        }
        this.name = name;
        this.limit = limit;
        generations.add(new Generation(this));
        WorkspaceMemory memory = new WorkspaceMemory();
        chunks = new Chunks(name, limit, hasOwnLimit, memory);
        watch = Forgotten.watch(this, "workspace " + name, memory::free);
    }

    /**
     * Returns the common limit of all workspaces without their own: the system property {@code unroll.memory} in bytes
     * (with an optional suffix k, m or g), otherwise the maximum size of the heap, the rule of the JDK for direct
     * buffers.
     *
     * @return bytes
     * @throws IllegalArgumentException if the property is not a size
     */
    public static long defaultLimit() {
        return MemoryAccount.defaultLimit();
    }

    /** {@return the display name used in messages} */
    public String name() {
        return name;
    }

    /**
     * Allocates a tensor without clearing it: its contents are undefined, and may be those of a released tensor.
     *
     * @param type the type of the elements
     * @param shape sizes, the last one contiguous; at least one, none negative
     * @return the tensor, valid until the end of the innermost scope or of the workspace
     * @throws IllegalArgumentException if the shape is empty, negative, or larger than 2^63 - 1 bytes
     * @throws MemoryLimitException if the workspace would exceed its limit
     * @throws IllegalStateException if the workspace is closed, or is in a {@link #scope} of another thread
     */
    public synchronized Tensor allocate(ElementType type, long... shape) {
        long bytes = Math.max(1, Shape.bytes(type, shape));
        checkMine("an allocation");
        long start = chunks.reserve(bytes);
        return new Tensor(chunks.current(), start, type, shape.clone(), generations.getLast().withTensors());
    }

    /**
     * Allocates a tensor of zeros.
     *
     * @param type the type of the elements
     * @param shape sizes, the last one contiguous; at least one, none negative
     * @return the tensor, valid until the end of the innermost scope or of the workspace
     * @throws IllegalArgumentException if the shape is empty, negative, or larger than 2^63 - 1 bytes
     * @throws MemoryLimitException if the workspace would exceed its limit
     * @throws IllegalStateException if the workspace is closed, or is in a {@link #scope} of another thread
     */
    public Tensor zeros(ElementType type, long... shape) {
        Tensor tensor = allocate(type, shape);
        tensor.clear();
        return tensor;
    }

    /**
     * Takes a mark to return to.
     *
     * @return the mark
     * @throws IllegalStateException if the workspace is closed or in a {@link #scope} of another thread
     */
    synchronized Mark mark() {
        checkMine("a mark");
        // A generation without a tensor is reused, so that marks taken in a loop do not leak.
        if (generations.size() == 1 || generations.getLast().hasTensors()) {
            generations.add(new Generation(this));
        }
        int depth = generations.size() - 1;
        return new Mark(generations.get(depth - 1), depth, chunks.index(), chunks.top());
    }

    /**
     * Releases every tensor allocated since the mark, which stays valid: a loop may return to one mark many times.
     *
     * @param mark a mark of this workspace, with no return to an earlier one since
     * @throws IllegalArgumentException if the mark belongs to another workspace or was itself released
     * @throws IllegalStateException if the workspace is closed or held
     */
    synchronized void reset(Mark mark) {
        Checks.notNull("reset", "mark", mark);
        checkMine("a reset");
        settle();
        occupancy.seize(name, 0, "reset");
        try {
            if (!isValid(mark)) {
                throw new IllegalArgumentException("workspace " + name + ": the mark is another workspace's, or was"
                        + " itself released by a return to an earlier one");
            }
            release(mark);
        } finally {
            occupancy.release();
        }
    }

    private boolean isValid(Mark mark) {
        return mark.depth < generations.size() && generations.get(mark.depth - 1) == mark.below;
    }

    private void release(Mark mark) {
        while (generations.size() > mark.depth) {
            generations.removeLast().release();
        }
        generations.add(new Generation(this));
        chunks.returnTo(mark.chunk, mark.top);
        if (suspended != null && mark.depth <= suspended.mark.depth) {
            suspended = null;
        }
    }

    /** Refuses work inside the scope of another thread, and releases an overdue scope. */
    private void checkMine(String work) {
        occupancy.checkOpen(name);
        occupancy.checkScope(name, work);
        if (suspended != null) {
            overdue = suspended.mark;
            suspended = null;
        }
        if (overdue != null) {
            settle();
            if (isValid(overdue) && occupancy.trySeize()) {
                try {
                    release(overdue);
                } finally {
                    occupancy.release();
                }
            }
            overdue = null; // tried once: later allocations lie above it and must stay
        }
    }

    /**
     * Holds the workspace exclusively for work of several calls: until the hold is closed, {@link #close()} and holds by
     * other threads are refused. Holds of one thread may be nested.
     *
     * @param holder display name of the work in messages, such as "a training step"
     * @return the hold, to be closed by the same code
     * @throws IllegalStateException if the workspace is closed, held by another thread or {@linkplain #share shared}
     */
    public synchronized Hold hold(String holder) {
        return hold(holder, NOTHING_ELSE);
    }

    private synchronized Hold hold(String holder, Hold[] others) {
        return new Hold(this, occupancy.hold(name, holder, false), null, others);
    }

    /**
     * The same as {@link #hold(String)} for several workspaces.
     *
     * @param holder display name of the work in messages, such as "a training"
     * @param others further workspaces to hold until then
     * @return the hold, to be closed by the same code
     * @throws IllegalStateException if one of the workspaces is closed, held by another thread or {@linkplain #share shared};
     *     none is held then
     */
    public Hold hold(String holder, Workspace... others) {
        return claim(hold(holder, new Hold[others.length]), holder, Workspace::hold, others);
    }

    /**
     * Holds the workspace for reading by several threads at a time: until the hold is closed, {@link #close()} and
     * exclusive holds are refused. A thread that holds the workspace exclusively may share it with itself.
     *
     * @param holder display name of the work in messages, such as "a session"
     * @return the hold, to be closed by the same code, in any thread
     * @throws IllegalStateException if the workspace is closed or held exclusively by another thread
     */
    public synchronized Hold share(String holder) {
        return new Hold(this, occupancy.share(name, holder), null, NOTHING_ELSE);
    }

    /** {@return whether some thread {@linkplain #hold holds} the workspace exclusively} */
    public synchronized boolean isHeld() {
        return occupancy.isExclusive();
    }

    /**
     * Holds the workspace for work whose tensors are not needed afterwards: closing the scope releases everything
     * allocated since. Scopes of one thread may be nested; other threads cannot allocate meanwhile.
     *
     * @param holder display name of the work in messages, such as "a training step"
     * @param others further workspaces to hold until then
     * @return the scope, to be closed by the same code
     * @throws IllegalStateException if one of the workspaces is closed or held by another thread; none is held then
     */
    public Hold scope(String holder, Workspace... others) {
        return scope(holder, Workspace::hold, others);
    }

    /**
     * The same as {@link #scope} for work that only reads what is in the other workspaces, which it {@linkplain #share
     * shares} with other threads.
     *
     * @param holder display name of the work in messages, such as "an evaluation"
     * @param others further workspaces to share until then
     * @return the scope, to be closed by the same code
     * @throws IllegalStateException if this workspace is closed or held by another thread, or another one is closed or held
     *     exclusively by another thread; none is held then
     */
    public Hold scopeToRead(String holder, Workspace... others) {
        return scope(holder, Workspace::share, others);
    }

    private Hold scope(String holder, BiFunction<Workspace, String, Hold> claim, Workspace... others) {
        return claim(scope(holder, new Hold[others.length]), holder, claim, others);
    }

    private static Hold claim(
            Hold hold, String holder, BiFunction<Workspace, String, Hold> claim, Workspace... others) {
        try {
            for (int i = 0; i < others.length; i++) {
                hold.others[i] = claim.apply(others[i], holder);
            }
            return hold;
        } catch (Throwable e) {
            hold.close();
            throw e;
        }
    }

    private synchronized Hold scope(String holder, Hold[] others) {
        occupancy.checkHolders(name, holder);
        Mark mark = mark();
        return new Hold(this, occupancy.hold(name, holder, true), mark, others);
    }

    /** Ends a hold in any case; an error then says that its memory cannot be reused yet. */
    private synchronized void leave(Hold hold) {
        try {
            settle();
        } finally {
            occupancy.endHold(hold.holder);
        }
        if (hold.mark == null || !isValid(hold.mark)) {
            return;
        }
        try {
            // The holder is between calls, but other calls may run: their memory must not be released.
            occupancy.seize(name, occupancy.holds(), "end the scope of");
        } catch (IllegalStateException e) {
            overdue = overdue == null || hold.mark.depth < overdue.depth ? hold.mark : overdue;
            throw e;
        }
        try {
            release(hold.mark);
        } finally {
            occupancy.release();
        }
    }

    /**
     * Opens a {@linkplain Hold#suspend suspended} scope again, with everything that was allocated in it.
     *
     * @param holder display name of the work in messages, such as "a training step"
     * @param scope of this workspace
     * @param others further workspaces to hold until then
     * @return the scope, to be closed or suspended by the same code; null if its memory was released meanwhile
     * @throws IllegalStateException if one of the workspaces is closed or held by another thread; none is held then
     */
    public Hold resume(String holder, Hold scope, Workspace... others) {
        Checks.notNull("Workspace.resume", "scope", scope);
        Hold hold = resume(holder, scope, new Hold[others.length]);
        return hold == null ? null : claim(hold, holder, Workspace::hold, others);
    }

    private synchronized Hold resume(String holder, Hold scope, Hold[] others) {
        occupancy.checkOpen(name);
        if (suspended != scope) {
            return null;
        }
        occupancy.checkHolders(name, holder);
        Hold hold = new Hold(this, occupancy.hold(name, holder, true), scope.mark, others);
        generationsOf(scope.mark).forEach(Generation::revive);
        suspended = null;
        return hold;
    }

    private synchronized void suspend(Hold hold) {
        occupancy.endHold(hold.holder);
        if (isValid(hold.mark)) {
            generationsOf(hold.mark).forEach(Generation::release);
            suspended = hold;
        }
    }

    private List<Generation> generationsOf(Mark mark) {
        return generations.subList(mark.depth, generations.size());
    }

    private synchronized void clear(Hold hold) {
        settle();
        occupancy.seize(name, occupancy.holds(), "clear the scope of");
        try {
            release(hold.mark);
        } finally {
            occupancy.release();
        }
    }

    /** A thread's claim on a workspace; see {@link Workspace#hold} and {@link Workspace#scope}. */
    public static final class Hold implements AutoCloseable {
        private final Workspace workspace;
        private final Occupancy.Holder holder;
        private final Mark mark;
        private final Hold[] others;
        private boolean open = true;

        private Hold(Workspace workspace, Occupancy.Holder holder, Mark mark, Hold[] others) {
            this.workspace = workspace;
            this.holder = holder;
            this.mark = mark;
            this.others = others;
        }

        /**
         * Releases the workspace; a second call does nothing.
         *
         * @throws IllegalStateException if this is a scope and a call of another thread still runs in the workspace;
         *     the hold ends nevertheless, and the memory of the scope is reused later
         */
        @Override
        public void close() {
            if (end()) {
                try {
                    closeOthers();
                } finally {
                    workspace.leave(this);
                }
            }
        }

        /**
         * Releases the workspace, but keeps the memory of this scope, so that {@link Workspace#resume} can open it again.
         * Until then its tensors are refused. The memory is released when anybody allocates or opens a scope before.
         *
         * @throws IllegalStateException if this is no scope, or was closed
         */
        public void suspend() {
            if (mark == null || !end()) {
                throw new IllegalStateException(
                        "workspace " + workspace.name + ": only an open scope can be suspended");
            }
            try {
                closeOthers();
            } finally {
                workspace.suspend(this);
            }
        }

        /**
         * Releases everything allocated in this scope, which stays open.
         *
         * @throws IllegalStateException if this is no scope, was closed, or a call of another thread runs in the workspace
         */
        public synchronized void clear() {
            if (mark == null || !open) {
                throw new IllegalStateException("workspace " + workspace.name + ": only an open scope can be cleared");
            }
            workspace.clear(this);
        }

        /** Returns whether it was open. */
        private synchronized boolean end() {
            boolean was = open;
            open = false;
            return was;
        }

        private void closeOthers() {
            for (Hold other : others) {
                if (other != null) {
                    other.close(); // a hold without a scope does not throw
                }
            }
        }
    }

    void enter(String call) {
        settle();
        occupancy.enter(name, call);
    }

    /** Waits for the calls of a stream of this thread. */
    private void settle() {
        RowStream open = stream;
        if (open != null) {
            open.settle();
        }
    }

    /** Makes a stream that of this workspace, unless it has one. */
    synchronized boolean attach(RowStream opened) {
        occupancy.checkOpen(name);
        boolean isFree = stream == null;
        stream = isFree ? opened : stream;
        return isFree;
    }

    synchronized void detach(RowStream closing) {
        stream = stream == closing ? null : stream;
    }

    void exit() {
        occupancy.exit();
        // Keeps the workspace reachable while a call runs, even after the call's last access to a tensor.
        Reference.reachabilityFence(this);
    }

    /** The number of generations kept, for a test that they do not pile up. */
    synchronized int generations() {
        return generations.size();
    }

    boolean isClosed() {
        return occupancy.isClosed();
    }

    void checkOpen() {
        occupancy.checkOpen(name);
    }

    /** {@return the bytes that this workspace has taken} */
    public synchronized long reservedBytes() {
        return chunks.reserved();
    }

    /** {@return the bytes that this workspace may take, together with all others if it has no limit of its own} */
    public long limit() {
        return limit;
    }

    /**
     * Returns the memory to the system. A second call does nothing.
     *
     * @throws IllegalStateException if a call or a hold is active; nothing is closed then
     */
    @Override
    public synchronized void close() {
        settle();
        if (occupancy.close(name)) {
            generations.forEach(Generation::release);
            watch.close();
        }
    }

    @Override
    public String toString() {
        return "workspace " + name + " (" + reservedBytes() + " of at most " + limit + " bytes"
                + (isClosed() ? ", closed)" : ")");
    }
}
