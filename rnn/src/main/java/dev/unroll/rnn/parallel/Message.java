package dev.unroll.rnn.parallel;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;

/**
 * A header and the memory of tensors, as buffers that a channel writes or reads. The header has 16 bytes, big-endian: the
 * number of the round, and the number of bytes that follow. It is reused for the next round.
 */
final class Message {
    private static final int HEADER = 2 * Long.BYTES;

    /** The largest buffer; buffers have int sizes. */
    private static final long PIECE = 1 << 30;

    private final ByteBuffer header = ByteBuffer.allocateDirect(HEADER);
    private ByteBuffer[] buffers = {header};
    private int count = 1;

    /** The first buffer that is not done. */
    private int first = 1;

    /** Sets the buffers for a message to be sent. */
    void toSend(long round, Lending lending) {
        begin(lending);
        header.putLong(round).putLong(lending.bytes()).flip();
    }

    /** Sets the buffers for a message to be received. */
    void toReceive(Lending lending) {
        begin(lending);
    }

    private void begin(Lending lending) {
        header.clear();
        first = 0;
        count = 1;
        for (int i = 0; i < lending.size(); i++) {
            MemorySegment segment = lending.segment(i);
            for (long at = 0; at < segment.byteSize(); at += PIECE) {
                add(segment.asSlice(at, Math.min(PIECE, segment.byteSize() - at)).asByteBuffer());
            }
        }
    }

    private void add(ByteBuffer buffer) {
        if (count == buffers.length) {
            buffers = Arrays.copyOf(buffers, 2 * count);
        }
        buffers[count++] = buffer;
    }

    boolean isDone() {
        return first == count;
    }

    /** {@return whether the header has been sent or received} */
    boolean hasHeader() {
        return !header.hasRemaining();
    }

    long round() {
        return header.getLong(0);
    }

    long bytes() {
        return header.getLong(Long.BYTES);
    }

    /** {@return how many bytes were written, perhaps none} */
    long writeTo(SocketChannel channel) throws IOException {
        long written = channel.write(buffers, first, count - first);
        advance();
        return written;
    }

    /** {@return how many bytes were read, perhaps none, or -1 at the end of the stream} */
    long readFrom(SocketChannel channel) throws IOException {
        long read = channel.read(buffers, first, count - first);
        advance();
        return read;
    }

    private void advance() {
        while (first < count && !buffers[first].hasRemaining()) {
            first++;
        }
    }

    /** Forgets the memory. */
    void clear() {
        Arrays.fill(buffers, 1, count, null);
        count = 1;
        first = 1;
    }
}
