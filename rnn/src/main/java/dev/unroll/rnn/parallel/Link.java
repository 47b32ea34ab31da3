package dev.unroll.rnn.parallel;

import dev.unroll.rnn.parallel.Exchange.Messages;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** The connection to another worker, and what is sent and received over it in a round. */
final class Link {
    private final RemoteWorker peer;
    private final SocketChannel channel;
    private final SelectionKey key;
    private final Lending lentOut;
    private final Lending lentIn;
    private final Message outgoing = new Message();
    private final Message incoming = new Message();
    private long round;

    /** When the last bytes came or went, or the round began. */
    private long moved;

    Link(RemoteWorker peer, SocketChannel channel, Selector selector) throws ClosedChannelException {
        this.peer = peer;
        this.channel = channel;
        key = channel.register(selector, 0, this);
        lentOut = Lending.outgoing(peer.worker());
        lentIn = Lending.incoming(peer.worker());
    }

    /** Borrows the tensors of a round. */
    void borrow(String call, long next, Messages from, Messages into) {
        round = next;
        lentOut.borrow(call, from);
        lentIn.borrow(call, into);
        outgoing.toSend(round, lentOut);
        incoming.toReceive(lentIn);
    }

    /** Sends and receives what is possible at once, and from now on counts the time. */
    void begin() {
        moved = System.nanoTime();
        advance(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
    }

    boolean isDone() {
        return outgoing.isDone() && incoming.isDone();
    }

    /** {@return the nanoseconds in which something must come or go} */
    long left(Timeout timeout, long now) {
        return timeout.left(moved, now);
    }

    /**
     * Sends and receives what is possible now.
     *
     * @param ready the operations that are possible, or worth a try
     */
    void advance(int ready) {
        boolean isEarly = incoming.isDone() && (ready & SelectionKey.OP_READ) != 0;
        try {
            if (!outgoing.isDone() && (ready & SelectionKey.OP_WRITE) != 0) {
                noteMove(outgoing.writeTo(channel));
            }
            if (!incoming.isDone() && (ready & SelectionKey.OP_READ) != 0) {
                receive();
            }
        } catch (IOException e) {
            throw new ExchangeException(peer + " has left in round " + round + " (" + e.getMessage() + ")", e);
        }
        select(isEarly ? 0 : SelectionKey.OP_READ);
    }

    private void receive() throws IOException {
        long read = incoming.readFrom(channel);
        if (read < 0) {
            throw new ExchangeException(peer + " has left in round " + round);
        }
        noteMove(read);
        if (incoming.hasHeader() && (incoming.round() != round || incoming.bytes() != lentIn.bytes())) {
            throw new ExchangeException(peer + " sends " + incoming.bytes() + " bytes in its round " + incoming.round()
                    + ", but " + lentIn.bytes() + " are expected in round " + round);
        }
    }

    private void noteMove(long bytes) {
        if (bytes > 0) {
            moved = System.nanoTime();
        }
    }

    /**
     * Selects what this waits for.
     *
     * @param kept the operation that stays selected without need. Reading does, for the next round, unless the message of that
     *     has come already.
     */
    private void select(int kept) {
        int needed = (outgoing.isDone() ? 0 : SelectionKey.OP_WRITE) | (incoming.isDone() ? 0 : SelectionKey.OP_READ);
        int selected = key.interestOps();
        int next = needed | (selected & kept);
        if (next != selected) {
            key.interestOps(next);
        }
    }

    ExchangeException lateness(Timeout timeout) {
        String what = incoming.isDone() ? "taken" : "sent";
        return new ExchangeException(
                peer + " has not " + what + " anything for " + timeout + " in round " + round);
    }

    void giveBack() {
        outgoing.clear();
        incoming.clear();
        lentOut.giveBack();
        lentIn.giveBack();
    }

    void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // the connection ends in any case
        }
    }
}
