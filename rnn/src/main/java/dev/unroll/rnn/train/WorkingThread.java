package dev.unroll.rnn.train;

import java.util.function.Supplier;

/** The thread that is in a step or a fit of a trainer, if any. */
final class WorkingThread {
    private volatile Thread thread;

    /** Does work of this thread, during which no other one may close the trainer. */
    <T> T run(Supplier<T> work) {
        Thread before = thread;
        thread = Thread.currentThread();
        try {
            return work.get();
        } finally {
            thread = before;
        }
    }

    void requireNoOther() {
        Thread other = thread;
        if (other != null && other != Thread.currentThread()) {
            throw new IllegalStateException(
                    "thread " + other.getName() + " trains with this trainer; close it when its step"
                            + " or its fit has returned");
        }
    }
}
