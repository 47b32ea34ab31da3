package dev.unroll.kernels;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.unroll.kernels.provider.Provider;
import dev.unroll.kernels.provider.SoftmaxKernel;

/**
 * The softmax of rows and its cross-entropy, stable for logits of any size: the largest of a row is taken off first.
 * Tensors count as the matrices of their rows; all of one call have one floating type, but for the targets.
 *
 * <p>All methods throw {@link IllegalArgumentException} for null, for types or shapes that do not fit, for a target that
 * is no column, for an output in read-only memory or in memory that it shares with an input in another way than said,
 * and {@link IllegalStateException} for tensors that were released; nothing is written then.
 */
public final class Softmax {
    /** No int, and so no target. */
    private static final long NONE_IGNORED = Long.MIN_VALUE;

    private Softmax() {}

    /**
     * {@code y[r, j] = e^x[r, j] / sum_k e^x[r, k]}.
     *
     * @param x {@code [m, v]}, logits
     * @param y {@code [m, v]}, written; may be x itself
     * @param pool threads to share the work, each some rows
     */
    public static void forward(Tensor x, Tensor y, WorkerPool pool) {
        String call = "Softmax.forward";
        Check.notNull(call, "pool", pool);
        Check.floatingMatrix(call, "x", x);
        Check.output(call, "y", y, x.rows(), x.columns(), x);
        Overlap.checkUnlessSame(call, y, x);
        WorkerPool threads = Entry.enter(call, pool, x, y);
        try {
            SoftmaxKernel kernel = Provider.kernels(x.type()).softmax();
            int parts = Partition.parts(threads, x.rows(), 1, x.size(), Partition.SOFTMAX);
            if (parts == 1) {
                forward(kernel, x, y, 0, 1);
            } else {
                threads.run(parts, part -> forward(kernel, x, y, part, parts));
            }
        } finally {
            Entry.exit(x, y);
        }
    }

    private static void forward(SoftmaxKernel kernel, Tensor x, Tensor y, int part, int parts) {
        int from = Partition.row(x, part, parts);
        int rows = Partition.row(x, part + 1, parts) - from;
        kernel.forward(
                rows, (int) x.columns(),
                x.segment(), x.rowOffset(from), x.rowStride(),
                y.segment(), y.rowOffset(from), y.rowStride());
    }

    /**
     * The softmax, and for each row the cross-entropy {@code log sum_j e^x[r, j] - x[r, target_r]}.
     *
     * @param x {@code [m, v]}, logits
     * @param targets {@code [m]} of I32, each from 0 to v - 1
     * @param probabilities {@code [m, v]}, written: the softmax
     * @param losses {@code [m, 1]} without gaps, written: nats
     * @param pool threads to share the work, each some rows
     */
    public static void crossEntropy(Tensor x, Tensor targets, Tensor probabilities, Tensor losses, WorkerPool pool) {
        crossEntropy(x, targets, NONE_IGNORED, RowWeights.none(x), probabilities, losses, pool);
    }

    /**
     * The same, but rows with one certain target, such as padding, have the loss 0.
     *
     * @param x {@code [m, v]}, logits
     * @param targets {@code [m]} of I32, each from 0 to v - 1 or the ignored one
     * @param ignored any number, such as -1
     * @param probabilities {@code [m, v]}, written: the softmax, also of ignored rows
     * @param losses {@code [m, 1]} without gaps, written: nats
     * @param pool threads to share the work, each some rows
     */
    public static void crossEntropy(
            Tensor x, Tensor targets, int ignored, Tensor probabilities, Tensor losses, WorkerPool pool) {
        crossEntropy(x, targets, ignored, RowWeights.none(x), probabilities, losses, pool);
    }

    /**
     * The same with a weight for every row, which the loss is multiplied by. A row whose weight is 0 has the loss 0,
     * whatever it holds.
     *
     * @param x {@code [m, v]}, logits
     * @param targets {@code [m]} of I32, each from 0 to v - 1 or the ignored one
     * @param ignored any number, such as -1
     * @param weights {@code [m]} without gaps
     * @param probabilities {@code [m, v]}, written: the softmax, also of ignored rows
     * @param losses {@code [m, 1]} without gaps, written: nats
     * @param pool threads to share the work, each some rows
     */
    public static void crossEntropy(
            Tensor x, Tensor targets, int ignored, Tensor weights, Tensor probabilities, Tensor losses,
            WorkerPool pool) {
        crossEntropy(x, targets, (long) ignored, weights, probabilities, losses, pool);
    }

    private static void crossEntropy(
            Tensor x, Tensor targets, long ignored, Tensor weights, Tensor probabilities, Tensor losses,
            WorkerPool pool) {
        String call = "Softmax.crossEntropy";
        Check.notNull(call, "pool", pool);
        Check.floatingMatrix(call, "x", x);
        Check.ids(call, "targets", targets, x.rows(), x);
        RowWeights.check(call, weights, x);
        Check.output(call, "probabilities", probabilities, x.rows(), x.columns(), x);
        Check.output(call, "losses", losses, x.rows(), 1, x);
        if (!losses.isContiguous()) {
            throw new IllegalArgumentException(call + ": losses " + losses + " has gaps; give a tensor of its own");
        }
        Overlap.check(call, probabilities, x, targets, weights);
        Overlap.check(call, losses, x, targets, weights, probabilities);
        WorkerPool threads = Entry.enter(call, pool, x, targets, weights, probabilities, losses);
        try {
            Check.range(call, "targets", targets, x.columns(), ignored);
            SoftmaxKernel kernel = Provider.kernels(x.type()).softmax();
            int parts = Partition.parts(threads, x.rows(), 1, x.size(), Partition.SOFTMAX);
            int id = idOf(ignored);
            if (parts == 1) {
                crossEntropy(kernel, x, targets, id, weights, probabilities, losses, 0, 1);
            } else {
                threads.run(
                        parts,
                        part -> crossEntropy(
                                kernel, x, targets, id, weights, probabilities, losses, part, parts));
            }
        } finally {
            Entry.exit(x, targets, weights, probabilities, losses);
        }
    }

    private static void crossEntropy(
            SoftmaxKernel kernel, Tensor x, Tensor targets, int ignored, Tensor weights, Tensor probabilities,
            Tensor losses, int part, int parts) {
        int from = Partition.row(x, part, parts);
        int rows = Partition.row(x, part + 1, parts) - from;
        kernel.crossEntropy(
                rows, (int) x.columns(),
                x.segment(), x.rowOffset(from), x.rowStride(),
                targets.segment(), targets.offset() + (long) from * Integer.BYTES, ignored,
                weights.segment(), RowWeights.offset(weights, from), RowWeights.step(weights),
                probabilities.segment(), probabilities.rowOffset(from), probabilities.rowStride(),
                losses.segment(), losses.offset() + from * losses.type().bytes());
    }

    /**
     * {@code dx[r, j] += scale (p[r, j] - [j == target_r])}: the gradient of the cross-entropy.
     *
     * @param scale of every row's loss, such as 1 / m for their mean
     * @param probabilities {@code [m, v]}, what {@link #crossEntropy} gave
     * @param targets {@code [m]} of I32, the same
     * @param dx {@code [m, v]}, added to
     * @param pool threads to share the work, each some rows
     */
    public static void crossEntropyBackward(
            double scale, Tensor probabilities, Tensor targets, Tensor dx, WorkerPool pool) {
        crossEntropyBackward(
                scale, probabilities, targets, NONE_IGNORED, RowWeights.none(probabilities), dx, pool);
    }

    /**
     * The same, but rows with the ignored target have no gradient.
     *
     * @param scale of every row's loss, such as 1 / m for their mean
     * @param probabilities {@code [m, v]}, what crossEntropy gave
     * @param targets {@code [m]} of I32, the same
     * @param ignored the same
     * @param dx {@code [m, v]}, added to
     * @param pool threads to share the work, each some rows
     */
    public static void crossEntropyBackward(
            double scale, Tensor probabilities, Tensor targets, int ignored, Tensor dx, WorkerPool pool) {
        crossEntropyBackward(scale, probabilities, targets, ignored, RowWeights.none(probabilities), dx, pool);
    }

    /**
     * The same with the weights of rows, {@code dx[r, j] += scale w_r (p[r, j] - [j == target_r])}.
     *
     * @param scale of every row's loss, such as 1 / the sum of the weights for their mean
     * @param probabilities {@code [m, v]}, what crossEntropy gave
     * @param targets {@code [m]} of I32, the same
     * @param ignored the same
     * @param weights {@code [m]} without gaps, the same
     * @param dx {@code [m, v]}, added to
     * @param pool threads to share the work, each some rows
     */
    public static void crossEntropyBackward(
            double scale, Tensor probabilities, Tensor targets, int ignored, Tensor weights, Tensor dx,
            WorkerPool pool) {
        crossEntropyBackward(scale, probabilities, targets, (long) ignored, weights, dx, pool);
    }

    private static void crossEntropyBackward(
            double scale, Tensor probabilities, Tensor targets, long ignored, Tensor weights, Tensor dx,
            WorkerPool pool) {
        String call = "Softmax.crossEntropyBackward";
        Check.notNull(call, "pool", pool);
        Check.floatingMatrix(call, "probabilities", probabilities);
        Check.ids(call, "targets", targets, probabilities.rows(), probabilities);
        RowWeights.check(call, weights, probabilities);
        Check.output(call, "dx", dx, probabilities.rows(), probabilities.columns(), probabilities);
        Overlap.check(call, dx, probabilities, targets, weights);
        WorkerPool threads = Entry.enter(call, pool, probabilities, targets, weights, dx);
        try {
            Check.range(call, "targets", targets, dx.columns(), ignored);
            SoftmaxKernel kernel = Provider.kernels(dx.type()).softmax();
            int parts = Partition.parts(threads, dx.rows(), 1, dx.size(), Partition.SOFTMAX_BACKWARD);
            int id = idOf(ignored);
            if (parts == 1) {
                crossEntropyBackward(kernel, scale, probabilities, targets, id, weights, dx, 0, 1);
            } else {
                threads.run(
                        parts,
                        part -> crossEntropyBackward(
                                kernel, scale, probabilities, targets, id, weights, dx, part, parts));
            }
        } finally {
            Entry.exit(probabilities, targets, weights, dx);
        }
    }

    private static void crossEntropyBackward(
            SoftmaxKernel kernel, double scale, Tensor probabilities, Tensor targets, int ignored, Tensor weights,
            Tensor dx, int part, int parts) {
        int from = Partition.row(dx, part, parts);
        int rows = Partition.row(dx, part + 1, parts) - from;
        kernel.crossEntropyBackward(
                rows, (int) dx.columns(), scale,
                probabilities.segment(), probabilities.rowOffset(from), probabilities.rowStride(),
                targets.segment(), targets.offset() + (long) from * Integer.BYTES, ignored,
                weights.segment(), RowWeights.offset(weights, from), RowWeights.step(weights),
                dx.segment(), dx.rowOffset(from), dx.rowStride());
    }

    /**
     * How many rows count: what the sum of their losses is divided by for a mean.
     *
     * @param targets {@code [m]} of I32
     * @param ignored the target of rows that do not count
     * @return from 0 to m
     */
    public static long countedRows(Tensor targets, int ignored) {
        return (long) totalWeight("Softmax.countedRows", targets, ignored, RowWeights.ones(ElementType.F64));
    }

    /**
     * The sum of the weights of the rows that count: what the sum of their losses is divided by for a mean.
     *
     * @param targets {@code [m]} of I32
     * @param ignored the target of rows that do not count
     * @param weights {@code [m]} without gaps
     * @return the sum in double, in the order of the rows
     */
    public static double totalWeight(Tensor targets, int ignored, Tensor weights) {
        return totalWeight("Softmax.totalWeight", targets, ignored, weights);
    }

    private static double totalWeight(String call, Tensor targets, int ignored, Tensor weights) {
        Check.floating(call, "weights", weights);
        Check.notNull(call, "targets", targets);
        if (RowWeights.step(weights) > 0) {
            Check.perRow(call, "weights", weights, targets.size(), weights.type(), targets);
        }
        Check.ids(call, "targets", targets, targets.size(), weights);
        Entry.enter(call, WorkerPool.caller(), targets, weights);
        try {
            double sum = 0;
            for (int r = 0; r < targets.size(); r++) {
                if (targets.segment().get(JAVA_INT, targets.offset() + (long) r * Integer.BYTES) != ignored) {
                    sum += RowWeights.get(weights, r);
                }
            }
            return sum;
        } finally {
            Entry.exit(targets, weights);
        }
    }

    /** For kernels, to which targets come checked, no target is -1 where none is ignored. */
    private static int idOf(long ignored) {
        return ignored == NONE_IGNORED ? -1 : (int) ignored;
    }
}
