package dev.unroll.kernels;

import dev.unroll.kernels.provider.BinaryCrossEntropyKernel;
import dev.unroll.kernels.provider.ExtremaKernel;
import dev.unroll.kernels.provider.Provider;

/**
 * The logistic function of every element and its cross-entropy with a target, computed from the logits and so stable
 * for logits of any magnitude: {@code -t log s - (1 - t) log(1 - s)} with {@code s = sigmoid(x)} is {@code x ([x > 0] -
 * t) + log(1 + e^-|x|)}. A row's loss is the sum over the row: the negative log-probability of independent Bernoulli
 * variables, such as the notes of a chord.
 *
 * <p>A row of weight 0, such as padding, has the loss 0 and no gradient, regardless of its contents. {@code forward}
 * also throws {@link IllegalArgumentException} for a target outside 0 to 1 in a row whose weight is not 0.
 */
public final class BinaryCrossEntropy {
    private BinaryCrossEntropy() {}

    /**
     * Computes probabilities and losses with the weight 1 for every row.
     *
     * @param x {@code [m, n]}, logits
     * @param targets {@code [m, n]}, each from 0 to 1
     * @param probabilities {@code [m, n]}, written: {@code sigmoid(x)}
     * @param losses {@code [m]} without gaps, written: nats
     * @param pool threads to share the work, each some rows
     */
    public static void forward(Tensor x, Tensor targets, Tensor probabilities, Tensor losses, WorkerPool pool) {
        forward(x, targets, RowWeights.none(x), probabilities, losses, pool);
    }

    /**
     * Computes the probabilities, and for each row the loss {@code w_r sum_j (x ([x > 0] - t) + log(1 + e^-|x|))}.
     *
     * @param x {@code [m, n]}, logits
     * @param targets {@code [m, n]}, each from 0 to 1
     * @param weights {@code [m]} without gaps
     * @param probabilities {@code [m, n]}, written: {@code sigmoid(x)}
     * @param losses {@code [m]} without gaps, written: nats
     * @param pool threads to share the work, each some rows
     */
    public static void forward(
            Tensor x, Tensor targets, Tensor weights, Tensor probabilities, Tensor losses, WorkerPool pool) {
        String call = "BinaryCrossEntropy.forward";
        Checks.notNull(call, "pool", pool);
        Checks.floatingMatrix(call, "x", x);
        Checks.input(call, "targets", targets, x.rows(), x.columns(), x);
        RowWeights.check(call, weights, x);
        Checks.output(call, "probabilities", probabilities, x.rows(), x.columns(), x);
        Checks.perRow(call, "losses", losses, x);
        Checks.writable(call, "losses", losses);
        Overlap.check(call, probabilities, x, targets, weights);
        Overlap.check(call, losses, x, targets, weights, probabilities);
        WorkerPool threads = Operands.enter(call, pool, x, targets, weights, probabilities, losses);
        try {
            checkTargets(call, targets, weights);
            BinaryCrossEntropyKernel kernel = Provider.kernels(x.type()).binaryCrossEntropy();
            int parts = Partition.parts(threads, x.rows(), 1, x.size(), Partition.BINARY_CROSS_ENTROPY);
            if (parts == 1) {
                forward(kernel, x, targets, weights, probabilities, losses, 0, 1);
            } else {
                threads.runEvenly(
                        parts, part -> forward(kernel, x, targets, weights, probabilities, losses, part, parts));
            }
        } finally {
            Operands.exit(x, targets, weights, probabilities, losses);
        }
    }

    /** Checks the rows whose weight is not 0: other targets would give a loss without a minimum. */
    private static void checkTargets(String call, Tensor targets, Tensor weights) {
        ExtremaKernel kernel = Provider.kernels(targets.type()).extrema();
        int columns = (int) targets.columns();
        for (int r = 0; r < targets.rows(); r++) {
            if (RowWeights.get(weights, r) != 0) {
                int column = kernel.indexOutside(0, 1, columns, targets.segment(), targets.rowOffset(r));
                if (column < columns) {
                    throw new IllegalArgumentException(call + ": targets[" + r + ", " + column + "] is "
                            + targets.get(r, column) + "; expected a probability, from 0 to 1");
                }
            }
        }
    }

    private static void forward(
            BinaryCrossEntropyKernel kernel, Tensor x, Tensor targets, Tensor weights, Tensor probabilities,
            Tensor losses, int part, int parts) {
        int from = Partition.row(x, part, parts);
        int rows = Partition.row(x, part + 1, parts) - from;
        kernel.forward(
                rows, (int) x.columns(),
                x.segment(), x.rowOffset(from), x.rowStride(),
                targets.segment(), targets.rowOffset(from), targets.rowStride(),
                weights.segment(), RowWeights.offset(weights, from), RowWeights.step(weights),
                probabilities.segment(), probabilities.rowOffset(from), probabilities.rowStride(),
                losses.segment(), losses.offset() + from * losses.type().bytes());
    }

    /**
     * Adds the gradient with the weight 1 for every row.
     *
     * @param scale factor of every row's loss, such as 1 / m for their mean
     * @param probabilities {@code [m, n]}, the output of forward
     * @param targets {@code [m, n]}, as passed to forward
     * @param dx {@code [m, n]}, added to
     * @param pool threads to share the work, each some rows
     */
    public static void backward(double scale, Tensor probabilities, Tensor targets, Tensor dx, WorkerPool pool) {
        backward(scale, probabilities, targets, RowWeights.none(probabilities), dx, pool);
    }

    /**
     * {@code dx[r, j] += scale w_r (p[r, j] - t[r, j])}. Sums of magnitude below 1e-30 become 0.
     *
     * @param scale factor of every row's loss, such as 1 / m for their mean
     * @param probabilities {@code [m, n]}, the output of forward
     * @param targets {@code [m, n]}, as passed to forward
     * @param weights {@code [m]} without gaps, as passed to forward
     * @param dx {@code [m, n]}, added to
     * @param pool threads to share the work, each some rows
     */
    public static void backward(
            double scale, Tensor probabilities, Tensor targets, Tensor weights, Tensor dx, WorkerPool pool) {
        String call = "BinaryCrossEntropy.backward";
        Checks.notNull(call, "pool", pool);
        Checks.floatingMatrix(call, "probabilities", probabilities);
        Checks.input(call, "targets", targets, probabilities.rows(), probabilities.columns(), probabilities);
        RowWeights.check(call, weights, probabilities);
        Checks.output(call, "dx", dx, probabilities.rows(), probabilities.columns(), probabilities);
        Overlap.check(call, dx, probabilities, targets, weights);
        WorkerPool threads = Operands.enter(call, pool, probabilities, targets, weights, dx);
        try {
            BinaryCrossEntropyKernel kernel = Provider.kernels(dx.type()).binaryCrossEntropy();
            int parts = Partition.parts(threads, dx.rows(), 1, dx.size(), Partition.RESIDUAL_BACKWARD);
            if (parts == 1) {
                backward(kernel, scale, probabilities, targets, weights, dx, 0, 1);
            } else {
                threads.runEvenly(
                        parts, part -> backward(kernel, scale, probabilities, targets, weights, dx, part, parts));
            }
        } finally {
            Operands.exit(probabilities, targets, weights, dx);
        }
    }

    private static void backward(
            BinaryCrossEntropyKernel kernel, double scale, Tensor probabilities, Tensor targets, Tensor weights,
            Tensor dx, int part, int parts) {
        int from = Partition.row(dx, part, parts);
        int rows = Partition.row(dx, part + 1, parts) - from;
        kernel.backward(
                rows, (int) dx.columns(), scale,
                probabilities.segment(), probabilities.rowOffset(from), probabilities.rowStride(),
                targets.segment(), targets.rowOffset(from), targets.rowStride(),
                weights.segment(), RowWeights.offset(weights, from), RowWeights.step(weights),
                dx.segment(), dx.rowOffset(from), dx.rowStride());
    }
}
