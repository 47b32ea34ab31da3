package dev.unroll.kernels;

/**
 * Inverted dropout (Srivastava et al. 2014): in training an element becomes 0 with the given probability and is
 * otherwise divided by the probability of staying, so that inference needs no change.
 *
 * <p>The mask is not stored. Whether an element stays is a function of the seed, the stream and the element's index in
 * the matrix alone, by the counter-based generator Philox4x32-10 (Salmon et al. 2011). The same arguments give the same
 * mask in F32 and F64, with any number of threads and on every processor; another stream, such as that of another step,
 * layer or update, gives an independent mask. Probabilities are multiples of 2^-31.
 *
 * <p>Both methods also throw {@link IllegalArgumentException} for a rate that is not a probability below 1.
 */
public final class Dropout {
    private static final RandomRuns.Kernel FORWARD =
            (kernels, rate, seed, stream, index, n, x, xAt, y, yAt) -> kernels.dropout()
                    .forward(n, threshold(rate), 1 / (1 - rate), seed, stream, index, x, xAt, y, yAt);
    private static final RandomRuns.Kernel BACKWARD =
            (kernels, rate, seed, stream, index, n, dy, dyAt, dx, dxAt) -> kernels.dropout()
                    .backward(n, threshold(rate), 1 / (1 - rate), seed, stream, index, dy, dyAt, dx, dxAt);

    private Dropout() {}

    /** The threshold: an element stays if its 31 random bits, as an integer, are at least this. */
    private static int threshold(double rate) {
        return (int) Math.min(Integer.MAX_VALUE, Math.round(rate * 0x1p31));
    }

    private static void checkRate(String call, double rate) {
        if (!(rate >= 0 && rate < 1)) {
            throw new IllegalArgumentException(
                    call + ": rate is " + rate + "; expected a probability from 0 to less than 1");
        }
    }

    /**
     * {@code y = x / (1 - rate)} where an element stays, 0 elsewhere.
     *
     * @param rate the probability of becoming 0, from 0 to less than 1
     * @param seed the seed of the run
     * @param stream stream id; a distinct one per call gives an independent mask
     * @param x {@code [m, n]}
     * @param y {@code [m, n]}, written; may be x itself
     * @param pool threads to share the work, each some elements
     */
    public static void forward(double rate, long seed, long stream, Tensor x, Tensor y, WorkerPool pool) {
        String call = "Dropout.forward";
        Checks.notNull(call, "pool", pool);
        checkRate(call, rate);
        Checks.floating(call, "x", x);
        Checks.output(call, "y", y, x.rows(), x.columns(), x);
        Overlap.checkUnlessSame(call, y, x);
        RandomRuns.over(call, FORWARD, Partition.DROPOUT, rate, seed, stream, x, y, pool);
    }

    /**
     * {@code dx += dy / (1 - rate)} where an element stayed. Sums of magnitude below 1e-30 become 0.
     *
     * @param rate as passed to forward
     * @param seed as passed to forward
     * @param stream as passed to forward
     * @param dy {@code [m, n]}
     * @param dx {@code [m, n]}, added to
     * @param pool threads to share the work, each some elements
     */
    public static void backward(double rate, long seed, long stream, Tensor dy, Tensor dx, WorkerPool pool) {
        String call = "Dropout.backward";
        Checks.notNull(call, "pool", pool);
        checkRate(call, rate);
        Checks.floating(call, "dy", dy);
        Checks.output(call, "dx", dx, dy.rows(), dy.columns(), dy);
        Overlap.check(call, dx, dy);
        RandomRuns.over(call, BACKWARD, Partition.DROPOUT, rate, seed, stream, dy, dx, pool);
    }
}
