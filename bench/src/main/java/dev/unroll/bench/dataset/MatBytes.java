package dev.unroll.bench.dataset;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Bytes of a MATLAB 5 file that are read once and in order, with a bound. What a size in the file announces is compared
 * with what the bound has left before anything of it is read, and memory is taken only for bytes that have come.
 */
final class MatBytes extends InputStream {
    private final InputStream in;
    private final ByteOrder order;
    private long left;

    MatBytes(InputStream in, ByteOrder order, long bound) {
        this.in = in;
        this.order = order;
        left = bound;
    }

    /** Number of bytes that may still be read. */
    long left() {
        return left;
    }

    ByteOrder order() {
        return order;
    }

    @Override
    public int read() throws IOException {
        int value = left > 0 ? in.read() : -1;
        left -= value < 0 ? 0 : 1;
        return value;
    }

    @Override
    public int read(byte[] bytes, int from, int count) throws IOException {
        int read = left > 0 ? in.read(bytes, from, (int) Math.min(count, left)) : count == 0 ? 0 : -1;
        left -= Math.max(read, 0);
        return read;
    }

    /** The next bytes as a part with a bound of its own, to be read to its end before this goes on. */
    MatBytes part(long size) throws IOException {
        require(size);
        left -= size;
        return new MatBytes(in, order, size);
    }

    ByteBuffer next(long size) throws IOException {
        require(size);
        byte[] bytes = readNBytes(Math.toIntExact(size)); // grows with what comes, not to what was announced
        if (bytes.length < size) {
            throw new EOFException("cut short");
        }
        return ByteBuffer.wrap(bytes).order(order);
    }

    void pass(long size) throws IOException {
        require(size);
        try {
            skipNBytes(size);
        } catch (EOFException e) {
            throw new EOFException("cut short");
        }
    }

    private void require(long size) throws IOException {
        if (size > left) {
            throw new IOException("announces " + size + " bytes where at most " + left + " are left");
        }
    }
}
