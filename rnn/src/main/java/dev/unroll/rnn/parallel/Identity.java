package dev.unroll.rnn.parallel;

import java.security.SecureRandom;

/** Who a worker is, for those that it connects with. */
record Identity(int worker, int workers, Proof proof, SecureRandom random) {
    /** {@return what it says to another worker, with a fresh nonce} */
    Hello hello(Hello.Side side, int to) {
        return Hello.of(Hello.VERSION, side, workers, worker, to, random);
    }
}
