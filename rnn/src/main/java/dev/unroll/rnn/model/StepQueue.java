package dev.unroll.rnn.model;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Joins steps that arrive from many threads into batches. A batch starts when no other one runs, and either all open seats
 * have arrived, or it is full, or its oldest step has waited for the longest time. There is no thread but those that wait:
 * one of them runs the batch for all. Nothing is allocated.
 *
 * <p>While steps wait and none runs, one of the waiting threads is the timekeeper: it sleeps until the oldest step has waited
 * for the longest time, all others until they are woken. Whoever takes steps out of the queue leaves it to {@link #wakeOne}
 * that there is one again.
 */
final class StepQueue {
    /** Runs a batch. */
    @FunctionalInterface
    interface Batch {
        /**
         * Runs the steps of some seats; if it throws, their states are as before.
         *
         * @param seats the first of them are meant
         * @param count how many
         */
        void run(Seat[] seats, int count);
    }

    /** Answers of {@link #takeOrPause} that are no time. */
    private static final long TAKEN = -1;

    private static final long FOREVER = 0;

    /** In place of an answer: to be asked for. */
    private static final long AGAIN = -2;

    /** Nanoseconds between looks at a batch that runs, by a thread that waits for its end alone. */
    private static final long GLANCE = 20_000;

    private final SpinLock lock = new SpinLock();
    private final Batch work;
    private final long maxWait;
    private final Seat[] waiting;
    private final Seat[] batch;
    private int waitingCount;
    private int taken;
    private int openSeats;
    private Seat timekeeper;
    private boolean isRunning;
    private boolean isClosed;
    private long batches;
    private long steps;

    /**
     * Makes a queue without open seats.
     *
     * @param seats the largest number of open ones
     * @param rows the largest number of a batch
     * @param maxWait nanoseconds after which a step no longer waits for others
     * @param work runs batches, one at a time
     */
    StepQueue(int seats, int rows, long maxWait, Batch work) {
        this.work = work;
        this.maxWait = maxWait;
        waiting = new Seat[seats];
        batch = new Seat[rows];
    }

    void open() {
        lock.lock();
        openSeats++;
        lock.unlock();
    }

    /** Closes a seat. Its step, if it waits, does not run any more; if it runs, this returns at its end. */
    void close(Seat seat) {
        lock.lock();
        try {
            openSeats--;
            withdraw(seat);
            if (isReady(System.nanoTime())) {
                wakeOne();
            }
        } finally {
            lock.unlock();
        }
        boolean wasInterrupted = false;
        seat.setWaiter(Thread.currentThread());
        while (seat.phase() == Seat.Phase.RUNNING) {
            LockSupport.park(this);
            wasInterrupted |= Thread.interrupted();
        }
        seat.setWaiter(null);
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Adds the step of an idle seat; a waiting thread, if there is one, runs the batch that it completes. */
    void submit(Seat seat) {
        long now = System.nanoTime();
        lock.lock();
        try {
            add(seat, now);
            if (isReady(now)) {
                wakeOne();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Adds the step of an idle seat, and waits until it has ended.
     *
     * @throws InterruptedException before the step ran; it does not run then
     */
    void run(Seat seat) throws InterruptedException {
        if (Thread.interrupted()) {
            throw interruption();
        }
        long now = System.nanoTime();
        seat.setWaiter(Thread.currentThread());
        long answer;
        lock.lock();
        try {
            add(seat, now);
            answer = takeOrPause(seat);
        } finally {
            lock.unlock();
        }
        await(seat, answer);
    }

    private static InterruptedException interruption() {
        return new InterruptedException("interrupted before the step ran; it will not run");
    }

    private void add(Seat seat, long now) {
        if (isClosed) {
            seat.end(Seat.Phase.CLOSED);
            return;
        }
        seat.arrive(now);
        waiting[waitingCount++] = seat;
    }

    /**
     * Waits until the step of a seat has ended, and meanwhile runs batches.
     *
     * @throws InterruptedException before the step ran; it does not run then
     */
    void await(Seat seat) throws InterruptedException {
        seat.setWaiter(Thread.currentThread());
        await(seat, AGAIN);
    }

    private void await(Seat seat, long first) throws InterruptedException {
        boolean wasInterrupted = false;
        try {
            for (long answer = first; !seat.isOver();) {
                if (answer == TAKEN) {
                    runTaken();
                } else if (answer != AGAIN) {
                    pause(answer);
                }
                if (!seat.isOver()) {
                    if (Thread.interrupted()) {
                        if (tryWithdraw(seat)) {
                            throw interruption();
                        }
                        wasInterrupted = true; // it runs, which takes no longer than a step
                    }
                    answer = answer(seat);
                }
            }
        } finally {
            seat.setWaiter(null);
            if (wasInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private long answer(Seat seat) {
        lock.lock();
        try {
            return takeOrPause(seat);
        } finally {
            lock.unlock();
        }
    }

    private void pause(long nanos) {
        if (nanos == FOREVER) {
            LockSupport.park(this);
        } else {
            LockSupport.parkNanos(this, nanos);
        }
    }

    /** Takes a batch to be run by the calling thread, or else says for how long it may sleep. */
    private long takeOrPause(Seat seat) {
        if (seat.phase() != Seat.Phase.WAITING || isRunning) {
            return FOREVER;
        }
        long now = System.nanoTime();
        if (isReady(now)) {
            take();
            return TAKEN;
        }
        if (timekeeper == null || timekeeper == seat) {
            timekeeper = seat;
            return waiting[0].arrival() + maxWait - now;
        }
        return FOREVER;
    }

    private boolean isReady(long now) {
        return waitingCount > 0 && !isRunning
                && (waitingCount >= Math.min(openSeats, batch.length) || now - waiting[0].arrival() >= maxWait);
    }

    private void take() {
        taken = Math.min(waitingCount, batch.length);
        for (int i = taken - 1; i >= 0; i--) {
            batch[i] = waiting[i];
            batch[i].begin(i + 1 < taken ? batch[i + 1] : null);
        }
        remove(0, taken);
        isRunning = true;
        batches++;
        steps += taken;
    }

    private void remove(int from, int count) {
        System.arraycopy(waiting, from + count, waiting, from, waitingCount - from - count);
        for (int i = waitingCount - count; i < waitingCount; i++) {
            waiting[i] = null;
        }
        waitingCount -= count;
        if (timekeeper != null && timekeeper.phase() != Seat.Phase.WAITING) {
            timekeeper = null;
        }
    }

    private void runTaken() {
        Seat first = batch[0];
        Throwable failure = null;
        try {
            work.run(batch, taken);
        } catch (Throwable e) {
            failure = e; // each of the steps says so
        }
        end();
        for (Seat seat = first; seat != null;) {
            seat = seat.end(failure);
        }
    }

    private void end() {
        lock.lock();
        try {
            isRunning = false;
            wakeOne();
        } finally {
            lock.unlock();
        }
    }

    /** Wakes a waiting thread, which then runs a batch that is ready or becomes the timekeeper. */
    private void wakeOne() {
        if (timekeeper != null) {
            timekeeper.wake();
            return;
        }
        for (int i = 0; i < waitingCount; i++) {
            if (waiting[i].isAwaited()) {
                waiting[i].wake();
                return;
            }
        }
    }

    /** Takes a step out of the queue; false if it does not wait. */
    private boolean tryWithdraw(Seat seat) {
        lock.lock();
        try {
            return withdraw(seat);
        } finally {
            lock.unlock();
        }
    }

    private boolean withdraw(Seat seat) {
        if (seat.phase() != Seat.Phase.WAITING) {
            return false;
        }
        int at = 0;
        while (waiting[at] != seat) {
            at++;
        }
        seat.clear();
        remove(at, 1);
        wakeOne();
        return true;
    }

    /** Runs something while no batch runs; steps that arrive wait. */
    long exclusively(String call, LongSupplier what) {
        while (!tryOccupy(call)) {
            LockSupport.parkNanos(this, GLANCE);
        }
        try {
            return what.getAsLong();
        } finally {
            end();
        }
    }

    private boolean tryOccupy(String call) {
        lock.lock();
        try {
            if (isClosed) {
                throw new IllegalStateException(call + ": these joined sessions are closed; join others");
            }
            boolean wasIdle = !isRunning;
            isRunning = true; // as it was, if it was not idle
            return wasIdle;
        } finally {
            lock.unlock();
        }
    }

    /** Ends all waiting steps without running them, refuses later ones, and returns when none runs. */
    void close() {
        lock.lock();
        try {
            isClosed = true;
            for (int i = 0; i < waitingCount; i++) {
                waiting[i].end(Seat.Phase.CLOSED);
            }
            remove(0, waitingCount);
        } finally {
            lock.unlock();
        }
        while (isRunning()) {
            LockSupport.parkNanos(this, GLANCE);
        }
    }

    private boolean isRunning() {
        lock.lock();
        try {
            return isRunning;
        } finally {
            lock.unlock();
        }
    }

    /** {@return the number of batches that have begun} */
    long batches() {
        lock.lock();
        try {
            return batches;
        } finally {
            lock.unlock();
        }
    }

    /** {@return the number of steps of seats that have begun} */
    long steps() {
        lock.lock();
        try {
            return steps;
        } finally {
            lock.unlock();
        }
    }
}
