package dev.unroll.bench.dataset;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Computes SHA-256 digests of contents. */
public final class ContentDigest {
    private ContentDigest() {}

    /**
     * Reads a stream to its end.
     *
     * @param content not closed
     * @return SHA-256 in hexadecimal digits
     * @throws IOException if it cannot be read
     */
    public static String sha256(InputStream content) throws IOException {
        MessageDigest sha = sha256();
        content.transferTo(new DigestOutputStream(OutputStream.nullOutputStream(), sha));
        return HexFormat.of().formatHex(sha.digest());
    }

    static String sha256(byte[] content) {
        return HexFormat.of().formatHex(sha256().digest(content));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256, which every Java must have", e);
        }
    }
}
