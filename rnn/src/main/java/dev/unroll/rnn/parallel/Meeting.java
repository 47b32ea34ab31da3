package dev.unroll.rnn.parallel;

import java.util.function.Supplier;

/**
 * Where threads that are workers meet twice in every round: when all have something to give, and when all have taken it.
 * A round that has begun waits for no time but that of the copies, and ends for all of them or for none.
 */
final class Meeting {
    private final Timeout timeout;

    /** The round that each worker has come to, from 1. */
    private final long[] arrivals;

    private int arrived;
    private int taking;
    private long begun;
    private long ended;

    /** Why no round can begin or end any more, or null, and what caused that, or null. */
    private String failure;

    private Throwable cause;

    Meeting(int workers, Timeout timeout) {
        this.timeout = timeout;
        arrivals = new long[workers];
    }

    /**
     * Waits until all workers have come to their next round.
     *
     * @param misfit is asked by the last one for a reason why the round cannot begin, or null
     * @throws ExchangeException if it cannot begin
     */
    synchronized void begin(int worker, Supplier<String> misfit) {
        requireIntact();
        long round = ++arrivals[worker];
        if (++arrived < arrivals.length) {
            awaitOthers(worker, round);
        } else {
            arrived = 0;
            beginAll(round, misfit.get());
        }
    }

    private void beginAll(long round, String misfit) {
        if (misfit != null) {
            fail(misfit, null);
            throw exception();
        }
        begun = round;
        taking = arrivals.length;
        notifyAll();
    }

    private void awaitOthers(int worker, long round) {
        long since = System.nanoTime();
        while (begun < round) {
            requireIntact();
            long left = timeout.left(since, System.nanoTime());
            if (left <= 0) {
                fail(absent(round) + " within " + timeout, null);
                throw exception();
            }
            try {
                wait(Timeout.toMillis(left));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                if (begun < round) {
                    fail("worker " + worker + " was interrupted in round " + round, e);
                    throw exception();
                }
            }
        }
    }

    private String absent(long round) {
        int first = -1;
        int others = -1;
        for (int worker = arrivals.length - 1; worker >= 0; worker--) {
            if (arrivals[worker] < round) {
                first = worker;
                others++;
            }
        }
        return "worker " + first + (others > 0 ? " (and " + others + " more)" : "") + " did not come to round " + round;
    }

    /** Waits until no worker takes anything any more; until then what each one gave must stay. */
    synchronized void awaitEnd() {
        if (--taking == 0) {
            if (failure == null) {
                ended = begun;
            }
            notifyAll();
        }
        boolean wasInterrupted = false;
        while (taking > 0) {
            try {
                wait();
            } catch (InterruptedException e) {
                wasInterrupted = true; // copies end soon, and all of them must
            }
        }
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Checks that the round of a worker has ended well.
     *
     * @throws ExchangeException if somebody could not take what was given
     */
    synchronized void requireEnded(int worker) {
        if (ended < arrivals[worker]) {
            throw exception();
        }
    }

    /** Fails the round of all workers for what was thrown in one of them. */
    synchronized void fail(int worker, Throwable reason) {
        fail("worker " + worker + " failed in round " + (ended + 1), reason);
    }

    /** Fails later rounds of all workers, and this one if it has not ended. */
    synchronized void leave(int worker) {
        fail("worker " + worker + " has left", null);
    }

    private void fail(String why, Throwable reason) {
        if (failure == null) {
            failure = why;
            cause = reason;
            notifyAll();
        }
    }

    /**
     * Checks that no round has failed and no worker has left.
     *
     * @throws ExchangeException otherwise
     */
    synchronized void requireIntact() {
        if (failure != null) {
            throw exception();
        }
    }

    private ExchangeException exception() {
        return new ExchangeException(failure, cause);
    }
}
