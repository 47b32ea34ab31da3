package dev.unroll.kernels;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.unroll.kernels.provider.Provider;
import dev.unroll.kernels.provider.SoftmaxKernel;
import java.lang.foreign.MemorySegment;

/**
 * The softmax of rows and its cross-entropy, stable for logits of any magnitude: the largest logit of a row is
 * subtracted first.
 *
 * <p>The methods with targets also throw {@link IllegalArgumentException} for a target that is neither a column nor
 * ignored.
 */
public final class Softmax {
    /** The ignored target if there is none: not an int, and so no target. */
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
        Checks.notNull(call, "pool", pool);
        Checks.floatingMatrix(call, "x", x);
        Checks.output(call, "y", y, x.rows(), x.columns(), x);
        Overlap.checkUnlessSame(call, y, x);
        WorkerPool threads = Operands.enter(call, pool, x, y);
        try {
            SoftmaxKernel kernel = Provider.kernels(x.type()).softmax();
            int parts = Partition.parts(threads, x.rows(), 1, x.size(), Partition.SOFTMAX);
            if (parts == 1) {
                forward(kernel, x, y, 0, 1);
            } else {
                threads.runEvenly(parts, part -> forward(kernel, x, y, part, parts));
            }
        } finally {
            Operands.exit(x, y);
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
     * Computes the softmax, and for each row the cross-entropy {@code log sum_j e^x[r, j] - x[r, target_r]}.
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
     * Computes the same, except that rows with the ignored target, such as padding, have the loss 0.
     *
     * @param x {@code [m, v]}, logits
     * @param targets {@code [m]} of I32, each from 0 to v - 1 or the ignored one
     * @param ignored the target of rows that do not count, such as -1
     * @param probabilities {@code [m, v]}, written: the softmax, also of ignored rows
     * @param losses {@code [m, 1]} without gaps, written: nats
     * @param pool threads to share the work, each some rows
     */
    public static void crossEntropy(
            Tensor x, Tensor targets, int ignored, Tensor probabilities, Tensor losses, WorkerPool pool) {
        crossEntropy(x, targets, ignored, RowWeights.none(x), probabilities, losses, pool);
    }

    /**
     * Computes the same with the loss of each row multiplied by its weight. A row of weight 0 has the loss 0,
     * regardless of its contents.
     *
     * @param x {@code [m, v]}, logits
     * @param targets {@code [m]} of I32, each from 0 to v - 1 or the ignored one
     * @param ignored the target of rows that do not count, such as -1
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
        Checks.notNull(call, "pool", pool);
        Checks.floatingMatrix(call, "x", x);
        Checks.ids(call, "targets", targets, x.rows(), x);
        RowWeights.check(call, weights, x);
        Checks.output(call, "probabilities", probabilities, x.rows(), x.columns(), x);
        Checks.output(call, "losses", losses, x.rows(), 1, x);
        if (!losses.isContiguous()) {
            throw new IllegalArgumentException(call + ": losses " + losses + " has gaps; give a contiguous tensor");
        }
        Overlap.check(call, probabilities, x, targets, weights);
        Overlap.check(call, losses, x, targets, weights, probabilities);
        WorkerPool threads = Operands.enter(call, pool, x, targets, weights, probabilities, losses);
        try {
            Checks.range(call, "targets", targets, x.columns(), ignored);
            SoftmaxKernel kernel = Provider.kernels(x.type()).softmax();
            int parts = Partition.parts(threads, x.rows(), 1, x.size(), Partition.SOFTMAX);
            int id = idOf(ignored);
            if (parts == 1) {
                crossEntropy(kernel, x, targets, id, weights, probabilities, losses, 0, 1);
            } else {
                threads.runEvenly(
                        parts,
                        part -> crossEntropy(
                                kernel, x, targets, id, weights, probabilities, losses, part, parts));
            }
        } finally {
            Operands.exit(x, targets, weights, probabilities, losses);
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
     * @param scale factor of every row's loss, such as 1 / m for their mean
     * @param probabilities {@code [m, v]}, the output of {@link #crossEntropy}
     * @param targets {@code [m]} of I32, as passed to crossEntropy
     * @param dx {@code [m, v]}, added to
     * @param pool threads to share the work, each some rows
     */
    public static void crossEntropyBackward(
            double scale, Tensor probabilities, Tensor targets, Tensor dx, WorkerPool pool) {
        crossEntropyBackward(
                scale, probabilities, targets, NONE_IGNORED, RowWeights.none(probabilities), dx, pool);
    }

    /**
     * Adds the same gradient, except that rows with the ignored target have none.
     *
     * @param scale factor of every row's loss, such as 1 / m for their mean
     * @param probabilities {@code [m, v]}, the output of crossEntropy
     * @param targets {@code [m]} of I32, as passed to crossEntropy
     * @param ignored as passed to crossEntropy
     * @param dx {@code [m, v]}, added to
     * @param pool threads to share the work, each some rows
     */
    public static void crossEntropyBackward(
            double scale, Tensor probabilities, Tensor targets, int ignored, Tensor dx, WorkerPool pool) {
        crossEntropyBackward(scale, probabilities, targets, ignored, RowWeights.none(probabilities), dx, pool);
    }

    /**
     * Adds the same gradient with row weights, {@code dx[r, j] += scale w_r (p[r, j] - [j == target_r])}.
     *
     * @param scale factor of every row's loss, such as 1 / the sum of the weights for their mean
     * @param probabilities {@code [m, v]}, the output of crossEntropy
     * @param targets {@code [m]} of I32, as passed to crossEntropy
     * @param ignored as passed to crossEntropy
     * @param weights {@code [m]} without gaps, as passed to crossEntropy
     * @param dx {@code [m, v]}, added to
     * @param pool threads to share the work, each some rows
     */
    public static void crossEntropyBackward(
            double scale, Tensor probabilities, Tensor targets, int ignored, Tensor weights, Tensor dx,
            WorkerPool pool) {
        crossEntropyBackward(scale, probabilities, targets, (long) ignored, weights, dx, pool);
    }

    /**
     * {@code dx[r, j] = scale w_r (p[r, j] - [j == target_r])}, and 0 in rows that do not count: the same gradient where
     * nothing was added to dx before, with the bits of an addition to zeros.
     *
     * @param scale factor of every row's loss, such as 1 / the sum of the weights for their mean
     * @param probabilities {@code [m, v]}, the output of crossEntropy
     * @param targets {@code [m]} of I32, as passed to crossEntropy
     * @param ignored as passed to crossEntropy
     * @param weights {@code [m]} without gaps, as passed to crossEntropy
     * @param dx {@code [m, v]}, written; may be the probabilities themselves
     * @param pool threads to share the work, each some rows
     */
    public static void crossEntropyGradient(
            double scale, Tensor probabilities, Tensor targets, int ignored, Tensor weights, Tensor dx,
            WorkerPool pool) {
        String call = "Softmax.crossEntropyGradient";
        Checks.notNull(call, "pool", pool);
        Checks.floatingMatrix(call, "probabilities", probabilities);
        Checks.ids(call, "targets", targets, probabilities.rows(), probabilities);
        RowWeights.check(call, weights, probabilities);
        Checks.output(call, "dx", dx, probabilities.rows(), probabilities.columns(), probabilities);
        Overlap.checkUnlessSame(call, dx, probabilities);
        Overlap.check(call, dx, targets, weights);
        gradient(call, SoftmaxKernel::crossEntropyGradient, scale, probabilities, targets, ignored, weights, dx, pool);
    }

    private static void crossEntropyBackward(
            double scale, Tensor probabilities, Tensor targets, long ignored, Tensor weights, Tensor dx,
            WorkerPool pool) {
        String call = "Softmax.crossEntropyBackward";
        Checks.notNull(call, "pool", pool);
        Checks.floatingMatrix(call, "probabilities", probabilities);
        Checks.ids(call, "targets", targets, probabilities.rows(), probabilities);
        RowWeights.check(call, weights, probabilities);
        Checks.output(call, "dx", dx, probabilities.rows(), probabilities.columns(), probabilities);
        Overlap.check(call, dx, probabilities, targets, weights);
        gradient(call, SoftmaxKernel::crossEntropyBackward, scale, probabilities, targets, ignored, weights, dx, pool);
    }

    /** A kernel of the gradient. */
    @FunctionalInterface
    private interface GradientKernel {
        void run(
                SoftmaxKernel kernel, int rows, int columns, double scale,
                MemorySegment probabilities, long pOffset, long ldp,
                MemorySegment targets, long targetsOffset, int ignored,
                MemorySegment weights, long weightsOffset, int weightStep,
                MemorySegment dx, long dxOffset, long lddx);
    }

    private static void gradient(
            String call, GradientKernel gradient, double scale, Tensor probabilities, Tensor targets, long ignored,
            Tensor weights, Tensor dx, WorkerPool pool) {
        WorkerPool threads = Operands.enter(call, pool, probabilities, targets, weights, dx);
        try {
            Checks.range(call, "targets", targets, dx.columns(), ignored);
            SoftmaxKernel kernel = Provider.kernels(dx.type()).softmax();
            int parts = Partition.parts(threads, dx.rows(), 1, dx.size(), Partition.SOFTMAX_BACKWARD);
            int id = idOf(ignored);
            if (parts == 1) {
                gradient(kernel, gradient, scale, probabilities, targets, id, weights, dx, 0, 1);
            } else {
                threads.runEvenly(
                        parts,
                        part -> gradient(
                                kernel, gradient, scale, probabilities, targets, id, weights, dx, part, parts));
            }
        } finally {
            Operands.exit(probabilities, targets, weights, dx);
        }
    }

    private static void gradient(
            SoftmaxKernel kernel, GradientKernel gradient, double scale, Tensor probabilities, Tensor targets,
            int ignored, Tensor weights,
            Tensor dx, int part, int parts) {
        int from = Partition.row(dx, part, parts);
        int rows = Partition.row(dx, part + 1, parts) - from;
        gradient.run(
                kernel, rows, (int) dx.columns(), scale,
                probabilities.segment(), probabilities.rowOffset(from), probabilities.rowStride(),
                targets.segment(), targets.offset() + (long) from * Integer.BYTES, ignored,
                weights.segment(), RowWeights.offset(weights, from), RowWeights.step(weights),
                dx.segment(), dx.rowOffset(from), dx.rowStride());
    }

    /**
     * Returns the number of rows that count: the divisor for the mean of their losses.
     *
     * @param targets {@code [m]} of I32
     * @param ignored the target of rows that do not count
     * @return from 0 to m
     */
    public static long countedRows(Tensor targets, int ignored) {
        return (long) totalWeight("Softmax.countedRows", targets, ignored, RowWeights.ones(ElementType.F64));
    }

    /**
     * Returns the sum of the weights of the rows that count: the divisor for the mean of their losses.
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
        Checks.floating(call, "weights", weights);
        Checks.notNull(call, "targets", targets);
        if (RowWeights.step(weights) > 0) {
            Checks.perRow(call, "weights", weights, targets.size(), weights.type(), targets);
        }
        Checks.ids(call, "targets", targets, targets.size(), weights);
        Operands.enter(call, WorkerPool.caller(), targets, weights);
        try {
            double sum = 0;
            for (int r = 0; r < targets.size(); r++) {
                if (targets.segment().get(JAVA_INT, targets.offset() + (long) r * Integer.BYTES) != ignored) {
                    sum += RowWeights.get(weights, r);
                }
            }
            return sum;
        } finally {
            Operands.exit(targets, weights);
        }
    }

    /** The ignored target as an int for the kernels: targets are checked, so none is -1 if none is ignored. */
    private static int idOf(long ignored) {
        return ignored == NONE_IGNORED ? -1 : (int) ignored;
    }
}
