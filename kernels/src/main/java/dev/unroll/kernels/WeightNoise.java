package dev.unroll.kernels;

/**
 * Gaussian noise that weights get while they are packed (Graves 2011): {@link PackedMatrix#pack(Tensor, WeightNoise,
 * WorkerPool)} packs what {@link Noise#add} would make of them, and the weights themselves stay clean. The noise of a
 * weight follows from its place in the matrix, so the packed matrix and the packed transpose of it have the same.
 *
 * @param sigma the standard deviation, a number of at least 0
 * @param seed of the run
 * @param stream a number of its own for every update and matrix whose noise shall be another
 */
public record WeightNoise(double sigma, long seed, long stream) {
    /**
     * Noise.
     *
     * @param sigma the standard deviation, a number of at least 0
     * @param seed of the run
     * @param stream a number of its own for every update and matrix whose noise shall be another
     * @throws IllegalArgumentException if sigma is negative or no number
     */
    public WeightNoise {
        Noise.checkSigma("WeightNoise", sigma);
    }
}
