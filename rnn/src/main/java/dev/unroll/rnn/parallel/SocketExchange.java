package dev.unroll.rnn.parallel;

import dev.unroll.rnn.internal.Nulls;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * An exchange between processes, over one TCP connection for each two workers. Tensors are sent from where they are and
 * received where they belong, in the byte order of the processor, which is that of all workers.
 *
 * <pre>{@code
 * ExchangeDoor door = SocketExchange.listen(InetAddress.getByName("10.0.0.7")); // of this machine
 * List<InetSocketAddress> all = ... // of all workers by number: each tells the others its door.address()
 * try (SocketExchange exchange = door.connect(worker, all, secret, Duration.ofSeconds(30))) {
 *     ...
 * }
 * }</pre>
 *
 * <p>While they connect, every two workers prove to each other that they know a secret, which is not sent. After that nothing
 * is: what is sent in rounds is <em>neither encrypted nor authenticated</em>. Whoever can read the network reads it, and
 * whoever can alter packets alters it; use a network that others cannot reach.
 *
 * <p>A worker fails, and ends its connections, when nothing at all comes from or goes to another worker within the timeout
 * although its round needs it, so that a round of many bytes may take longer. What a failed round should have received is
 * undefined. Interrupting the worker's thread fails its round; the thread stays interrupted. {@link #close()} may be called
 * by any thread, everything else by that of the worker.
 */
public final class SocketExchange implements Exchange {
    private static final String CALL = "SocketExchange.round";

    /** Nanoseconds for which to look for news before sleeping, which the others' small messages take to come. */
    private static final long SPIN = 50_000;

    private final int worker;
    private final Timeout timeout;
    private final Selector selector;
    private final List<Link> links = new ArrayList<>();
    private final Consumer<SelectionKey> advance = SocketExchange::advance;
    private long round;

    /** When something was last received or sent, or the round began. */
    private long lastNews;

    private ExchangeException failure;
    private volatile boolean isClosed;

    /**
     * Takes connections over.
     *
     * @param peers all other workers
     * @param channels to each of them, not blocking
     */
    SocketExchange(int worker, List<RemoteWorker> peers, List<SocketChannel> channels, Timeout timeout)
            throws IOException {
        this.worker = worker;
        this.timeout = timeout;
        selector = Selector.open();
        try {
            for (int i = 0; i < peers.size(); i++) {
                links.add(new Link(peers.get(i), channels.get(i), selector));
            }
        } catch (Throwable e) {
            selector.close();
            throw e;
        }
    }

    /**
     * Listens for other workers, as the first step to an exchange with them.
     *
     * @param own the address under which they reach this machine; connections to other addresses of it are not accepted
     * @return listens at a port that the system has chosen
     * @throws IllegalArgumentException if the address stands for all addresses of the machine
     * @throws IOException if the address is not one of this machine
     */
    public static ExchangeDoor listen(InetAddress own) throws IOException {
        return ExchangeDoor.open(own);
    }

    @Override
    public int workers() {
        return links.size() + 1;
    }

    @Override
    public int worker() {
        return worker;
    }

    @Override
    public void round(Messages outgoing, Messages incoming) {
        requireOpen();
        round++;
        try {
            Nulls.require(CALL, "outgoing", outgoing);
            Nulls.require(CALL, "incoming", incoming);
            for (Link link : links) {
                link.borrow(CALL, round, outgoing, incoming);
            }
            links.forEach(Link::begin);
            lastNews = System.nanoTime();
            while (!isDone()) {
                await();
            }
        } catch (ExchangeException e) {
            throw fail(isClosed ? stopped(e) : e);
        } catch (IOException | ClosedSelectorException | CancelledKeyException e) {
            throw fail(stopped(e));
        } catch (Throwable e) {
            fail(new ExchangeException("worker " + worker + " failed in round " + round, e));
            throw e;
        } finally {
            links.forEach(Link::giveBack);
        }
    }

    private void requireOpen() {
        if (isClosed) {
            throw new IllegalStateException(CALL + ": the exchange of worker " + worker + " is closed");
        }
        if (failure != null) {
            throw new ExchangeException(failure.getMessage(), failure);
        }
    }

    private boolean isDone() {
        for (Link link : links) {
            if (!link.isDone()) {
                return false;
            }
        }
        return true;
    }

    /** Waits until something comes or can be sent, and receives or sends it. */
    private void await() throws IOException {
        long now = System.nanoTime();
        long left = left(now);
        boolean isSpinning = left <= 0 || now - lastNews < SPIN; // who is late gets a last chance
        int news = isSpinning ? selector.selectNow(advance) : selector.select(advance, Timeout.toMillis(left));
        if (Thread.currentThread().isInterrupted()) {
            throw new ExchangeException("worker " + worker + " was interrupted in round " + round);
        }
        if (news > 0) {
            lastNews = System.nanoTime();
        } else if (isSpinning) {
            Thread.yield(); // to those that it waits for, if they run on the same machine
        }
        if (left <= 0) {
            requirePunctual(now);
        }
    }

    private static void advance(SelectionKey key) {
        ((Link) key.attachment()).advance(key.readyOps());
    }

    private long left(long now) {
        long least = Long.MAX_VALUE;
        for (Link link : links) {
            if (!link.isDone()) {
                least = Math.min(least, link.left(timeout, now));
            }
        }
        return least;
    }

    private void requirePunctual(long now) {
        for (Link link : links) {
            if (!link.isDone() && link.left(timeout, now) <= 0) {
                throw link.lateness(timeout);
            }
        }
    }

    private ExchangeException fail(ExchangeException reason) {
        failure = reason;
        disconnect();
        return reason;
    }

    private ExchangeException stopped(Exception cause) {
        return new ExchangeException(
                "worker " + worker + (isClosed ? " was closed" : " could not go on") + " in round " + round, cause);
    }

    private void disconnect() {
        links.forEach(Link::close);
        try {
            selector.close();
        } catch (IOException e) {
            // the connections have ended
        }
    }

    @Override
    public void close() {
        isClosed = true;
        disconnect();
    }

    @Override
    public String toString() {
        return "SocketExchange of worker " + worker + " of " + workers();
    }
}
