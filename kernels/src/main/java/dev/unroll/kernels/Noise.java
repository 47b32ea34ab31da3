package dev.unroll.kernels;

/**
 * Gaussian noise, such as on the weights of a network while its gradient is taken (Graves 2011).
 *
 * <p>It is not stored: the normal number of an element is a function of the seed, the stream and the element's place in
 * the matrix alone, by the counter-based generator Philox4x32-10 (Salmon et al. 2011) and the method of Box and Muller.
 * The same arguments give the same noise with any number of threads and on every processor, and in F32 that of F64 but
 * for roundings; another stream, such as that of another update or matrix, gives another. Numbers are made of 23 random
 * bits and so never larger than {@code sqrt(46 log 2)} = 5.65; one in 60 million would be.
 *
 * <p>Tensors count as the matrices of their rows; both of one call have one floating type. The method throws
 * {@link IllegalArgumentException} for null, for a sigma that is negative or no number, for types or shapes that do not
 * fit, for an output in read-only memory or in memory that it shares with the input in another way than said, and
 * {@link IllegalStateException} for tensors that were released; nothing is written then.
 */
public final class Noise {
    private static final RandomRuns.Kernel ADD =
            (kernels, sigma, seed, stream, index, n, x, xAt, y, yAt) -> kernels.noise()
                    .add(n, sigma, seed, stream, index, x, xAt, y, yAt);

    private Noise() {}

    static void checkSigma(String call, double sigma) {
        if (!(sigma >= 0 && sigma < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(call + ": sigma is " + sigma + "; expected a number of at least 0");
        }
    }

    /**
     * {@code y = x + sigma z} with normal numbers z.
     *
     * @param sigma the standard deviation, at least 0
     * @param seed of the run
     * @param stream a number of its own for every call of a run whose noise shall be another
     * @param x {@code [m, n]}
     * @param y {@code [m, n]}, written; may be x itself
     * @param pool threads to share the work, each some elements
     */
    public static void add(double sigma, long seed, long stream, Tensor x, Tensor y, WorkerPool pool) {
        String call = "Noise.add";
        Checks.notNull(call, "pool", pool);
        checkSigma(call, sigma);
        Checks.floating(call, "x", x);
        Checks.output(call, "y", y, x.rows(), x.columns(), x);
        Overlap.checkUnlessSame(call, y, x);
        RandomRuns.over(call, ADD, Partition.NOISE, sigma, seed, stream, x, y, pool);
    }
}
