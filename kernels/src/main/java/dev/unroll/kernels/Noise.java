package dev.unroll.kernels;

/**
 * Gaussian noise, such as weight noise during training (Graves 2011).
 *
 * <p>The noise is not stored. The normal number of an element is a function of the seed, the stream and the element's
 * index in the matrix alone, by the counter-based generator Philox4x32-10 (Salmon et al. 2011) and the Box-Muller
 * method. The same arguments give the same noise with any number of threads and on every processor, and in F32 the
 * noise of F64 up to rounding; another stream, such as that of another update or matrix, gives independent noise.
 * Numbers are made from 23 random bits and so never exceed {@code sqrt(46 log 2)} = 5.65, which one normal number in 60
 * million would.
 *
 * <p>The method also throws {@link IllegalArgumentException} for a sigma that is negative, NaN or infinite.
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
     * {@code y = x + sigma z} with standard normal numbers z.
     *
     * @param sigma the standard deviation, at least 0
     * @param seed the seed of the run
     * @param stream stream id; a distinct one per call gives independent noise
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
