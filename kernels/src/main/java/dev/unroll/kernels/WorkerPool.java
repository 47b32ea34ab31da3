package dev.unroll.kernels;

import java.lang.ref.Reference;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A team of threads that share the work of a kernel call: the caller runs the first part, worker i part i.
 *
 * <p>Kernels are divided over rows or columns of their output and never over a sum, so the number of threads changes no
 * bit of a result. Between calls that follow each other closely, as the steps of a recurrent network do, workers spin;
 * after about 50 microseconds without work they sleep. Where other programs use the processors, so that threads are late
 * by milliseconds, the caller of a kernel works alone for a while. Interrupts end no wait; the interrupt status of the
 * caller is preserved.
 *
 * <p>The workers of a pool that was never closed end when the pool is unreachable; {@link Workspace} describes the
 * warning.
 */
public final class WorkerPool implements AutoCloseable {
    /** One part of the work of a call. */
    @FunctionalInterface
    public interface Part {
        /**
         * Runs the part.
         *
         * @param index the index of the part, from 0
         */
        void run(int index);
    }

    /** The number of spins before a worker sleeps: about 50 microseconds at 40 cycles per spin. */
    private static final int SPINS = 5_000;

    /** The number of spins before the caller runs the parts of a worker that has not begun with them. */
    private static final int PATIENCE = 1_000;

    private static final WorkerPool CALLER = new WorkerPool(1, true);

    /** The common pool, created on first use. */
    private static WorkerPool common;

    private final Team team;
    private final boolean shared;
    /** The watch for forgotten pools, null for pools that are never closed. */
    private final Forgotten.Watch watch;

    /**
     * Creates a pool.
     *
     * @param threads the number of threads, including the caller
     * @throws IllegalArgumentException if less than 1
     */
    public WorkerPool(int threads) {
        this(threads, false);
    }

    private WorkerPool(int threads, boolean shared) {
        this.shared = shared;
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be at least 1, not " + threads);
        }
        team = new Team(threads - 1);
        watch = shared ? null : Forgotten.watch(this, "a worker pool of " + threads + " threads", team::end);
        team.start();
    }

    /**
     * Returns the pool that has no thread but the caller; it needs no closing.
     *
     * @return the same pool every time
     */
    public static WorkerPool caller() {
        return CALLER;
    }

    /**
     * Returns the shared default pool: as many threads as the system property {@code unroll.threads} says, otherwise
     * one per processor. It needs no closing.
     *
     * @return the same pool every time
     * @throws IllegalArgumentException if the property is not a positive number
     */
    public static synchronized WorkerPool common() {
        if (common == null) {
            common = new WorkerPool(commonThreads(), true);
        }
        return common;
    }

    private static int commonThreads() {
        String text = System.getProperty("unroll.threads");
        if (text == null) {
            return Runtime.getRuntime().availableProcessors();
        }
        if (!text.matches("[1-9][0-9]{0,3}")) {
            throw new IllegalArgumentException(
                    "unroll.threads=" + text + ": expected a number of threads, from 1 to 9999");
        }
        return Integer.parseInt(text);
    }

    /** {@return the number of threads: the workers and the caller} */
    public int threads() {
        return team.workers.length + 1;
    }

    /**
     * Runs {@code part.run(0)} to {@code part.run(parts - 1)}, each once, and returns when all have ended. If the pool
     * is busy with a call of another thread, or the call comes from one of its own parts, the caller runs all of them.
     *
     * @param parts the number of parts, at most {@link #threads()}
     * @param part the work
     * @throws IllegalArgumentException if there are more parts than threads
     * @throws IllegalStateException if the pool is closed
     */
    public void run(int parts, Part part) {
        Checks.notNull("WorkerPool.run", "part", part);
        if (parts > threads()) {
            throw new IllegalArgumentException(parts + " parts for " + threads() + " threads; split into fewer");
        }
        team.run(parts, part, false);
        Reference.reachabilityFence(this); // keeps the pool reachable while it runs
    }

    /** The same for parts that take equally long: where some take much longer, the caller works alone for a while. */
    void runEvenly(int parts, Part part) {
        team.run(parts, part, true);
        Reference.reachabilityFence(this);
    }

    /** Also waits for the calls of a stream, since a kernel begins that is not a part of it. */
    void checkOpen() {
        team.checkOpen();
        RowStream stream = team.stream;
        if (stream != null) {
            stream.settle();
        }
    }

    /** The open stream, or null. */
    RowStream stream() {
        return team.stream;
    }

    /** Makes a stream that of the pool, unless it has one. */
    boolean attach(RowStream stream) {
        team.checkOpen();
        return team.attach(stream);
    }

    void detach(RowStream stream) {
        team.detach(stream);
        Reference.reachabilityFence(this);
    }

    RowQueue queue() {
        return team.queue;
    }

    /** Takes the workers for the calls of a stream; false if they have other work, or are late all the time. */
    boolean beginStream() {
        return team.beginStream();
    }

    /** Gives all threads their parts of a call, and returns when the caller's has ended. */
    void submit(RowQueue.RowCall call) {
        team.submit(call);
        Reference.reachabilityFence(this);
    }

    /** Waits until all parts of all calls that were submitted have ended. */
    void settle() {
        team.settle();
        Reference.reachabilityFence(this);
    }

    /**
     * Ends the workers, after a call that is running. A second call does nothing. The pools of {@link #caller()} and
     * {@link #common()} are shared and stay open.
     *
     * @throws IllegalStateException if called from a part of the pool's own work, which would wait for itself
     */
    @Override
    public void close() {
        if (!shared) {
            RowStream stream = team.stream;
            try {
                if (stream != null) {
                    stream.settle();
                }
            } finally {
                team.close();
                watch.close();
            }
        }
    }

    /**
     * The workers and their shared state, without a reference to the pool, so that a forgotten pool becomes
     * unreachable.
     */
    private static final class Team {
        private final Worker[] workers;
        private final RowQueue queue;
        private final ReentrantLock running = new ReentrantLock();
        private final AtomicInteger pending = new AtomicInteger();
        /** Used by who holds {@code running}. */
        private final Crowding crowding = new Crowding();
        /** How long the caller's part of the last call took. */
        private long ownTook;
        /** The thread whose call the workers share, or null. */
        private volatile Thread caller;
        /** The same thread while it sleeps until the workers are ready. */
        private volatile Thread sleeper;
        private volatile Throwable failure;
        private volatile boolean closed;
        private volatile RowStream stream;

        Team(int size) {
            queue = new RowQueue(size);
            workers = new Worker[size];
            for (int i = 0; i < size; i++) {
                workers[i] = new Worker(this, i + 1);
            }
        }

        void start() {
            for (Worker worker : workers) {
                worker.start();
            }
        }

        void checkOpen() {
            if (closed) {
                throw new IllegalStateException("the worker pool is closed; make a new one");
            }
        }

        void run(int parts, Part part, boolean isEven) {
            checkOpen();
            RowStream open = stream;
            if (open != null) {
                open.settle();
            }
            if (parts <= 1 || running.isHeldByCurrentThread() || !running.tryLock()) {
                runAll(parts, part);
                return;
            }
            try {
                checkOpen(); // again: the workers may have ended just before the lock was free
                caller = Thread.currentThread();
                if (!isEven) {
                    share(parts, part);
                } else if (crowding.isAlone(System.nanoTime())) {
                    runAll(parts, part);
                } else {
                    shareEvenly(parts, part);
                }
            } finally {
                caller = null;
                running.unlock();
            }
        }

        synchronized boolean attach(RowStream opened) {
            boolean isFree = stream == null;
            stream = isFree ? opened : stream;
            return isFree;
        }

        synchronized void detach(RowStream closing) {
            stream = stream == closing ? null : stream;
        }

        boolean beginStream() {
            if (!queue.isEmpty()) {
                return true;
            }
            checkOpen();
            if (running.isHeldByCurrentThread() || !running.tryLock()) {
                return false;
            }
            if (closed || crowding.isAlone(System.nanoTime())) {
                running.unlock();
                return false;
            }
            caller = Thread.currentThread();
            return true;
        }

        void submit(RowQueue.RowCall call) {
            queue.submit(call);
            for (Worker worker : workers) {
                worker.wake();
            }
            queue.runOwn();
        }

        void settle() {
            Throwable thrown;
            try {
                long began = System.nanoTime();
                for (int w = 0; w < workers.length; w++) {
                    awaitParts(w);
                }
                long now = System.nanoTime();
                long whole = queue.busyOfCaller() + now - began; // without what the caller does between its calls
                crowding.streamed(workers.length + 1, queue.leastBusy(), whole, now);
                thrown = queue.finish();
            } finally {
                caller = null;
                running.unlock();
            }
            if (thrown != null) {
                throw WorkerPool.<RuntimeException>unchecked(thrown);
            }
        }

        /** Waits for the parts of a worker, and runs them if it does not come. */
        private void awaitParts(int worker) {
            boolean interrupted = false;
            for (int spins = 0; !queue.hasEnded(worker); spins++) {
                if (spins < PATIENCE) {
                    Thread.onSpinWait();
                } else if (queue.runPart(worker)) {
                    continue;
                } else if (spins < SPINS) {
                    Thread.onSpinWait();
                } else if (spins < 2 * SPINS) {
                    Thread.yield();
                } else {
                    interrupted |= sleep(worker);
                }
            }
            sleeper = null;
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }

        /** Sleeps until a worker ends a part; returns whether the thread was interrupted. */
        private boolean sleep(int worker) {
            sleeper = Thread.currentThread(); // before the progress is read, which is written before this is read
            if (!queue.hasEnded(worker) && !queue.hasPart(worker)) {
                LockSupport.park(this);
            }
            return Thread.interrupted();
        }

        private static void runAll(int parts, Part part) {
            for (int i = 0; i < parts; i++) {
                part.run(i);
            }
        }

        private void shareEvenly(int parts, Part part) {
            long began = System.nanoTime();
            share(parts, part);
            long now = System.nanoTime();
            long shortest = ownTook;
            for (int i = 1; i < parts; i++) {
                shortest = Math.min(shortest, workers[i - 1].took);
            }
            crowding.shared(parts, shortest, now - began, now);
        }

        private void share(int parts, Part part) {
            long began = System.nanoTime();
            failure = null;
            pending.set(parts - 1);
            for (int i = 1; i < parts; i++) {
                workers[i - 1].give(part);
            }
            Throwable own = null;
            try {
                part.run(0);
            } catch (Throwable e) {
                own = e;
            }
            ownTook = System.nanoTime() - began;
            own = takeBack(parts, part, own);
            awaitWorkers(); // memory may be released after this call, so it ends only when every worker has
            Throwable first = own != null ? own : failure;
            if (first != null) {
                throw WorkerPool.<RuntimeException>unchecked(first);
            }
        }

        private void awaitWorkers() {
            boolean interrupted = false;
            for (int spins = 0; pending.get() != 0; spins++) {
                if (spins < SPINS) {
                    Thread.onSpinWait();
                } else if (spins < 2 * SPINS) {
                    Thread.yield();
                } else {
                    // As in a worker: the field is written before the count is read, and read after that is written.
                    sleeper = Thread.currentThread();
                    if (pending.get() != 0) {
                        LockSupport.park(this);
                    }
                    interrupted |= Thread.interrupted(); // otherwise the next park would not sleep
                }
            }
            if (sleeper != null) {
                sleeper = null;
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }

        /** Counts a part that a worker has ended. */
        void done() {
            if (pending.decrementAndGet() == 0) {
                Thread waiting = sleeper;
                if (waiting != null) {
                    LockSupport.unpark(waiting);
                }
            }
        }

        /** Runs the parts that no worker has begun: on a busy machine a worker may have to wait for a processor. */
        private Throwable takeBack(int parts, Part part, Throwable own) {
            Throwable first = own;
            for (int i = 1; i < parts; i++) {
                if (workers[i - 1].work.getAndSet(null) != null) {
                    try {
                        part.run(i);
                    } catch (Throwable e) {
                        first = first != null ? first : e;
                    }
                    pending.decrementAndGet();
                }
            }
            return first;
        }

        void close() {
            if (isWithinOwnRun()) {
                throw new IllegalStateException("a worker pool cannot be closed by a part of its own work, which would"
                        + " wait for itself; close it after run has returned");
            }
            running.lock();
            try {
                end();
            } finally {
                running.unlock();
            }
        }

        /**
         * Returns whether the calling thread runs a part of this team's work, perhaps within a part of another team's.
         */
        private boolean isWithinOwnRun() {
            Thread thread = Thread.currentThread();
            while (thread != null && thread != caller) {
                thread = thread instanceof Worker worker ? worker.team.caller : null;
            }
            return thread != null;
        }

        /** Ends the workers as soon as nobody shares work with them. */
        void end() {
            closed = true;
            for (Worker worker : workers) {
                LockSupport.unpark(worker);
            }
        }
    }

    /** Rethrows without a checked exception: parts throw none, so the cast is never seen. */
    @SuppressWarnings("unchecked")
    private static <E extends Throwable> E unchecked(Throwable thrown) throws E {
        throw (E) thrown;
    }

    private static final class Worker extends Thread {
        private final Team team;
        private final int index;
        private final AtomicReference<Part> work = new AtomicReference<>();
        private volatile boolean asleep;
        /** How long the last part took; the largest number if the caller took it back. Published by the count of parts. */
        private long took;

        Worker(Team team, int index) {
            super("unroll-worker-" + index);
            this.team = team;
            this.index = index;
            setDaemon(true);
        }

        void give(Part part) {
            took = Long.MAX_VALUE;
            work.set(part);
            wake();
        }

        void wake() {
            if (asleep) {
                LockSupport.unpark(this);
            }
        }

        @Override
        public void run() {
            while (awaitWork()) {
                Part part = work.getAndSet(null);
                if (part != null) { // null if the caller took it back
                    long began = System.nanoTime();
                    try {
                        part.run(index);
                    } catch (Throwable e) {
                        team.failure = e;
                    }
                    took = System.nanoTime() - began;
                    team.done();
                }
                runParts();
            }
        }

        private void runParts() {
            while (team.queue.runPart(index - 1)) {
                Thread waiting = team.sleeper;
                if (waiting != null) {
                    LockSupport.unpark(waiting);
                }
            }
        }

        private boolean hasWork() {
            return work.get() != null || team.queue.hasPart(index - 1);
        }

        /** Waits for work; false when the pool is closed. */
        private boolean awaitWork() {
            while (!spinForWork()) {
                if (team.closed) {
                    return false;
                }
                asleep = true;
                try {
                    // The flag is written before work is read, and read after work is written: no wake-up is lost.
                    if (!hasWork() && !team.closed) {
                        LockSupport.park(team);
                        Thread.interrupted(); // clears the status, which would keep the worker from sleeping
                    }
                } finally {
                    asleep = false;
                }
            }
            return true;
        }

        /**
         * Waits a while; also after a wake-up for a part that the caller has taken back meanwhile, since more may follow
         * closely, each of which would wake the worker too late again.
         */
        private boolean spinForWork() {
            for (int spins = 0; spins < SPINS; spins++) {
                if (hasWork()) {
                    return true;
                }
                Thread.onSpinWait();
            }
            return false;
        }
    }
}
