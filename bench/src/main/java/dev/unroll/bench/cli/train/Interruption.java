package dev.unroll.bench.cli.train;

import java.util.concurrent.CountDownLatch;

/**
 * Ctrl-C, or another signal that ends a process, while work runs: the thread that works is told, and the end of the
 * process waits until it has saved what it has, however long that takes.
 */
public final class Interruption implements AutoCloseable {
    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread workerOrNull;
    private final Thread hook;
    private volatile boolean requested;

    /**
     * Waits for a signal until it is closed, and interrupts this thread when one comes.
     *
     * @param answer called by another thread when a signal comes, such as to say that it did
     */
    public Interruption(Runnable answer) {
        this(answer, Thread.currentThread());
    }

    private Interruption(Runnable answer, Thread workerOrNull) {
        this.workerOrNull = workerOrNull;
        hook = new Thread(() -> awaitEnd(answer), "interruption");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** One that interrupts nobody, for work that asks often enough whether it was {@link #requested}. */
    public static Interruption noted(Runnable answer) {
        return new Interruption(answer, null);
    }

    public boolean requested() {
        return requested;
    }

    private void awaitEnd(Runnable answer) {
        requested = true;
        if (workerOrNull != null) {
            workerOrNull.interrupt();
        }
        try {
            answer.run();
        } catch (RuntimeException e) {
            // nobody hears it; what matters is what is saved
        }
        try {
            done.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The work has ended: the process may. */
    @Override
    public void close() {
        done.countDown();
        if (!requested) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // the process is ending already, and the hook has been told
            }
        }
    }
}
