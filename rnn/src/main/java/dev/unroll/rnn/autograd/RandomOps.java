package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Dropout;
import dev.unroll.kernels.Noise;
import java.util.List;

/**
 * Random ops, whose numbers are a function of a seed, a stream and a place.
 *
 * <p>The ops are immutable, and many threads may use them.
 */
public final class RandomOps {
    private static final OpDefinition ELEMENTWISE = Op.define("random");
    private static final int X = ELEMENTWISE.input("m n");
    private static final int Y = ELEMENTWISE.output("m n");

    private RandomOps() {}

    static List<Op> table() {
        return List.of(dropout(0.375, 1, 2), noise(0.5, 3, 4));
    }

    /**
     * {@return the op {@code y = x / (1 - rate)} where an element stays, 0 elsewhere, named {@code dropout(rate)}}
     * @param rate the probability of becoming 0, from 0 to less than 1
     * @param seed of the run
     * @param stream stream id; use a distinct one per call to get an independent mask
     */
    public static Op dropout(double rate, long seed, long stream) {
        return ELEMENTWISE.build(
                "dropout(" + rate + ")",
                call -> Dropout.forward(rate, seed, stream, call.input(X), call.out(Y), call.pool()),
                call -> Dropout.backward(rate, seed, stream, call.delta(Y), call.gradient(X), call.pool()));
    }

    /**
     * {@return the op {@code y = x + sigma z} with standard normal numbers z, named {@code noise(sigma)}}
     * @param sigma the standard deviation, at least 0
     * @param seed of the run
     * @param stream stream id; use a distinct one per call to get independent noise
     */
    public static Op noise(double sigma, long seed, long stream) {
        return ELEMENTWISE.build(
                "noise(" + sigma + ")",
                call -> Noise.add(sigma, seed, stream, call.input(X), call.out(Y), call.pool()),
                call -> call.addGradient(1, X, call.delta(Y)));
    }
}
