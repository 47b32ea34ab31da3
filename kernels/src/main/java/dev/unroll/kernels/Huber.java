package dev.unroll.kernels;

/**
 * The loss of Huber (1964), mean over every row: half the square of a residual {@code d = x - t} up to the size delta,
 * beyond it {@code delta (|d| - delta / 2)}. With the residual {@code c} cut at delta that is {@code c (d - c / 2)}, and
 * its derivative is c.
 *
 * <p>Tensors count as the matrices of their rows; all of one call have one floating type. A row whose weight is 0, such
 * as padding, has the loss 0 and no gradient, whatever it holds.
 *
 * <p>All methods throw {@link IllegalArgumentException} for null, for a delta that is not above 0, for types or shapes
 * that do not fit, for an output in read-only memory or in memory that it shares with an input, and
 * {@link IllegalStateException} for tensors that were released; nothing is written then.
 */
public final class Huber {
    private Huber() {}

    private static void checkDelta(String call, double delta) {
        if (!(delta > 0)) {
            throw new IllegalArgumentException(call + ": delta is " + delta + "; expected a number above 0");
        }
    }

    /**
     * The losses with the weight 1 for every row.
     *
     * @param delta above 0, where the loss becomes linear
     * @param x {@code [m, n]}
     * @param targets {@code [m, n]}
     * @param losses {@code [m]} without gaps, written
     * @param pool threads to share the work, each some rows
     */
    public static void forward(double delta, Tensor x, Tensor targets, Tensor losses, WorkerPool pool) {
        forward(delta, x, targets, RowWeights.none(x), losses, pool);
    }

    /**
     * {@code losses[r] = w_r / n sum_j c (d - c / 2)}.
     *
     * @param delta above 0, where the loss becomes linear
     * @param x {@code [m, n]}
     * @param targets {@code [m, n]}
     * @param weights {@code [m]} without gaps
     * @param losses {@code [m]} without gaps, written
     * @param pool threads to share the work, each some rows
     */
    public static void forward(
            double delta, Tensor x, Tensor targets, Tensor weights, Tensor losses, WorkerPool pool) {
        checkDelta("Huber.forward", delta);
        Residuals.forward("Huber.forward", 1, delta, x, targets, weights, losses, pool);
    }

    /**
     * The gradient with the weight 1 for every row.
     *
     * @param scale of every row's loss, such as 1 / m for their mean
     * @param delta above 0, the same
     * @param x {@code [m, n]}
     * @param targets {@code [m, n]}
     * @param dx {@code [m, n]}, added to
     * @param pool threads to share the work, each some rows
     */
    public static void backward(double scale, double delta, Tensor x, Tensor targets, Tensor dx, WorkerPool pool) {
        backward(scale, delta, x, targets, RowWeights.none(x), dx, pool);
    }

    /**
     * {@code dx[r, j] += scale w_r / n c}. Sums below 1e-30 in size become 0.
     *
     * @param scale of every row's loss, such as 1 / m for their mean
     * @param delta above 0, the same
     * @param x {@code [m, n]}
     * @param targets {@code [m, n]}
     * @param weights {@code [m]} without gaps
     * @param dx {@code [m, n]}, added to
     * @param pool threads to share the work, each some rows
     */
    public static void backward(
            double scale, double delta, Tensor x, Tensor targets, Tensor weights, Tensor dx, WorkerPool pool) {
        checkDelta("Huber.backward", delta);
        Residuals.backward("Huber.backward", scale, delta, x, targets, weights, dx, pool);
    }
}
