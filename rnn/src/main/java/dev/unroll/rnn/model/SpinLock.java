package dev.unroll.rnn.model;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A lock for sections of less than a microsecond, which contain no wait. Other than a monitor or a lock with a queue, it neither
 * allocates nor suspends a thread that meets another one in it, which would cost more than all of the section. Not reentrant.
 */
final class SpinLock {
    /** The number of spins before yielding the processor, which the thread that holds the lock may need. */
    private static final int SPINS = 1_000;

    private final AtomicBoolean isHeld = new AtomicBoolean();

    void lock() {
        for (int spins = 0; isHeld.get() || !isHeld.compareAndSet(false, true); spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    void unlock() {
        isHeld.set(false);
    }
}
