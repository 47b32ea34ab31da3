package dev.unroll.rnn.parallel;

import dev.unroll.rnn.internal.Nulls;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * An exchange between threads of one process: every worker copies from the memory of the others.
 *
 * <pre>{@code
 * List<LocalExchange> all = LocalExchange.of(4, Duration.ofSeconds(30)); // one for each of four threads
 * }</pre>
 *
 * <p>A round ends for all workers or for none: each of them copies when all have come, and goes on when all have copied.
 * A worker that is interrupted while it waits for the others gets an {@link ExchangeException}, and so do they; its thread
 * stays interrupted. Outgoing tensors must not be in memory of a confined arena, which other threads cannot read. {@link
 * #close()} may be called by any thread, everything else by that of the worker.
 */
public final class LocalExchange implements Exchange {
    private static final String CALL = "LocalExchange.round";

    /** A thread that is never started: memory that it may access is not confined. */
    private static final Thread STRANGER = new Thread();

    private final List<LocalExchange> all;
    private final Meeting meeting;
    private final int worker;

    /** By the numbers of the other workers; that of this worker stays empty. */
    private final List<Lending> outgoing = new ArrayList<>();

    private final List<Lending> incoming = new ArrayList<>();
    private volatile boolean isClosed;

    private LocalExchange(List<LocalExchange> all, Meeting meeting, int worker, int workers) {
        this.all = all;
        this.meeting = meeting;
        this.worker = worker;
        for (int other = 0; other < workers; other++) {
            outgoing.add(Lending.outgoing(other));
            incoming.add(Lending.incoming(other));
        }
    }

    /**
     * Returns the exchanges of all workers.
     *
     * @param workers their number, at least 1
     * @param timeout for which a worker waits for the others in a round; longer than what one does between rounds, such as
     *     writing a checkpoint
     * @return one exchange for each worker, by its number
     * @throws IllegalArgumentException if the number or the timeout is not positive
     */
    public static List<LocalExchange> of(int workers, Duration timeout) {
        if (workers < 1) {
            throw new IllegalArgumentException(
                    "LocalExchange.of: the number of workers must be at least 1, not " + workers);
        }
        Meeting meeting = new Meeting(workers, Timeout.of("LocalExchange.of", timeout));
        List<LocalExchange> all = new ArrayList<>();
        for (int worker = 0; worker < workers; worker++) {
            all.add(new LocalExchange(all, meeting, worker, workers));
        }
        return Collections.unmodifiableList(all);
    }

    @Override
    public int workers() {
        return all.size();
    }

    @Override
    public int worker() {
        return worker;
    }

    @Override
    public void round(Messages outgoing, Messages incoming) {
        if (isClosed) {
            throw new IllegalStateException(CALL + ": the exchange of worker " + worker + " is closed");
        }
        meeting.requireIntact();
        try {
            begin(outgoing, incoming);
            take();
            meeting.requireEnded(worker);
        } finally {
            this.outgoing.forEach(Lending::giveBack);
            this.incoming.forEach(Lending::giveBack);
        }
    }

    private void begin(Messages outgoing, Messages incoming) {
        try {
            Nulls.require(CALL, "outgoing", outgoing);
            Nulls.require(CALL, "incoming", incoming);
            for (int other = 0; other < workers(); other++) {
                if (other != worker) {
                    this.outgoing.get(other).borrow(CALL, outgoing);
                    this.outgoing.get(other).requireAccessibleBy(CALL, STRANGER);
                    this.incoming.get(other).borrow(CALL, incoming);
                }
            }
            meeting.begin(worker, this::misfit);
        } catch (Throwable e) {
            meeting.fail(worker, e);
            throw e;
        }
    }

    /** {@return which message has another size than is expected, or null if there is none} */
    private String misfit() {
        for (LocalExchange from : all) {
            for (LocalExchange to : all) {
                long sent = from.outgoing.get(to.worker).bytes();
                long expected = to.incoming.get(from.worker).bytes();
                if (sent != expected) {
                    return "worker " + from.worker + " sends " + sent + " bytes to worker " + to.worker
                            + ", which expects " + expected;
                }
            }
        }
        return null;
    }

    /** Copies from the others, each worker from another one first. */
    private void take() {
        try {
            for (int i = 1; i < workers(); i++) {
                int other = (worker + i) % workers();
                incoming.get(other).copyFrom(all.get(other).outgoing.get(worker));
            }
        } catch (Throwable e) {
            meeting.fail(worker, e);
            throw e;
        } finally {
            meeting.awaitEnd();
        }
    }

    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            meeting.leave(worker);
        }
    }

    @Override
    public String toString() {
        return "LocalExchange of worker " + worker + " of " + workers();
    }
}
