package dev.unroll.kernels;

/**
 * The Huber loss (1964), averaged over each row: half the square of a residual {@code d = x - t} up to the magnitude
 * delta, beyond it {@code delta (|d| - delta / 2)}. With c the residual clipped to delta, that is {@code c (d - c /
 * 2)}, and its derivative is c.
 *
 * <p>A row of weight 0, such as padding, has the loss 0 and no gradient, regardless of its contents. All methods also
 * throw {@link IllegalArgumentException} for a delta that is not above 0.
 */
public final class Huber {
    private Huber() {}

    private static void checkDelta(String call, double delta) {
        if (!(delta > 0)) {
            throw new IllegalArgumentException(call + ": delta is " + delta + "; expected a number above 0");
        }
    }

    /**
     * Computes the losses with the weight 1 for every row.
     *
     * @param delta the residual above which the loss is linear; positive
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
     * @param delta the residual above which the loss is linear; positive
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
     * Adds the gradient with the weight 1 for every row.
     *
     * @param scale factor of every row's loss, such as 1 / m for their mean
     * @param delta positive, as passed to forward
     * @param x {@code [m, n]}
     * @param targets {@code [m, n]}
     * @param dx {@code [m, n]}, added to
     * @param pool threads to share the work, each some rows
     */
    public static void backward(double scale, double delta, Tensor x, Tensor targets, Tensor dx, WorkerPool pool) {
        backward(scale, delta, x, targets, RowWeights.none(x), dx, pool);
    }

    /**
     * {@code dx[r, j] += scale w_r / n c}. Sums of magnitude below 1e-30 become 0.
     *
     * @param scale factor of every row's loss, such as 1 / m for their mean
     * @param delta positive, as passed to forward
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
