package dev.unroll.rnn.parallel;

import dev.unroll.rnn.parallel.Hello.Side;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Arrays;

/**
 * One side of a connection whose ends prove to each other that they know the secret: first both say {@link Hello}, then
 * both send their {@link Proof}; in both cases the one that connects does so first. Not a byte more is read.
 */
final class Handshake {
    private final SocketChannel channel;
    private final Side side;
    private final Identity self;

    /** For each message of the other side. */
    private final Timeout patience;

    private final ByteBuffer in = ByteBuffer.allocate(Hello.BYTES);
    private final ByteBuffer out = ByteBuffer.allocate(Hello.BYTES + Proof.BYTES).flip();
    private Hello ours;
    private Hello theirs;
    private boolean isProved;
    private long heard = System.nanoTime();

    private Handshake(SocketChannel channel, Side side, Identity self, Timeout patience) {
        this.channel = channel;
        this.side = side;
        this.self = self;
        this.patience = patience;
    }

    /** {@return the side of a worker that connects to another one; the channel may not be connected yet} */
    static Handshake connecting(SocketChannel channel, Identity self, int to, Timeout patience) {
        Handshake handshake = new Handshake(channel, Side.CONNECTS, self, patience);
        handshake.ours = self.hello(Side.CONNECTS, to);
        handshake.say(handshake.ours.bytes());
        return handshake;
    }

    /** {@return the side of a worker to which somebody has connected} */
    static Handshake accepting(SocketChannel channel, Identity self, Timeout patience) {
        return new Handshake(channel, Side.ACCEPTS, self, patience);
    }

    SocketChannel channel() {
        return channel;
    }

    /** {@return whether this side has connected} */
    boolean connects() {
        return side == Side.CONNECTS;
    }

    /** {@return the number of the worker that this side connects to} */
    int to() {
        return ours.to();
    }

    /** {@return the hello of the other side, or null if it has not come} */
    Hello theirs() {
        return theirs;
    }

    /** {@return whether both sides have proved that they know the secret, as far as this side knows} */
    boolean isDone() {
        return isProved && !out.hasRemaining();
    }

    /** {@return the nanoseconds in which the next message must come} */
    long left(long now) {
        boolean isUnanswered = connects() && theirs == null; // the other worker may not have begun to accept
        return isUnanswered ? Long.MAX_VALUE : patience.left(heard, now);
    }

    /** {@return the operation that this waits for} */
    int interest() {
        if (!channel.isConnected()) {
            return SelectionKey.OP_CONNECT;
        }
        return out.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ;
    }

    /**
     * Sends and receives what is possible now.
     *
     * @throws StrangerException if the other side is not a worker
     * @throws IOException if it cannot be reached, or has left
     */
    void advance() throws IOException, StrangerException {
        if (connects() && !channel.finishConnect()) {
            return;
        }
        channel.write(out);
        while (!isProved && !out.hasRemaining() && read()) {
            heard = System.nanoTime();
            receive(Arrays.copyOf(in.array(), in.position()));
            in.clear();
            channel.write(out);
        }
    }

    /** Returns whether all of a message has come. */
    private boolean read() throws IOException {
        if (channel.read(in.limit(expected())) < 0) {
            throw new EOFException("it has ended the connection");
        }
        return !in.hasRemaining();
    }

    private int expected() {
        return theirs == null ? Hello.BYTES : Proof.BYTES;
    }

    private void receive(byte[] message) throws StrangerException {
        if (theirs == null) {
            receiveHello(new Hello(message));
        } else {
            receiveProof(message);
        }
    }

    private void receiveHello(Hello hello) throws StrangerException {
        String strangeness = hello.strangeness(side.other(), self.worker());
        if (strangeness == null && connects() && hello.from() != ours.to()) {
            strangeness = "it is worker " + hello.from();
        }
        if (strangeness != null) {
            throw new StrangerException(strangeness);
        }
        theirs = hello;
        if (connects()) {
            say(proof(Side.CONNECTS));
        } else {
            ours = self.hello(Side.ACCEPTS, hello.from());
            say(ours.bytes());
        }
    }

    private void receiveProof(byte[] given) throws StrangerException {
        if (!self.proof().isOf(given, side.other(), hello(Side.CONNECTS), hello(Side.ACCEPTS))) {
            throw new StrangerException("it does not know the secret");
        }
        isProved = true;
        if (!connects()) {
            say(proof(Side.ACCEPTS));
        }
    }

    private byte[] proof(Side prover) {
        return self.proof().of(prover, hello(Side.CONNECTS), hello(Side.ACCEPTS));
    }

    private Hello hello(Side of) {
        return side == of ? ours : theirs;
    }

    private void say(byte[] message) {
        out.compact().put(message).flip();
    }
}
