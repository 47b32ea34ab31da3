package dev.unroll.rnn.parallel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardSocketOptions;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Connects one worker with all others: it connects to those with smaller numbers, and accepts those with larger ones. All of
 * it happens in one thread that waits for none of them in particular, so that some strangers who connect hold nobody up;
 * each is dropped after seconds of silence.
 */
final class Rendezvous {
    /** Nanoseconds in which somebody who connects must send each message of the handshake. */
    static final long PATIENCE = 10_000_000_000L;

    /** Accepted connections at a time that have proved nothing yet; others wait until one of them ends. */
    private static final int MOST_UNPROVED = 256;

    private final Identity self;
    private final List<RemoteWorker> all;
    private final Timeout timeout;
    private final Timeout patience;
    private final Selector selector;
    private final SelectionKey door;
    private final SocketChannel[] channels;
    private final List<Handshake> handshakes = new ArrayList<>();
    private int missing;
    private int refused;
    private String lastRefusal;

    private Rendezvous(
            Selector selector, ServerSocketChannel server, Identity self, List<RemoteWorker> all, Timeout timeout,
            long patience)
            throws IOException {
        this.self = self;
        this.all = all;
        this.timeout = timeout;
        this.patience = timeout.atMost(patience);
        this.selector = selector;
        server.configureBlocking(false);
        door = server.register(selector, SelectionKey.OP_ACCEPT);
        channels = new SocketChannel[all.size()];
        missing = all.size() - 1;
    }

    /**
     * Connects a worker with all others, and closes its door.
     *
     * @param patience in nanoseconds, such as {@link #PATIENCE}
     */
    static SocketExchange connect(
            ServerSocketChannel server, Identity self, List<RemoteWorker> all, Timeout timeout, long patience) {
        try (server; Selector selector = Selector.open()) {
            return new Rendezvous(selector, server, self, all, timeout, patience).run();
        } catch (IOException | UncheckedIOException | CancelledKeyException e) { // the last if the door is closed
            throw new ExchangeException("worker " + self.worker() + " cannot connect with the others: " + e, e);
        }
    }

    private SocketExchange run() throws IOException {
        try {
            for (int other = 0; other < self.worker(); other++) {
                call(all.get(other));
            }
            long since = System.nanoTime();
            while (missing > 0) {
                await(since);
            }
            return exchange();
        } catch (Throwable e) {
            for (SocketChannel channel : channels) {
                close(channel);
            }
            throw e;
        } finally {
            handshakes.forEach(handshake -> close(handshake.channel()));
        }
    }

    private void call(RemoteWorker peer) throws IOException {
        SocketChannel channel = SocketChannel.open();
        Handshake handshake = Handshake.connecting(channel, self, peer.worker(), patience);
        handshakes.add(handshake);
        configure(channel);
        try {
            channel.connect(peer.address());
        } catch (IOException e) {
            throw new ExchangeException(unreachable(peer, e.getMessage()), e);
        }
        channel.register(selector, handshake.interest(), handshake);
    }

    private static String unreachable(RemoteWorker peer, String reason) {
        return peer + " cannot be reached (" + reason + ")";
    }

    private static void configure(SocketChannel channel) throws IOException {
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }

    private void await(long since) throws IOException {
        long now = System.nanoTime();
        long left = timeout.left(since, now);
        long nearest = left;
        for (Handshake handshake : handshakes) {
            nearest = Math.min(nearest, handshake.left(now));
        }
        if (nearest > 0) {
            selector.select(this::advance, Timeout.toMillis(nearest));
        } else {
            selector.selectNow(this::advance); // who is late gets a last chance
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new ExchangeException("worker " + self.worker() + " was interrupted while it connected");
        }
        endLate(now);
        if (left <= 0 && missing > 0) {
            throw new ExchangeException(absence());
        }
        door.interestOps(handshakes.size() < MOST_UNPROVED + self.worker() ? SelectionKey.OP_ACCEPT : 0);
    }

    private void advance(SelectionKey key) {
        if (key == door) {
            accept();
        } else {
            advance(key, (Handshake) key.attachment());
        }
    }

    private void accept() {
        SocketChannel channel;
        try {
            channel = ((ServerSocketChannel) door.channel()).accept();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (channel != null) {
            begin(Handshake.accepting(channel, self, patience));
        }
    }

    private void begin(Handshake handshake) {
        handshakes.add(handshake);
        try {
            configure(handshake.channel());
            handshake.channel().register(selector, handshake.interest(), handshake);
        } catch (IOException e) {
            end(handshake, e.getMessage());
        }
    }

    private void advance(SelectionKey key, Handshake handshake) {
        try {
            handshake.advance();
            requireExpected(handshake);
            key.interestOps(handshake.interest());
            if (handshake.isDone()) {
                handshakes.remove(handshake);
                key.cancel();
                connected(handshake);
            }
        } catch (StrangerException | IOException e) {
            end(handshake, e.getMessage());
        }
    }

    /** Checks that a side that connects names a worker that should, and that has not done so yet. */
    private void requireExpected(Handshake handshake) throws StrangerException {
        if (handshake.connects() || handshake.theirs() == null) {
            return;
        }
        int from = handshake.theirs().from();
        if (from <= self.worker() || from >= all.size()) {
            throw new StrangerException("it says that it is worker " + from);
        }
        if (channels[from] != null) {
            throw new StrangerException("worker " + from + " is connected already");
        }
    }

    private void connected(Handshake handshake) {
        int other = handshake.theirs().from();
        channels[other] = handshake.channel();
        missing--;
        String difference = handshake.theirs().incompatibility(all.size());
        if (difference != null) {
            throw new ExchangeException(all.get(other) + " " + difference);
        }
    }

    private void endLate(long now) {
        for (Handshake handshake : List.copyOf(handshakes)) {
            if (handshake.left(now) <= 0) {
                end(handshake, "it sent nothing for " + patience);
            }
        }
    }

    /** Ends a handshake that failed; that does not matter if it was with a stranger. */
    private void end(Handshake handshake, String reason) {
        if (handshake.connects()) {
            RemoteWorker peer = all.get(handshake.to());
            throw new ExchangeException(
                    handshake.channel().isConnected()
                            ? peer + " is not the worker expected, or refuses this one (" + reason
                                    + "); check that all workers have the same secret and list of addresses"
                            : unreachable(peer, reason));
        }
        refused++;
        lastRefusal = from(handshake.channel()) + " because " + reason;
        handshakes.remove(handshake);
        close(handshake.channel());
    }

    private static String from(SocketChannel channel) {
        try {
            return String.valueOf(channel.getRemoteAddress());
        } catch (IOException e) {
            return "an unknown address";
        }
    }

    private String absence() {
        int other = 0;
        while (other == self.worker() || channels[other] != null) {
            other++;
        }
        return all.get(other) + (other < self.worker() ? " has not answered for " : " has not connected for ") + timeout
                + (refused == 0 ? "" : "; refused connections: " + refused + ", the last from " + lastRefusal);
    }

    private SocketExchange exchange() throws IOException {
        List<RemoteWorker> peers = new ArrayList<>(all);
        peers.remove(self.worker());
        List<SocketChannel> connected = new ArrayList<>(Arrays.asList(channels));
        connected.remove(self.worker());
        return new SocketExchange(self.worker(), peers, connected, timeout);
    }

    private static void close(SocketChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // the connection ends in any case
        }
    }
}
