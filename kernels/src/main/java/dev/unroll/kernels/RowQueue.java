package dev.unroll.kernels;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Calls that the threads of a pool compute in their order, each thread its part of every call, as soon as it comes to it:
 * part w of a call begins when part w of the call before has ended, whatever the other parts do. One thread submits calls,
 * which are kept until it takes note that all parts have ended.
 *
 * <p>A part is run by its worker; or by the submitting thread, if the worker does not come. Either claims it first.
 */
final class RowQueue {
    /** The number of calls that are kept: some steps of a network. */
    static final int CAPACITY = 128;

    /** A call in the queue. */
    interface RowCall extends WorkerPool.Part {
        /** All parts have ended: releases the operands. */
        void finish();
    }

    /** How far the part of one worker has come. */
    private static final class Progress {
        private final AtomicLong claimed = new AtomicLong();
        private volatile long ended;
        /** The nanoseconds that all parts took; published by {@code ended}. */
        private long busy;
    }

    /** Calls of one kind for every place, made when they are first needed, so that later calls allocate nothing. */
    private static final class Spares<C extends RowCall> {
        private final List<C> made = new ArrayList<>(Collections.nCopies(CAPACITY, null));
        private final Supplier<C> maker;

        Spares(Supplier<C> maker) {
            this.maker = maker;
        }

        C at(int place) {
            C call = made.get(place);
            if (call == null) {
                call = maker.get();
                made.set(place, call);
            }
            return call;
        }
    }

    private final RowCall[] calls = new RowCall[CAPACITY];
    private final Spares<GemmCall> products = new Spares<>(GemmCall::new);
    private final Spares<CellCall> cells = new Spares<>(CellCall::new);
    private final Spares<RunsCall> runs = new Spares<>(RunsCall::new);
    private final Progress[] progress;
    private volatile long submitted;
    private volatile Throwable failure;
    private long finished;
    private long busyOfCaller;

    RowQueue(int workers) {
        progress = new Progress[workers];
        for (int w = 0; w < workers; w++) {
            progress[w] = new Progress();
        }
    }

    /** Whether no call waits to be finished. For the submitting thread, like all below but what says otherwise. */
    boolean isEmpty() {
        return submitted == finished;
    }

    boolean isFull() {
        return submitted - finished == CAPACITY;
    }

    /** The place of the next call, which nothing else has until that call is finished. */
    private int place() {
        return (int) (submitted % CAPACITY);
    }

    /** A product to be set up as the next call. */
    GemmCall nextProduct() {
        return products.at(place());
    }

    /** A call of a cell to be set up as the next call. */
    CellCall nextCell() {
        return cells.at(place());
    }

    /** A call of an element-wise kernel to be set up as the next call. */
    RunsCall nextRuns() {
        return runs.at(place());
    }

    /** Adds a call to a queue that is not full; the caller runs its own part, by {@link #runOwn}. */
    void submit(RowCall call) {
        calls[place()] = call;
        submitted++; // by one thread alone
    }

    /** Runs part 0 of the call that was submitted last. */
    void runOwn() {
        long began = System.nanoTime();
        run(submitted - 1, 0);
        busyOfCaller += System.nanoTime() - began;
    }

    /** Whether a part is there to be claimed; for any thread. */
    boolean hasPart(int worker) {
        Progress own = progress[worker];
        long next = own.ended;
        return next < submitted && own.claimed.get() == next;
    }

    /** Runs the next part of a worker unless another thread does; for any thread. */
    boolean runPart(int worker) {
        Progress own = progress[worker];
        long next = own.ended;
        if (next >= submitted || !own.claimed.compareAndSet(next, next + 1)) {
            return false;
        }
        long began = System.nanoTime();
        run(next, worker + 1);
        own.busy += System.nanoTime() - began;
        own.ended = next + 1;
        return true;
    }

    private void run(long call, int part) {
        try {
            calls[(int) (call % CAPACITY)].run(part);
        } catch (Throwable e) {
            failure = e;
        }
    }

    /** Whether a worker's part of all calls has ended. */
    boolean hasEnded(int worker) {
        return progress[worker].ended == submitted;
    }

    /** The time that the submitting thread was busy with its own parts since {@link #leastBusy} was asked. */
    long busyOfCaller() {
        return busyOfCaller;
    }

    /** The least time that a thread was busy with its parts since this was asked. */
    long leastBusy() {
        long least = busyOfCaller;
        busyOfCaller = 0;
        for (Progress own : progress) {
            least = Math.min(least, own.busy);
            own.busy = 0;
        }
        return least;
    }

    /** Releases the operands of all calls, whose parts have ended, and returns what one of them threw, or null. */
    Throwable finish() {
        for (; finished < submitted; finished++) {
            int place = (int) (finished % CAPACITY);
            calls[place].finish();
            calls[place] = null;
        }
        Throwable thrown = failure;
        failure = null;
        return thrown;
    }
}
