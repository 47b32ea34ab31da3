package dev.unroll.kernels;

/**
 * The mean squared error of every row, {@code losses[r] = w_r / n sum_j (x[r, j] - t[r, j])^2}.
 *
 * <p>A row of weight 0, such as padding, has the loss 0 and no gradient, regardless of its contents.
 */
public final class SquaredError {
    private SquaredError() {}

    /**
     * Computes the losses with the weight 1 for every row.
     *
     * @param x {@code [m, n]}
     * @param targets {@code [m, n]}
     * @param losses {@code [m]} without gaps, written
     * @param pool threads to share the work, each some rows
     */
    public static void forward(Tensor x, Tensor targets, Tensor losses, WorkerPool pool) {
        forward(x, targets, RowWeights.none(x), losses, pool);
    }

    /**
     * Computes the losses.
     *
     * @param x {@code [m, n]}
     * @param targets {@code [m, n]}
     * @param weights {@code [m]} without gaps
     * @param losses {@code [m]} without gaps, written
     * @param pool threads to share the work, each some rows
     */
    public static void forward(Tensor x, Tensor targets, Tensor weights, Tensor losses, WorkerPool pool) {
        Residuals.forward("SquaredError.forward", 2, Double.POSITIVE_INFINITY, x, targets, weights, losses, pool);
    }

    /**
     * Adds the gradient with the weight 1 for every row.
     *
     * @param scale factor of every row's loss, such as 1 / m for their mean
     * @param x {@code [m, n]}
     * @param targets {@code [m, n]}
     * @param dx {@code [m, n]}, added to
     * @param pool threads to share the work, each some rows
     */
    public static void backward(double scale, Tensor x, Tensor targets, Tensor dx, WorkerPool pool) {
        backward(scale, x, targets, RowWeights.none(x), dx, pool);
    }

    /**
     * {@code dx[r, j] += scale w_r 2 / n (x[r, j] - t[r, j])}. Sums of magnitude below 1e-30 become 0.
     *
     * @param scale factor of every row's loss, such as 1 / m for their mean
     * @param x {@code [m, n]}
     * @param targets {@code [m, n]}
     * @param weights {@code [m]} without gaps
     * @param dx {@code [m, n]}, added to
     * @param pool threads to share the work, each some rows
     */
    public static void backward(
            double scale, Tensor x, Tensor targets, Tensor weights, Tensor dx, WorkerPool pool) {
        String call = "SquaredError.backward";
        Residuals.backward(call, 2 * scale, Double.POSITIVE_INFINITY, x, targets, weights, dx, pool);
    }
}
