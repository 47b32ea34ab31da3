package dev.unroll.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Owns the memory of tensors: one shared arena off the heap, handed out by moving a pointer, at addresses that are
 * multiples of 64 bytes.
 *
 * <p>A step of work takes a {@link #mark()} before it and goes back to it afterwards: what was allocated in between is
 * released at once, its memory is used again, and every tensor that pointed into it is refused from then on. Memory
 * returns to the operating system only in {@link #close()}, which is refused while a call or a step holds the
 * workspace: a running kernel never loses its memory.
 *
 * <p>Allocating, marking and returning may be done by any thread, one at a time.
 */
public final class Workspace implements AutoCloseable {
    /** Bytes that every tensor's address is a multiple of: a cache line, and the widest vector. */
    public static final long ALIGNMENT = 64;

    private static final long FIRST_CHUNK = 1 << 20;

    private final String name;
    private final long limit;
    private final Arena arena = Arena.ofShared();
    private final Occupancy occupancy = new Occupancy();
    private final List<MemorySegment> chunks = new ArrayList<>();
    private final List<Generation> generations = new ArrayList<>();
    private int chunk = -1;
    private long top;
    private long reserved;

    /** A place to return to, taken by {@link Workspace#mark()}. */
    public static final class Mark {
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
     * A workspace with the default limit, {@link #defaultLimit()}.
     *
     * @param name what messages call it
     */
    public Workspace(String name) {
        this(name, defaultLimit());
    }

    /**
     * A workspace.
     *
     * @param name what messages call it
     * @param limit bytes that it may take from the operating system
     * @throws IllegalArgumentException if the name is null or the limit is not positive
     */
    public Workspace(String name, long limit) {
        Check.notNull("a workspace", "name", name);
        if (limit <= 0) {
            throw new IllegalArgumentException("workspace " + name + ": the limit must be positive, not " + limit);
        }
        this.name = name;
        this.limit = limit;
        generations.add(new Generation(this));
    }

    /**
     * The limit of a workspace that is given none: the system property {@code unroll.memory} in bytes (a suffix k, m or
     * g is understood), otherwise as much as the heap may take, the rule that the JDK has for direct buffers.
     *
     * @return bytes
     * @throws IllegalArgumentException if the property is no size
     */
    public static long defaultLimit() {
        String text = System.getProperty("unroll.memory");
        return text == null ? Runtime.getRuntime().maxMemory() : parseSize(text);
    }

    private static long parseSize(String text) {
        String digits = text.strip().toLowerCase(Locale.ROOT);
        int unit = digits.isEmpty() ? -1 : "kmg".indexOf(digits.charAt(digits.length() - 1));
        try {
            long count = Long.parseLong(unit < 0 ? digits : digits.substring(0, digits.length() - 1));
            long size = Math.multiplyExact(count, 1L << 10 * (unit + 1));
            if (size > 0) {
                return size;
            }
        } catch (NumberFormatException | ArithmeticException e) {
            // said below, as for a size that is not positive
        }
        throw new IllegalArgumentException("unroll.memory=" + text + ": expected a size such as 512m or 8g");
    }

    /**
     * What messages call this workspace.
     *
     * @return the name
     */
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
     * @throws IllegalStateException if the workspace is closed or would exceed its limit
     */
    public synchronized Tensor allocate(ElementType type, long... shape) {
        long bytes = Math.max(1, Shape.bytes(type, shape));
        occupancy.checkOpen(name);
        long start = reserve(bytes);
        return new Tensor(chunks.get(chunk), start, type, shape.clone(), generations.getLast().withTensors());
    }

    /**
     * Allocates a tensor of zeros.
     *
     * @param type of the elements
     * @param shape sizes, the last one contiguous; at least one, none negative
     * @return the tensor, valid until the return to an earlier mark or the end of the workspace
     * @throws IllegalArgumentException if the shape is empty, negative, or larger than 2^63 - 1 bytes
     * @throws IllegalStateException if the workspace is closed or would exceed its limit
     */
    public Tensor zeros(ElementType type, long... shape) {
        Tensor tensor = allocate(type, shape);
        tensor.clear();
        return tensor;
    }

    /** Moves the pointer on by the bytes asked for, into the next chunk that has room or a new one. */
    private long reserve(long bytes) {
        for (int c = Math.max(chunk, 0); c < chunks.size(); c++) {
            long start = c == chunk ? top : 0;
            if (bytes <= chunks.get(c).byteSize() - start) {
                chunk = c;
                top = aligned(start + bytes);
                return start;
            }
        }
        grow(bytes);
        top = aligned(bytes);
        return 0;
    }

    private void grow(long bytes) {
        long left = limit - reserved & -ALIGNMENT;
        if (bytes > left) {
            throw new IllegalStateException(
                    "workspace " + name + ": " + bytes + " bytes more would exceed its limit of "
                            + limit + " bytes (" + reserved + " taken); raise the limit, or set -Dunroll.memory=SIZE");
        }
        // Doubling keeps the number of chunks small; near the limit only what is needed is taken.
        long wished = Math.max(aligned(bytes), Math.max(FIRST_CHUNK, reserved));
        long size = wished <= left ? wished : aligned(bytes);
        try {
            chunks.add(arena.allocate(size, ALIGNMENT));
        } catch (OutOfMemoryError e) {
            throw new IllegalStateException("workspace " + name + ": the system has no " + size
                    + " bytes more (" + reserved + " taken); use smaller sizes, or a machine with more memory", e);
        }
        reserved += size;
        chunk = chunks.size() - 1;
    }

    private static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /**
     * Takes a mark to return to.
     *
     * @return the mark
     * @throws IllegalStateException if the workspace is closed
     */
    public synchronized Mark mark() {
        occupancy.checkOpen(name);
        // A generation without a tensor serves once more, so that marks taken in a loop are no leak.
        if (generations.size() == 1 || generations.getLast().hasTensors()) {
            generations.add(new Generation(this));
        }
        int depth = generations.size() - 1;
        return new Mark(generations.get(depth - 1), depth, chunk, top);
    }

    /**
     * Releases every tensor allocated since the mark, which stays valid: a loop may return to one mark many times.
     *
     * @param mark taken from this workspace, with no return to an earlier one since
     * @throws IllegalArgumentException if the mark is another workspace's or was itself released
     * @throws IllegalStateException if the workspace is closed or held by a call or a step
     */
    public synchronized void reset(Mark mark) {
        Check.notNull("reset", "mark", mark);
        occupancy.seize(name, 0, "reset");
        try {
            if (!isValid(mark)) {
                throw new IllegalArgumentException("workspace " + name + ": the mark is another workspace's, or was"
                        + " itself released by a return to an earlier one");
            }
            release(mark);
        } finally {
            occupancy.release(0);
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
        chunk = mark.chunk;
        top = mark.top;
    }

    /**
     * Holds the workspace for some work of several calls: until the hold is closed, {@link #close()} and
     * {@link #reset(Mark)} are refused.
     *
     * @param holder what messages call the work, such as "training step"
     * @return the hold, to be closed by the same code
     * @throws IllegalStateException if the workspace is closed
     */
    public synchronized Hold hold(String holder) {
        return hold(holder, null);
    }

    /**
     * Holds the workspace for some work whose tensors are not needed afterwards: a {@link #mark()} and a {@link #hold},
     * and at the end the return to the mark. Scopes may be nested.
     *
     * @param holder what messages call the work, such as "training step"
     * @return the hold, to be closed by the same code, which releases everything allocated since
     * @throws IllegalStateException if the workspace is closed
     */
    public synchronized Hold scope(String holder) {
        return hold(holder, mark());
    }

    private Hold hold(String holder, Mark mark) {
        occupancy.hold(name, holder);
        return new Hold(this, holder, mark);
    }

    private synchronized void leave(Hold hold) {
        if (hold.mark != null) {
            // Who holds is between calls, but memory is not taken from under a call that runs.
            occupancy.seize(name, occupancy.holds(), "end the scope of");
            if (isValid(hold.mark)) {
                release(hold.mark);
            }
            occupancy.release(occupancy.holds());
        }
        occupancy.endHold(hold.holder);
    }

    /** Some work's claim on a workspace; see {@link Workspace#hold} and {@link Workspace#scope}. */
    public static final class Hold implements AutoCloseable {
        private final Workspace workspace;
        private final String holder;
        private final Mark mark;
        private boolean open = true;

        private Hold(Workspace workspace, String holder, Mark mark) {
            this.workspace = workspace;
            this.holder = holder;
            this.mark = mark;
        }

        /**
         * Gives the workspace free; a second call does nothing.
         *
         * @throws IllegalStateException if this is a scope and another thread's call still runs in the workspace
         */
        @Override
        public void close() {
            if (open) {
                workspace.leave(this);
                open = false;
            }
        }
    }

    void enter(String call) {
        occupancy.enter(name, call);
    }

    void exit() {
        occupancy.exit();
    }

    /** How many spans between marks are kept, for a test that they do not pile up. */
    synchronized int generations() {
        return generations.size();
    }

    boolean isClosed() {
        return occupancy.isClosed();
    }

    /**
     * What was taken from the operating system.
     *
     * @return bytes
     */
    public synchronized long reservedBytes() {
        return reserved;
    }

    /**
     * What may be taken from the operating system.
     *
     * @return bytes
     */
    public long limit() {
        return limit;
    }

    /**
     * Returns the memory to the operating system. A second call does nothing.
     *
     * @throws IllegalStateException if a call or a step holds the workspace; nothing is closed then
     */
    @Override
    public synchronized void close() {
        if (occupancy.close(name)) {
            generations.forEach(Generation::release);
            arena.close();
        }
    }

    @Override
    public String toString() {
        return "workspace " + name + " (" + reservedBytes() + " of at most " + limit + " bytes"
                + (isClosed() ? ", closed)" : ")");
    }
}
