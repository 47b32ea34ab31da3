package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Dropout;
import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Noise;
import dev.unroll.kernels.Tensor;
import java.util.List;

/** Ops that are random, by numbers that are a function of a seed, a stream and a place. */
public final class RandomOps {
    private static final OpTable TABLE = new OpTable();

    static {
        TABLE.add(dropout(0.375, 1, 2));
        TABLE.add(noise(0.5, 3, 4));
    }

    private RandomOps() {}

    static List<Op> table() {
        return TABLE.rows();
    }

    /**
     * {@code y = x / (1 - rate)} where an element stays, 0 elsewhere.
     *
     * @param rate the probability of becoming 0, from 0 to less than 1
     * @param seed of the run
     * @param stream a number of its own for every call of a run whose mask shall be another
     * @return an op of one input, named {@code dropout(rate)}
     */
    public static Op dropout(double rate, long seed, long stream) {
        return new Op(
                "dropout(" + rate + ")",
                List.of(Domain.real("m n")),
                call -> {
                    Tensor x = call.in(0);
                    Dropout.forward(rate, seed, stream, x, call.output(x.rows(), x.columns()), call.pool());
                },
                call -> Dropout.backward(rate, seed, stream, call.delta(0), call.gradient(0), call.pool()));
    }

    /**
     * {@code y = x + sigma z} with normal numbers z.
     *
     * @param sigma the standard deviation, at least 0
     * @param seed of the run
     * @param stream a number of its own for every call of a run whose noise shall be another
     * @return an op of one input, named {@code noise(sigma)}
     */
    public static Op noise(double sigma, long seed, long stream) {
        return new Op(
                "noise(" + sigma + ")",
                List.of(Domain.real("m n")),
                call -> {
                    Tensor x = call.in(0);
                    Noise.add(sigma, seed, stream, x, call.output(x.rows(), x.columns()), call.pool());
                },
                call -> Elementwise.axpy(1, call.delta(0), call.gradient(0), call.pool()));
    }
}
