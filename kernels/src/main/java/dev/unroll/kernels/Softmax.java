package dev.unroll.kernels;

import dev.unroll.kernels.provider.Provider;
import dev.unroll.kernels.provider.SoftmaxKernel;

/**
 * The softmax of rows and its cross-entropy, stable for logits of any size.
 *
 * <p>All methods throw {@link IllegalArgumentException} for null, for types or shapes that do not fit, for a target that
 * is no column and for an output in read-only memory, and {@link IllegalStateException} for tensors that were released;
 * nothing is written then.
 */
public final class Softmax {
    private static final int COST_FORWARD = 8;
    private static final int COST_BACKWARD = 2;

    private Softmax() {}

    /**
     * {@code y[r, j] = e^x[r, j] / sum_k e^x[r, k]}.
     *
     * @param x {@code [m, v]}, logits; v at least 1
     * @param y {@code [m, v]}, written; may be x itself
     * @param pool threads to share the work
     */
    public static void forward(Tensor x, Tensor y, WorkerPool pool) {
        String call = "Softmax.forward";
        Check.notNull(call, pool);
        ElementType type = Check.floating(call, x, y);
        Check.sameMatrix(call, x, y);
        Check.output(call, y);
        Check.enter(call, x, y);
        try {
            SoftmaxKernel kernel = Provider.kernels(type).softmax();
            int parts = Partition.parts(pool, x.rows(), x.columns(), COST_FORWARD);
            pool.run(parts, part -> {
                int from = Partition.boundary(x.rows(), part, parts);
                int rows = Partition.boundary(x.rows(), part + 1, parts) - from;
                kernel.forward(
                        rows, (int) x.columns(),
                        x.segment(), x.rowOffset(from), x.rowStride(),
                        y.segment(), y.rowOffset(from), y.rowStride());
            });
        } finally {
            Check.exit(x, y);
        }
    }

    /**
     * The softmax, and for each row the cross-entropy {@code log sum_j e^x[r, j] - x[r, target_r]}.
     *
     * @param x {@code [m, v]}, logits
     * @param targets {@code [m]} of I32, each from 0 to v - 1
     * @param probabilities {@code [m, v]}, written: the softmax
     * @param losses {@code [m, 1]}, written: nats
     * @param pool threads to share the work
     */
    public static void crossEntropy(Tensor x, Tensor targets, Tensor probabilities, Tensor losses, WorkerPool pool) {
        String call = "Softmax.crossEntropy";
        Check.notNull(call, pool);
        ElementType type = Check.floating(call, x, probabilities, losses);
        Check.idTensor(call, targets, x.rows(), x);
        Check.sameMatrix(call, x, probabilities);
        Check.matrix(call, losses, x.rows(), 1, x);
        Check.output(call, probabilities);
        Check.output(call, losses);
        if (!losses.isContiguous()) {
            throw new IllegalArgumentException(call + ": " + losses + " must have no gaps");
        }
        Check.enter(call, x, targets, probabilities, losses);
        try {
            Check.ids(call, targets, x.columns());
            SoftmaxKernel kernel = Provider.kernels(type).softmax();
            int parts = Partition.parts(pool, x.rows(), x.columns(), COST_FORWARD);
            pool.run(parts, part -> {
                int from = Partition.boundary(x.rows(), part, parts);
                int rows = Partition.boundary(x.rows(), part + 1, parts) - from;
                kernel.crossEntropy(
                        rows, (int) x.columns(),
                        x.segment(), x.rowOffset(from), x.rowStride(),
                        targets.segment(), targets.offset() + from * targets.type().bytes(),
                        probabilities.segment(), probabilities.rowOffset(from), probabilities.rowStride(),
                        losses.segment(), losses.rowOffset(from));
            });
        } finally {
            Check.exit(x, targets, probabilities, losses);
        }
    }

    /**
     * {@code dx[r, j] += scale (p[r, j] - [j == target_r])}: the gradient of the cross-entropy.
     *
     * @param scale of every row's loss, such as 1 / m for their mean
     * @param probabilities {@code [m, v]}, what {@link #crossEntropy} gave
     * @param targets {@code [m]} of I32, the same
     * @param dx {@code [m, v]}, added to
     * @param pool threads to share the work
     */
    public static void crossEntropyBackward(
            double scale, Tensor probabilities, Tensor targets, Tensor dx, WorkerPool pool) {
        String call = "Softmax.crossEntropyBackward";
        Check.notNull(call, pool);
        ElementType type = Check.floating(call, probabilities, dx);
        Check.idTensor(call, targets, dx.rows(), dx);
        Check.sameMatrix(call, probabilities, dx);
        Check.output(call, dx);
        Check.enter(call, probabilities, targets, dx);
        try {
            Check.ids(call, targets, dx.columns());
            SoftmaxKernel kernel = Provider.kernels(type).softmax();
            int parts = Partition.parts(pool, dx.rows(), dx.columns(), COST_BACKWARD);
            pool.run(parts, part -> {
                int from = Partition.boundary(dx.rows(), part, parts);
                int rows = Partition.boundary(dx.rows(), part + 1, parts) - from;
                kernel.crossEntropyBackward(
                        rows, (int) dx.columns(), scale,
                        probabilities.segment(), probabilities.rowOffset(from), probabilities.rowStride(),
                        targets.segment(), targets.offset() + from * targets.type().bytes(),
                        dx.segment(), dx.rowOffset(from), dx.rowStride());
            });
        } finally {
            Check.exit(probabilities, targets, dx);
        }
    }
}
