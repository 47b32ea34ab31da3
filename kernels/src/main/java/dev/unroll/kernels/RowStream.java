package dev.unroll.kernels;

/**
 * A thread's row-wise calls on the matrices of one workspace, such as the steps of a recurrent network, computed without
 * waiting in between: every thread of the pool computes the same rows of one call after the other, as fast as it can. The
 * bits are those of the calls without a stream.
 *
 * <pre>{@code
 * try (RowStream stream = RowStream.open(pool, workspace)) {
 *     for (int t = 0; t < steps; t++) {
 *         stream.set(true);
 *         Gemm.packed(1, h[t], weights, 0, gates[t], pool);
 *         LstmCell.forward(p[t], gates[t], c[t], c[t + 1], tanhC[t], h[t + 1], pool);
 *         stream.set(false);
 *     }
 * }
 * }</pre>
 *
 * <p>While the stream is on, products with a packed matrix, recurrent cells, activations and sums may return before all of
 * their rows are computed. They do so where all matrices lie in the workspace, but for packed matrices and biases, which
 * nobody may change meanwhile, nor may their workspace be closed; where every thread has eight rows or more; and where the
 * most recent product, including the call itself, is large enough to be shared by all threads. All of what is computed is
 * there after {@link #await} and {@link #close}, and whenever the thread of the stream itself reads or writes
 * a tensor of the workspace, calls another kernel on the pool, or releases memory of the workspace: that waits first. What
 * other threads do with the tensors, and what reads memory in another way, has to wait for {@link #await}.
 *
 * <p>The rows of a matrix that several calls use must be the same rows of the whole, and a bias must be none of them: row i
 * of one call is computed after row i of the call before, and at the same time as its other rows. A call with another number
 * of rows waits for those before.
 *
 * <p>For the thread that opened it, which has to close it.
 */
public final class RowStream implements AutoCloseable {
    /** A product of 4 rows reaches three quarters of the speed of one of 8 or more (x 1024 x 256, f32, Zen 5). */
    private static final int LEAST_ROWS_OF_A_PART = 8;

    private final WorkerPool pool;
    private final Workspace workspace;
    private final Thread owner = Thread.currentThread();
    /** Whether this stream, and not another one, is that of the pool and of the workspace. */
    private boolean isOpen;
    private boolean isOn;
    /** Whether the most recent product was large enough for all threads; so are then the calls between products. */
    private boolean isWorthwhile = true;
    /** Whether a call of the stream itself enters its operands. */
    private boolean isEntering;
    private boolean isSettling;
    private long rows;

    private RowStream(WorkerPool pool, Workspace workspace) {
        this.pool = pool;
        this.workspace = workspace;
        workspace.checkOpen();
        boolean isOfPool = pool.threads() > 1 && pool.attach(this);
        try {
            isOpen = isOfPool && workspace.attach(this);
        } finally {
            if (isOfPool && !isOpen) {
                pool.detach(this);
            }
        }
    }

    /**
     * Opens a stream, which is off. Where the pool has no thread but the caller, or the pool or the workspace has a stream
     * already, calls wait as they do without one.
     *
     * @param pool whose threads compute
     * @param workspace of what is computed
     * @return a stream to be closed by this thread
     * @throws IllegalStateException if the pool or the workspace is closed
     */
    public static RowStream open(WorkerPool pool, Workspace workspace) {
        Checks.notNull("RowStream.open", "pool", pool);
        Checks.notNull("RowStream.open", "workspace", workspace);
        return new RowStream(pool, workspace);
    }

    /**
     * Switches the stream on or off. What was begun goes on.
     *
     * @param on whether calls may return before all of their rows are computed
     */
    public void set(boolean on) {
        isOn = on;
    }

    /**
     * Waits until everything is computed that was begun. The stream goes on after that.
     *
     * @throws IllegalStateException if another thread opened the stream
     */
    public void await() {
        requireOwner("await");
        settle();
    }

    /**
     * Waits until everything is computed. Closing twice does nothing.
     *
     * @throws IllegalStateException if another thread opened the stream; it stays open
     */
    @Override
    public void close() {
        requireOwner("close");
        if (isOpen) {
            try {
                settle();
            } finally {
                isOpen = false;
                pool.detach(this);
                workspace.detach(this);
            }
        }
    }

    private void requireOwner(String call) {
        if (owner != Thread.currentThread()) {
            throw new IllegalStateException(
                    "RowStream." + call + ": this stream is that of thread " + owner.getName() + "; let it do that");
        }
    }

    /** The stream that a call belongs to whose result is a matrix; or null if it is to wait for all threads. */
    static RowStream of(WorkerPool pool, Tensor result) {
        RowStream stream = find(pool, result);
        return stream != null && stream.isWorthwhile ? stream : null;
    }

    /**
     * Returns the stream for a product, and records whether that product is large enough for all threads.
     *
     * @param parts how many threads it is large enough for
     */
    static RowStream ofProduct(WorkerPool pool, Tensor result, double parts) {
        RowStream stream = find(pool, result);
        if (stream != null) {
            stream.isWorthwhile = parts >= pool.threads();
        }
        return of(pool, result);
    }

    private static RowStream find(WorkerPool pool, Tensor result) {
        RowStream stream = pool.stream();
        return stream != null && stream.isOn && stream.owner == Thread.currentThread()
                && result.rows() >= (long) LEAST_ROWS_OF_A_PART * pool.threads()
                        ? stream
                        : null;
    }

    /** Returns the queue with a free place, after calls with other rows. */
    RowQueue queue(long count) {
        RowQueue queue = pool.queue();
        if (count != rows || queue.isFull()) {
            settle();
        }
        rows = count;
        return queue;
    }

    /** The number of parts of every call. */
    int parts() {
        return pool.threads();
    }

    /**
     * Enters a matrix for a call of this stream, without waiting for those before.
     *
     * @return false if it lies elsewhere, and was not entered
     */
    boolean enter(String call, Tensor tensor) {
        if (!tensor.isOf(workspace)) {
            return false;
        }
        return enterShared(call, tensor);
    }

    /**
     * Enters what no call of the stream writes to, in any workspace.
     *
     * @return false if other threads may not read it, and it was not entered
     */
    boolean enterShared(String call, Tensor tensor) {
        if (tensor.isConfined()) {
            return false;
        }
        isEntering = true;
        try {
            tensor.enter(call);
        } finally {
            isEntering = false;
        }
        return true;
    }

    /**
     * Gives all threads their parts of a call, whose operands are entered.
     *
     * @return false if they have other work, or are late all the time; the call is finished then
     */
    boolean submit(RowQueue.RowCall call) {
        boolean isTaken = false;
        try {
            isTaken = pool.beginStream();
        } finally {
            if (!isTaken) {
                call.finish();
            }
        }
        if (isTaken) {
            pool.submit(call);
        }
        return isTaken;
    }

    /** Waits until all rows are computed, if the thread of the stream asks for it. */
    void settle() {
        if (isOpen && !isEntering && !isSettling && owner == Thread.currentThread() && !pool.queue().isEmpty()) {
            isSettling = true;
            try {
                pool.settle();
            } finally {
                isSettling = false;
            }
        }
    }
}
