package dev.unroll.kernels;

import dev.unroll.kernels.provider.LayerNormKernel;
import dev.unroll.kernels.provider.Provider;

/**
 * Layer normalization (Ba, Kiros and Hinton 2016): every row is shifted and scaled to mean 0 and variance 1 over its
 * columns, then multiplied by a gain and added to a bias, both per column. The variance is that of the row as a whole
 * population, with divisor n; an epsilon is added to it under the root, as in most libraries but not in the paper.
 *
 * <p>Forward stores the mean and the reciprocal standard deviation per row, which the backward methods read. A NaN or
 * infinite element makes its whole row NaN. If the squares of deviations overflow a double, as those of 1e155 in F64,
 * the reciprocal is 0 and the row becomes the bias. Rows of two columns become 1 and -1 but for epsilon; what their
 * gradient keeps is the rounding of much larger terms, in F32 a few digits.
 */
public final class LayerNorm {
    private LayerNorm() {}

    /**
     * {@code y[r, j] = gain_j (x[r, j] - mean_r) rstd_r + bias_j}, with {@code mean_r = 1/n sum_j x[r, j]} and
     * {@code rstd_r = 1 / sqrt(1/n sum_j (x[r, j] - mean_r)^2 + epsilon)}.
     *
     * @param epsilon added to the variance, greater than 0 and finite
     * @param x {@code [m, n]}
     * @param gain {@code [n]}
     * @param bias {@code [n]}
     * @param y {@code [m, n]}, written
     * @param mean {@code [m, 1]} without gaps, written
     * @param rstd {@code [m, 1]} without gaps, written
     * @param pool threads to share the work, each some rows
     * @throws IllegalArgumentException also for an epsilon that is not greater than 0 and finite
     */
    public static void forward(
            double epsilon, Tensor x, Tensor gain, Tensor bias, Tensor y, Tensor mean, Tensor rstd, WorkerPool pool) {
        String call = "LayerNorm.forward";
        Checks.notNull(call, "pool", pool);
        if (!(epsilon > 0 && epsilon < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    call + ": epsilon is " + epsilon + "; expected a finite number greater than 0, such as 1e-5");
        }
        Checks.floatingMatrix(call, "x", x);
        Checks.input(call, "gain", gain, 1, x.columns(), x);
        Checks.input(call, "bias", bias, 1, x.columns(), x);
        Checks.output(call, "y", y, x.rows(), x.columns(), x);
        Checks.perRow(call, "mean", mean, x);
        Checks.writable(call, "mean", mean);
        Checks.perRow(call, "rstd", rstd, x);
        Checks.writable(call, "rstd", rstd);
        Overlap.check(call, y, x, gain, bias);
        Overlap.check(call, mean, x, gain, bias, y);
        Overlap.check(call, rstd, x, gain, bias, y, mean);
        WorkerPool threads = Operands.enter(call, pool, x, gain, bias, y, mean, rstd);
        try {
            LayerNormKernel kernel = Provider.kernels(x.type()).layerNorm();
            int parts = Partition.parts(threads, x.rows(), 1, x.size(), Partition.SOFTMAX);
            if (parts == 1) {
                forward(kernel, epsilon, x, gain, bias, y, mean, rstd, 0, 1);
            } else {
                threads.runEvenly(parts, part -> forward(kernel, epsilon, x, gain, bias, y, mean, rstd, part, parts));
            }
        } finally {
            Operands.exit(x, gain, bias, y, mean, rstd);
        }
    }

    private static void forward(
            LayerNormKernel kernel, double epsilon, Tensor x, Tensor gain, Tensor bias, Tensor y, Tensor mean,
            Tensor rstd, int part, int parts) {
        int from = Partition.row(x, part, parts);
        int rows = Partition.row(x, part + 1, parts) - from;
        long at = (long) from * x.type().bytes();
        kernel.forward(
                rows, (int) x.columns(), epsilon, x.segment(), x.rowOffset(from), x.rowStride(),
                gain.segment(), gain.offset(), bias.segment(), bias.offset(),
                y.segment(), y.rowOffset(from), y.rowStride(),
                mean.segment(), mean.offset() + at, rstd.segment(), rstd.offset() + at);
    }

    /**
     * {@code dx[r, j] += rstd_r (g[r, j] - 1/n sum_k g[r, k] - z[r, j] 1/n sum_k g[r, k] z[r, k])}, with
     * {@code g = dy gain} and the normalized {@code z = (x - mean) rstd}. Sums of magnitude below 1e-30 become 0.
     *
     * @param x {@code [m, n]}, as passed to {@link #forward}
     * @param gain {@code [n]}, as passed to forward
     * @param mean {@code [m, 1]} without gaps, of forward
     * @param rstd {@code [m, 1]} without gaps, of forward
     * @param dy {@code [m, n]}
     * @param dx {@code [m, n]}, added to
     * @param pool threads to share the work, each some rows
     */
    public static void backward(
            Tensor x, Tensor gain, Tensor mean, Tensor rstd, Tensor dy, Tensor dx, WorkerPool pool) {
        String call = "LayerNorm.backward";
        Checks.notNull(call, "pool", pool);
        Checks.floatingMatrix(call, "x", x);
        Checks.input(call, "gain", gain, 1, x.columns(), x);
        Checks.perRow(call, "mean", mean, x);
        Checks.perRow(call, "rstd", rstd, x);
        Checks.input(call, "dy", dy, x.rows(), x.columns(), x);
        Checks.output(call, "dx", dx, x.rows(), x.columns(), x);
        Overlap.check(call, dx, x, gain, mean, rstd, dy);
        WorkerPool threads = Operands.enter(call, pool, x, gain, mean, rstd, dy, dx);
        try {
            LayerNormKernel kernel = Provider.kernels(x.type()).layerNorm();
            int parts = Partition.parts(threads, x.rows(), 1, x.size(), Partition.SOFTMAX);
            if (parts == 1) {
                backward(kernel, x, gain, mean, rstd, dy, dx, 0, 1);
            } else {
                threads.runEvenly(parts, part -> backward(kernel, x, gain, mean, rstd, dy, dx, part, parts));
            }
        } finally {
            Operands.exit(x, gain, mean, rstd, dy, dx);
        }
    }

    private static void backward(
            LayerNormKernel kernel, Tensor x, Tensor gain, Tensor mean, Tensor rstd, Tensor dy, Tensor dx, int part,
            int parts) {
        int from = Partition.row(x, part, parts);
        int rows = Partition.row(x, part + 1, parts) - from;
        long at = (long) from * x.type().bytes();
        kernel.backward(
                rows, (int) x.columns(), x.segment(), x.rowOffset(from), x.rowStride(),
                gain.segment(), gain.offset(), mean.segment(), mean.offset() + at, rstd.segment(), rstd.offset() + at,
                dy.segment(), dy.rowOffset(from), dy.rowStride(), dx.segment(), dx.rowOffset(from), dx.rowStride());
    }

    /**
     * {@code dGain_j += sum_r dy[r, j] (x[r, j] - mean_r) rstd_r} and {@code dBias_j += sum_r dy[r, j]}, row after row.
     * Sums of magnitude below 1e-30 become 0.
     *
     * @param x {@code [m, n]}, as passed to {@link #forward}
     * @param mean {@code [m, 1]} without gaps, of forward
     * @param rstd {@code [m, 1]} without gaps, of forward
     * @param dy {@code [m, n]}
     * @param dGain {@code [n]}, added to
     * @param dBias {@code [n]}, added to
     * @param pool threads to share the work, each some columns
     */
    public static void parametersBackward(
            Tensor x, Tensor mean, Tensor rstd, Tensor dy, Tensor dGain, Tensor dBias, WorkerPool pool) {
        String call = "LayerNorm.parametersBackward";
        Checks.notNull(call, "pool", pool);
        Checks.floatingMatrix(call, "x", x);
        Checks.perRow(call, "mean", mean, x);
        Checks.perRow(call, "rstd", rstd, x);
        Checks.input(call, "dy", dy, x.rows(), x.columns(), x);
        Checks.output(call, "dGain", dGain, 1, x.columns(), x);
        Checks.output(call, "dBias", dBias, 1, x.columns(), x);
        Overlap.check(call, dGain, x, mean, rstd, dy);
        Overlap.check(call, dBias, x, mean, rstd, dy, dGain);
        WorkerPool threads = Operands.enter(call, pool, x, mean, rstd, dy, dGain, dBias);
        try {
            LayerNormKernel kernel = Provider.kernels(x.type()).layerNorm();
            int parts = Partition.parts(
                    threads, x.columns(), Partition.grain(x.type()), x.size(), Partition.MAXOUT_BACKWARD);
            if (parts == 1) {
                parametersBackward(kernel, x, mean, rstd, dy, dGain, dBias, 0, 1);
            } else {
                threads.runEvenly(parts,
                        part -> parametersBackward(kernel, x, mean, rstd, dy, dGain, dBias, part, parts));
            }
        } finally {
            Operands.exit(x, mean, rstd, dy, dGain, dBias);
        }
    }

    private static void parametersBackward(
            LayerNormKernel kernel, Tensor x, Tensor mean, Tensor rstd, Tensor dy, Tensor dGain, Tensor dBias,
            int part, int parts) {
        long from = Partition.boundary(x.columns(), Partition.grain(x.type()), part, parts);
        long to = Partition.boundary(x.columns(), Partition.grain(x.type()), part + 1, parts);
        long at = from * x.type().bytes();
        kernel.parametersBackward(
                (int) x.rows(), (int) (to - from), x.segment(), x.offset() + at, x.rowStride(),
                mean.segment(), mean.offset(), rstd.segment(), rstd.offset(),
                dy.segment(), dy.offset() + at, dy.rowStride(),
                dGain.segment(), dGain.offset() + at, dBias.segment(), dBias.offset() + at);
    }
}
