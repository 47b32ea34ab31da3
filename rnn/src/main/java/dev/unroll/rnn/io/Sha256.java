package dev.unroll.rnn.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The SHA-256 digest (FIPS 180-4) of what passes by, as hexadecimal digits. */
final class Sha256 {
    private static final int CHUNK = 1 << 18;

    private final MessageDigest digest;

    Sha256() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256, which every Java must have", e);
        }
    }

    /** Of all that comes from a channel, from where it stands. */
    static String of(ReadableByteChannel channel) throws IOException {
        return of(new Sha256(), channel);
    }

    /** Of what went into a digest already and then all that comes from a channel. */
    static String of(Sha256 sha, ReadableByteChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
        while (channel.read(buffer) >= 0) {
            sha.digest.update(buffer.flip());
            buffer.clear();
        }
        return sha.hex();
    }

    Sha256 update(ByteBuffer bytes) {
        digest.update(bytes);
        return this;
    }

    /** A channel that passes on what it is given, and takes it into this digest. */
    WritableByteChannel over(WritableByteChannel channel) {
        return new WritableByteChannel() {
            @Override
            public int write(ByteBuffer bytes) throws IOException {
                ByteBuffer seen = bytes.duplicate();
                int count = channel.write(bytes);
                digest.update(seen.limit(seen.position() + count));
                return count;
            }

            @Override
            public boolean isOpen() {
                return channel.isOpen();
            }

            @Override
            public void close() throws IOException {
                channel.close();
            }
        };
    }

    /** The digest; afterwards this begins anew. */
    String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
