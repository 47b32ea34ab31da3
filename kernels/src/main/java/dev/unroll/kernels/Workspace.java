package dev.unroll.kernels;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;

/**
 * Owns the memory of tensors: chunks off the heap, handed out by moving a pointer, at addresses that are multiples of 64
 * bytes. A workspace of a few hundred bytes takes little more.
 *
 * <p>A step of work takes a {@link #mark()} before it and goes back to it afterwards: what was allocated in between is
 * released at once, its memory is used again, and every tensor that pointed into it is refused from then on. Memory is
 * given back only in {@link #close()}, which is refused while a call or a step holds the workspace: a running kernel
 * never loses its memory. A workspace that was never closed gives its memory back when neither it nor a tensor of it can
 * be reached any more; the system property {@code unroll.leaks} says of how many such ones a warning names the place
 * where they were made: {@code off}, {@code sampled} (one in 127, each place once; the default) or {@code all}.
 *
 * <p>Allocating, marking and returning may be done by any thread, one at a time. Work of several calls is one thread's:
 * while that {@linkplain #hold holds} the workspace another cannot.
 */
public final class Workspace implements AutoCloseable {
    /** Bytes that every tensor's address is a multiple of: a cache line, and the widest vector. */
    public static final long ALIGNMENT = 64;

    private static final Hold[] NOTHING_ELSE = {};

    private final String name;
    private final long limit;
    private final Forgotten.Watch watch;
    private final Occupancy occupancy = new Occupancy();
    private final Chunks chunks;
    private final List<Generation> generations = new ArrayList<>();
    /** Where a scope would have gone back to at its end, had no call been running; null if there is none. */
    private Mark overdue;

    /** A place to return to, taken by {@link Workspace#mark()}. */
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
     * A workspace without a limit of its own: it may take what {@link #defaultLimit()} leaves.
     *
     * @param name what messages call it
     * @throws IllegalArgumentException if the name is null
     */
    public Workspace(String name) {
        this(name, defaultLimit(), false);
    }

    /**
     * A workspace with a limit of its own, and no other. What it takes leaves that of the others as it is.
     *
     * @param name what messages call it
     * @param limit bytes that it may take
     * @throws IllegalArgumentException if the name is null or the limit is not positive
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
     * What all workspaces without a limit of their own may take together: the system property
     * {@code unroll.memory} in bytes (a suffix k, m or g is understood), otherwise as much as the heap may take, the rule
     * that the JDK has for direct buffers.
     *
     * @return bytes
     * @throws IllegalArgumentException if the property is no size
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
     * @param type of the elements
     * @param shape sizes, the last one contiguous; at least one, none negative
     * @return the tensor, valid until the return to an earlier mark or the end of the workspace
     * @throws IllegalArgumentException if the shape is empty, negative, or larger than 2^63 - 1 bytes
     * @throws IllegalStateException if the workspace is closed, would exceed its limit, or is in a {@link #scope} of
     *     another thread
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
     * @param type of the elements
     * @param shape sizes, the last one contiguous; at least one, none negative
     * @return the tensor, valid until the return to an earlier mark or the end of the workspace
     * @throws IllegalArgumentException if the shape is empty, negative, or larger than 2^63 - 1 bytes
     * @throws IllegalStateException if the workspace is closed, would exceed its limit, or is in a {@link #scope} of
     *     another thread
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
        // A generation without a tensor serves once more, so that marks taken in a loop are no leak.
        if (generations.size() == 1 || generations.getLast().hasTensors()) {
            generations.add(new Generation(this));
        }
        int depth = generations.size() - 1;
        return new Mark(generations.get(depth - 1), depth, chunks.index(), chunks.top());
    }

    /**
     * Releases every tensor allocated since the mark, which stays valid: a loop may return to one mark many times.
     *
     * @param mark taken from this workspace, with no return to an earlier one since
     * @throws IllegalArgumentException if the mark is another workspace's or was itself released
     * @throws IllegalStateException if the workspace is closed or held by a call or a step
     */
    synchronized void reset(Mark mark) {
        Checks.notNull("reset", "mark", mark);
        checkMine("a reset");
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
    }

    /** Refuses what would mix with the scope of another thread; and returns to where a scope could not. */
    private void checkMine(String work) {
        occupancy.checkOpen(name);
        occupancy.checkScope(name, work);
        if (overdue != null) {
            if (isValid(overdue) && occupancy.trySeize()) {
                try {
                    release(overdue);
                } finally {
                    occupancy.release();
                }
            }
            overdue = null; // tried once: what is allocated from now on lies above it, and must stay
        }
    }

    /**
     * Holds the workspace for some work of several calls: until the hold is closed, {@link #close()},
     * {@link #reset(Mark)} and holds by other threads are refused. Holds of one thread may be nested.
     *
     * @param holder what messages call the work, such as "a training step"
     * @return the hold, to be closed by the same code
     * @throws IllegalStateException if the workspace is closed or held by another thread
     */
    public synchronized Hold hold(String holder) {
        return new Hold(this, occupancy.hold(name, holder, false), null, NOTHING_ELSE);
    }

    /**
     * Holds the workspace for some work whose tensors are not needed afterwards: a {@link #mark()} and a {@link #hold},
     * and at the end the return to the mark. Scopes of one thread may be nested; others cannot allocate meanwhile.
     *
     * @param holder what messages call the work, such as "a training step"
     * @param others workspaces that the work uses too: they are held as long
     * @return the hold, to be closed by the same code, which releases everything allocated since
     * @throws IllegalStateException if one of the workspaces is closed or held by another thread; none is held then
     */
    public Hold scope(String holder, Workspace... others) {
        Hold hold = scope(holder, new Hold[others.length]);
        try {
            for (int i = 0; i < others.length; i++) {
                hold.others[i] = others[i].hold(holder);
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

    /** Ends a hold in any case; that its memory cannot be used again yet is said afterwards. */
    private synchronized void leave(Hold hold) {
        occupancy.endHold(hold.holder);
        if (hold.mark == null || !isValid(hold.mark)) {
            return;
        }
        try {
            // Who holds is between calls, but memory is not taken from under a call that runs.
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

    /** Some thread's claim on a workspace; see {@link Workspace#hold} and {@link Workspace#scope}. */
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
         * Gives the workspace free; a second call does nothing.
         *
         * @throws IllegalStateException if this is a scope and another thread's call still runs in the workspace; it is
         *     free nevertheless, and the memory of the scope is used again later
         */
        @Override
        public void close() {
            synchronized (this) {
                if (!open) {
                    return;
                }
                open = false;
            }
            try {
                for (Hold other : others) {
                    if (other != null) {
                        other.close(); // a hold only, which has no reason to throw
                    }
                }
            } finally {
                workspace.leave(this);
            }
        }
    }

    void enter(String call) {
        occupancy.enter(name, call);
    }

    void exit() {
        occupancy.exit();
        // What a call runs on is no forgotten workspace's, even if the call's last look at a tensor was before.
        Reference.reachabilityFence(this);
    }

    /** How many spans between marks are kept, for a test that they do not pile up. */
    synchronized int generations() {
        return generations.size();
    }

    boolean isClosed() {
        return occupancy.isClosed();
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
     * Gives the memory back. A second call does nothing.
     *
     * @throws IllegalStateException if a call or a step holds the workspace; nothing is closed then
     */
    @Override
    public synchronized void close() {
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
