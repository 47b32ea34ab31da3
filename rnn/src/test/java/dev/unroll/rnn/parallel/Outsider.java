package dev.unroll.rnn.parallel;

import dev.unroll.rnn.parallel.Hello.Side;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.security.SecureRandom;
import java.util.Arrays;

/** One end of a connection, spoken by hand: as a worker would, or not. */
final class Outsider implements AutoCloseable {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Socket socket;

    Outsider(Socket socket) {
        this.socket = socket;
    }

    static Outsider at(InetSocketAddress door) throws IOException {
        return new Outsider(new Socket(door.getAddress(), door.getPort()));
    }

    static Hello hello(int version, Side side, int workers, int from, int to) {
        return Hello.of(version, side, workers, from, to, RANDOM);
    }

    static byte[] random(int count) {
        byte[] bytes = new byte[count];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    Outsider send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return this;
    }

    byte[] receive(int count) throws IOException {
        byte[] bytes = socket.getInputStream().readNBytes(count);
        if (bytes.length < count) {
            throw new IOException("the connection has ended");
        }
        return bytes;
    }

    /** Waits until the other end drops this one. */
    void awaitEnd() throws IOException {
        InputStream in = socket.getInputStream();
        try {
            while (in.read() >= 0) {
                // what it said before
            }
        } catch (SocketException e) {
            // it had not read all that was sent
        }
    }

    /** Says hello as the side that connects, and proves to know a secret; returns the proof of the other side. */
    byte[] connect(Hello hello, byte[] secret) throws IOException {
        send(hello.bytes());
        Hello answer = new Hello(receive(Hello.BYTES));
        Proof proof = Proof.by("test", secret);
        send(proof.of(Side.CONNECTS, hello, answer));
        byte[] given = receive(Proof.BYTES);
        if (!Arrays.equals(proof.of(Side.ACCEPTS, hello, answer), given)) {
            throw new IOException("a wrong proof");
        }
        return given;
    }

    /** Answers somebody who connects, and proves to know a secret. */
    void accept(Hello answer, byte[] secret) throws IOException {
        Hello hello = new Hello(receive(Hello.BYTES));
        send(answer.bytes());
        Proof proof = Proof.by("test", secret);
        if (!proof.isOf(receive(Proof.BYTES), Side.CONNECTS, hello, answer)) {
            throw new IOException("a wrong proof");
        }
        send(proof.of(Side.ACCEPTS, hello, answer));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
