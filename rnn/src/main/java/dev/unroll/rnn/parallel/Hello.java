package dev.unroll.rnn.parallel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;

/**
 * What each side of a new connection says first: 64 bytes, big-endian.
 *
 * <pre>
 *  0  long      magic number
 *  8  int       version of the protocol
 * 12  byte      side: 1 connects, 2 accepts
 * 13  byte      byte order of tensors: 1 big-endian, 2 little-endian
 * 14  short     0
 * 16  int       number of workers
 * 20  int       worker that says this
 * 24  int       worker that it is said to
 * 28  int       0
 * 32  byte[32]  nonce
 * </pre>
 *
 * <p>This, and the {@link Proof} that follows, must stay the same in all versions: so workers of different versions can tell
 * each other from strangers.
 */
final class Hello {
    /** The bytes of a hello. */
    static final int BYTES = 64;

    /** To be increased when rounds change. */
    static final int VERSION = 1;

    private static final long MAGIC = 0x556e726f6c6c4578L; // UnrollEx in ASCII
    private static final int NONCE = 32;

    /** The two sides of a connection. */
    enum Side {
        /** Of the worker with the larger number. */
        CONNECTS,

        /** Of the worker with the smaller number. */
        ACCEPTS;

        byte code() {
            return (byte) (ordinal() + 1);
        }

        Side other() {
            return this == CONNECTS ? ACCEPTS : CONNECTS;
        }
    }

    private final byte[] bytes;
    private final ByteBuffer fields;

    Hello(byte[] bytes) {
        this.bytes = bytes;
        fields = ByteBuffer.wrap(bytes);
    }

    /** {@return a hello with a fresh nonce} */
    static Hello of(int version, Side side, int workers, int from, int to, SecureRandom random) {
        byte[] nonce = new byte[NONCE];
        random.nextBytes(nonce);
        byte[] bytes = new byte[BYTES];
        ByteBuffer.wrap(bytes)
                .putLong(MAGIC)
                .putInt(version)
                .put(side.code())
                .put(order())
                .putShort((short) 0)
                .putInt(workers)
                .putInt(from)
                .putInt(to)
                .putInt(0)
                .put(nonce);
        return new Hello(bytes);
    }

    private static byte order() {
        return (byte) (ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? 1 : 2);
    }

    byte[] bytes() {
        return bytes;
    }

    int from() {
        return fields.getInt(20);
    }

    int to() {
        return fields.getInt(24);
    }

    /** {@return why no worker would say this as one side to a worker, or null} */
    String strangeness(Side side, int worker) {
        if (fields.getLong(0) != MAGIC || fields.get(12) != side.code()) {
            return "it does not speak this protocol";
        }
        return to() == worker ? null : "it looks for worker " + to();
    }

    /**
     * Returns how the worker that says this differs from this one, which must be asked only once the worker has proved that
     * it is one.
     *
     * @return a part of a message, or null if there is no difference
     */
    String incompatibility(int workers) {
        int version = fields.getInt(8);
        if (version != VERSION) {
            return "has version " + version + " of the protocol, and this worker version " + VERSION
                    + "; use the same version of Unroll everywhere";
        }
        if (fields.getInt(16) != workers) {
            return "counts " + fields.getInt(16) + " workers, and this worker " + workers
                    + "; give all workers the same list of addresses";
        }
        return fields.get(13) == order()
                ? null
                : "has another byte order than this worker; use processors with the same";
    }
}
