package dev.unroll.kernels;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A few threads that share the work of one kernel call: the caller does the first part, worker i part i.
 *
 * <p>Kernels are split over rows or columns of what they write and never over a sum, so the number of threads changes no
 * bit of a result. Between calls that follow each other closely, as the steps of a recurrent network do, workers spin;
 * after about 50 microseconds without work they sleep.
 */
public final class WorkerPool implements AutoCloseable {
    /** One part of a call's work. */
    @FunctionalInterface
    public interface Part {
        /**
         * Does the part.
         *
         * @param index which part, from 0
         */
        void run(int index);
    }

    /** Turns of the spin loop before a worker sleeps: about 50 microseconds at 40 cycles a turn. */
    private static final int SPINS = 5_000;

    private static final WorkerPool CALLER = new WorkerPool(1, true);

    /** Made when it is first asked for. */
    private static WorkerPool common;

    private final Worker[] workers;
    private final boolean shared;
    private final ReentrantLock running = new ReentrantLock();
    private final AtomicInteger pending = new AtomicInteger();
    private volatile Throwable failure;
    private volatile boolean closed;

    /**
     * A pool.
     *
     * @param threads how many work together, the caller included
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
        workers = new Worker[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(i + 1);
            workers[i].start();
        }
    }

    /**
     * The pool that has no thread but the caller's; it needs no closing.
     *
     * @return the same pool every time
     */
    public static WorkerPool caller() {
        return CALLER;
    }

    /**
     * The pool that is shared by everything that names no other: as many threads as the system property
     * {@code unroll.threads} says, otherwise one for each processor. It needs no closing.
     *
     * @return the same pool every time
     * @throws IllegalArgumentException if the property is no positive number
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

    /**
     * How many threads work together.
     *
     * @return the workers and the caller
     */
    public int threads() {
        return workers.length + 1;
    }

    /**
     * Runs {@code part.run(0)} to {@code part.run(parts - 1)}, each once, and returns when all have ended. When the pool
     * is busy with another thread's call, or the call comes from one of its own parts, the caller does all of them.
     *
     * @param parts how many, at most {@link #threads()}
     * @param part what to do
     * @throws IllegalArgumentException if the part is null or there are more parts than threads
     * @throws IllegalStateException if the pool is closed
     */
    public void run(int parts, Part part) {
        Check.notNull("WorkerPool.run", "part", part);
        if (parts > threads()) {
            throw new IllegalArgumentException(parts + " parts for " + threads() + " threads; split into fewer");
        }
        checkOpen();
        if (parts <= 1 || running.isHeldByCurrentThread() || !running.tryLock()) {
            for (int i = 0; i < parts; i++) {
                part.run(i);
            }
            return;
        }
        try {
            checkOpen(); // again: the workers may have ended just before the lock was free
            share(parts, part);
        } finally {
            running.unlock();
        }
    }

    void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the worker pool is closed; make a new one");
        }
    }

    private void share(int parts, Part part) {
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
        own = takeBack(parts, part, own);
        // Memory may be released after this call, so it ends only when every worker has.
        for (int spins = 0; pending.get() != 0; spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
        Throwable first = own != null ? own : failure;
        if (first != null) {
            throw WorkerPool.<RuntimeException>unchecked(first);
        }
    }

    /** Does the parts that no worker has begun: on a busy machine a worker may have to wait for a processor. */
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

    /** Parts throw nothing checked, so the cast is never seen. */
    @SuppressWarnings("unchecked")
    private static <E extends Throwable> E unchecked(Throwable thrown) throws E {
        throw (E) thrown;
    }

    /**
     * Ends the workers. A second call does nothing; a call that is running ends first. The pools of {@link #caller()} and
     * {@link #common()} belong to everyone and stay open.
     */
    @Override
    public void close() {
        if (shared) {
            return;
        }
        running.lock();
        try {
            closed = true;
            for (Worker worker : workers) {
                LockSupport.unpark(worker);
            }
        } finally {
            running.unlock();
        }
    }

    private final class Worker extends Thread {
        private final int index;
        private final AtomicReference<Part> work = new AtomicReference<>();
        private volatile boolean asleep;

        Worker(int index) {
            super("unroll-worker-" + index);
            this.index = index;
            setDaemon(true);
        }

        void give(Part part) {
            work.set(part);
            if (asleep) {
                LockSupport.unpark(this);
            }
        }

        @Override
        public void run() {
            while (awaitWork()) {
                Part part = work.getAndSet(null);
                if (part != null) { // otherwise the caller took it back
                    try {
                        part.run(index);
                    } catch (Throwable e) {
                        failure = e;
                    }
                    pending.decrementAndGet();
                }
            }
        }

        /** False when the pool is closed. */
        private boolean awaitWork() {
            for (int spins = 0; spins < SPINS; spins++) {
                if (work.get() != null) {
                    return true;
                }
                Thread.onSpinWait();
            }
            asleep = true;
            try {
                // The flag is written before work is looked at, and read after work is written: no wake-up is lost.
                while (work.get() == null && !closed) {
                    LockSupport.park(WorkerPool.this);
                }
            } finally {
                asleep = false;
            }
            return work.get() != null || !closed;
        }
    }
}
