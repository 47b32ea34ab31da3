package dev.unroll.kernels;

import dev.unroll.kernels.provider.HuberKernel;
import dev.unroll.kernels.provider.Provider;

/**
 * The shared implementation of {@link SquaredError} and {@link Huber}: the squared error is twice the Huber loss of an
 * infinite delta.
 */
final class Residuals {
    private Residuals() {}

    /** The factor that turns the sum of a row into its scaled mean, 0 if there are no columns. */
    private static double mean(Tensor x, double factor) {
        return x.columns() == 0 ? 0 : factor / x.columns();
    }

    static void forward(
            String call, double factor, double delta, Tensor x, Tensor targets, Tensor weights, Tensor losses,
            WorkerPool pool) {
        Checks.notNull(call, "pool", pool);
        Checks.floatingMatrix(call, "x", x);
        Checks.input(call, "targets", targets, x.rows(), x.columns(), x);
        RowWeights.check(call, weights, x);
        Checks.perRow(call, "losses", losses, x);
        Checks.writable(call, "losses", losses);
        Overlap.check(call, losses, x, targets, weights);
        WorkerPool threads = Operands.enter(call, pool, x, targets, weights, losses);
        try {
            HuberKernel kernel = Provider.kernels(x.type()).huber();
            int parts = Partition.parts(threads, x.rows(), 1, x.size(), Partition.RESIDUAL);
            double mean = mean(x, factor);
            if (parts == 1) {
                forward(kernel, mean, delta, x, targets, weights, losses, 0, 1);
            } else {
                threads.runEvenly(parts,
                        part -> forward(kernel, mean, delta, x, targets, weights, losses, part, parts));
            }
        } finally {
            Operands.exit(x, targets, weights, losses);
        }
    }

    private static void forward(
            HuberKernel kernel, double factor, double delta, Tensor x, Tensor targets, Tensor weights, Tensor losses,
            int part, int parts) {
        int from = Partition.row(x, part, parts);
        int rows = Partition.row(x, part + 1, parts) - from;
        kernel.forward(
                rows, (int) x.columns(), factor, delta,
                x.segment(), x.rowOffset(from), x.rowStride(),
                targets.segment(), targets.rowOffset(from), targets.rowStride(),
                weights.segment(), RowWeights.offset(weights, from), RowWeights.step(weights),
                losses.segment(), losses.offset() + from * losses.type().bytes());
    }

    static void backward(
            String call, double factor, double delta, Tensor x, Tensor targets, Tensor weights, Tensor dx,
            WorkerPool pool) {
        Checks.notNull(call, "pool", pool);
        Checks.floatingMatrix(call, "x", x);
        Checks.input(call, "targets", targets, x.rows(), x.columns(), x);
        RowWeights.check(call, weights, x);
        Checks.output(call, "dx", dx, x.rows(), x.columns(), x);
        Overlap.check(call, dx, x, targets, weights);
        WorkerPool threads = Operands.enter(call, pool, x, targets, weights, dx);
        try {
            HuberKernel kernel = Provider.kernels(x.type()).huber();
            int parts = Partition.parts(threads, x.rows(), 1, x.size(), Partition.RESIDUAL_BACKWARD);
            double mean = mean(x, factor);
            if (parts == 1) {
                backward(kernel, mean, delta, x, targets, weights, dx, 0, 1);
            } else {
                threads.runEvenly(parts, part -> backward(kernel, mean, delta, x, targets, weights, dx, part, parts));
            }
        } finally {
            Operands.exit(x, targets, weights, dx);
        }
    }

    private static void backward(
            HuberKernel kernel, double scale, double delta, Tensor x, Tensor targets, Tensor weights, Tensor dx,
            int part, int parts) {
        int from = Partition.row(x, part, parts);
        int rows = Partition.row(x, part + 1, parts) - from;
        kernel.backward(
                rows, (int) x.columns(), scale, delta,
                x.segment(), x.rowOffset(from), x.rowStride(),
                targets.segment(), targets.rowOffset(from), targets.rowStride(),
                weights.segment(), RowWeights.offset(weights, from), RowWeights.step(weights),
                dx.segment(), dx.rowOffset(from), dx.rowStride());
    }
}
