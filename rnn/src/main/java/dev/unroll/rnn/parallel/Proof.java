package dev.unroll.rnn.parallel;

import dev.unroll.rnn.internal.Nulls;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Proves that a worker knows the secret: HMAC-SHA256 under it, over the side that proves and the {@link Hello}s of both
 * sides, which hold their worker numbers and random nonces. A proof serves on one connection and for one side only.
 */
final class Proof {
    /** The bytes of a proof. */
    static final int BYTES = 32;

    private static final String ALGORITHM = "HmacSHA256";
    private static final int LEAST_SECRET = 16;

    private final SecretKeySpec key;

    private Proof(SecretKeySpec key) {
        this.key = key;
    }

    static Proof by(String call, byte[] secret) {
        Nulls.require(call, "secret", secret);
        if (secret.length < LEAST_SECRET) {
            throw new IllegalArgumentException(call + ": the secret has " + secret.length + " bytes, but at least "
                    + LEAST_SECRET + " random ones are needed");
        }
        return new Proof(new SecretKeySpec(secret, ALGORITHM));
    }

    /** {@return the proof of one side} */
    byte[] of(Hello.Side side, Hello connecting, Hello accepting) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update(side.code());
            mac.update(connecting.bytes());
            return mac.doFinal(accepting.bytes());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }

    /** {@return whether bytes are the proof of one side, in a time that does not tell how many of them are} */
    boolean isOf(byte[] bytes, Hello.Side side, Hello connecting, Hello accepting) {
        return MessageDigest.isEqual(of(side, connecting, accepting), bytes);
    }
}
