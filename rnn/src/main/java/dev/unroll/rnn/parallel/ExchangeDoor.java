package dev.unroll.rnn.parallel;

import dev.unroll.rnn.internal.Nulls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The listening socket of a worker that does not know the addresses of the others yet. It is closed by {@link #connect}, or by
 * {@link #close()} if that is not called.
 *
 * <p>For one thread.
 */
public final class ExchangeDoor implements AutoCloseable {
    private static final String CONNECT = "ExchangeDoor.connect";

    /** Connections that may wait until this worker knows the addresses too. */
    private static final int BACKLOG = 1024;

    private final ServerSocketChannel server;
    private final InetSocketAddress address;

    private ExchangeDoor(ServerSocketChannel server) throws IOException {
        this.server = server;
        address = (InetSocketAddress) server.getLocalAddress();
    }

    static ExchangeDoor open(InetAddress own) throws IOException {
        Nulls.require("SocketExchange.listen", "own", own);
        if (own.isAnyLocalAddress()) {
            throw new IllegalArgumentException("SocketExchange.listen: " + own.getHostAddress()
                    + " stands for all addresses of this machine; give the one under which the other workers reach it");
        }
        ServerSocketChannel server = ServerSocketChannel.open();
        try {
            server.bind(new InetSocketAddress(own, 0), BACKLOG);
            return new ExchangeDoor(server);
        } catch (Throwable e) {
            server.close();
            throw e;
        }
    }

    /**
     * Returns the address to which the other workers connect.
     *
     * @return the address listened at, with the port that the system has chosen
     */
    public InetSocketAddress address() {
        return address;
    }

    /**
     * Connects this worker with all others, and closes this door. It returns when every one of them has proved that it knows the
     * secret. Others that connect are ignored.
     *
     * @param worker the number of this worker, from 0
     * @param all the addresses of all workers by number, this one included: the same list in every worker
     * @param secret the same in every worker, at least 16 random bytes; it is neither kept nor sent
     * @param timeout for connecting, and in rounds for which another worker may neither send nor take anything; longer
     *     than what a worker does between rounds, such as writing a checkpoint
     * @return the exchange of this worker, to be closed at the end of the training
     * @throws IllegalArgumentException if there are no addresses, one of them is unresolved, the worker is not one of theirs, the
     *     secret is too short or the timeout is not positive; the door stays open then
     * @throws ExchangeException if another worker does not connect within the timeout, does not know the secret, has another
     *     version of this protocol or counts other workers, or if the calling thread is interrupted
     * @throws IllegalStateException if this door is closed
     */
    public SocketExchange connect(int worker, List<InetSocketAddress> all, byte[] secret, Duration timeout) {
        return connect(worker, all, secret, timeout, Rendezvous.PATIENCE);
    }

    /** The same, with the nanoseconds in which somebody who connects must send each message of the handshake. */
    SocketExchange connect(
            int worker, List<InetSocketAddress> all, byte[] secret, Duration timeout, long patience) {
        List<RemoteWorker> peers = peers(all);
        if (worker < 0 || worker >= peers.size()) {
            throw new IllegalArgumentException(
                    CONNECT + ": worker " + worker + " is not one of " + peers.size() + ", numbered from 0");
        }
        Identity self = new Identity(worker, peers.size(), Proof.by(CONNECT, secret), new SecureRandom());
        Timeout limit = Timeout.of(CONNECT, timeout);
        if (!server.isOpen()) {
            throw new IllegalStateException(CONNECT + ": the door of worker " + worker + " is closed");
        }
        return Rendezvous.connect(server, self, peers, limit, patience);
    }

    private static List<RemoteWorker> peers(List<InetSocketAddress> all) {
        Nulls.require(CONNECT, "all", all);
        if (all.isEmpty()) {
            throw new IllegalArgumentException(CONNECT + ": there are no addresses; list those of all workers");
        }
        List<RemoteWorker> peers = new ArrayList<>();
        for (InetSocketAddress address : all) {
            Nulls.require(CONNECT, "all[" + peers.size() + "]", address);
            if (address.isUnresolved()) {
                throw new IllegalArgumentException(
                        CONNECT + ": all[" + peers.size() + "] is unresolved: " + address);
            }
            peers.add(new RemoteWorker(peers.size(), address));
        }
        return peers;
    }

    /** Stops listening. A second call does nothing. */
    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            // it no longer listens
        }
    }

    @Override
    public String toString() {
        return "ExchangeDoor at " + address;
    }
}
