package dev.unroll.kernels;

import dev.unroll.kernels.provider.MaxoutKernel;
import dev.unroll.kernels.provider.Provider;

/**
 * Maxout (Goodfellow et al. 2013): a unit is the largest of k linear pieces. A row of pieces holds k blocks of n
 * columns: piece i of unit j is column {@code i n + j}. Among equal pieces the first wins and gets the gradient. NaN
 * counts as larger than every number, as in {@link Reductions}: the unit is NaN then, and the first NaN gets the
 * gradient.
 *
 * <p>Both methods also throw {@link IllegalArgumentException} for less than one piece.
 */
public final class Maxout {
    private Maxout() {}

    private static void checkPieces(String call, int pieces) {
        if (pieces < 1) {
            throw new IllegalArgumentException(call + ": a unit of " + pieces + " pieces; expected at least 1");
        }
    }

    /**
     * {@code y[r, j] = max_i x[r, i n + j]}.
     *
     * @param pieces k, the number of pieces per unit
     * @param x {@code [m, k n]}
     * @param y {@code [m, n]}, written
     * @param pool threads to share the work, each some rows
     */
    public static void forward(int pieces, Tensor x, Tensor y, WorkerPool pool) {
        String call = "Maxout.forward";
        Checks.notNull(call, "pool", pool);
        checkPieces(call, pieces);
        Checks.floatingMatrix(call, "y", y);
        Checks.writable(call, "y", y);
        Checks.input(call, "x", x, y.rows(), pieces * y.columns(), y);
        Checks.floatingMatrix(call, "x", x);
        Overlap.check(call, y, x);
        WorkerPool threads = Operands.enter(call, pool, x, y);
        try {
            MaxoutKernel kernel = Provider.kernels(y.type()).maxout();
            int parts = Partition.parts(threads, y.rows(), 1, x.size(), Partition.ADD);
            if (parts == 1) {
                forward(kernel, pieces, x, y, 0, 1);
            } else {
                threads.runEvenly(parts, part -> forward(kernel, pieces, x, y, part, parts));
            }
        } finally {
            Operands.exit(x, y);
        }
    }

    private static void forward(MaxoutKernel kernel, int pieces, Tensor x, Tensor y, int part, int parts) {
        int from = Partition.row(y, part, parts);
        int rows = Partition.row(y, part + 1, parts) - from;
        kernel.forward(
                rows, (int) y.columns(), pieces,
                x.segment(), x.rowOffset(from), x.rowStride(), y.segment(), y.rowOffset(from), y.rowStride());
    }

    /**
     * {@code dx[r, i n + j] += dy[r, j]} for the winner i of every unit. Sums of magnitude below 1e-30 become 0.
     *
     * @param pieces k, as passed to forward
     * @param x {@code [m, k n]}
     * @param y {@code [m, n]}, the output of {@link #forward}
     * @param dy {@code [m, n]}
     * @param dx {@code [m, k n]}, added to
     * @param pool threads to share the work, each some rows
     */
    public static void backward(int pieces, Tensor x, Tensor y, Tensor dy, Tensor dx, WorkerPool pool) {
        String call = "Maxout.backward";
        Checks.notNull(call, "pool", pool);
        checkPieces(call, pieces);
        Checks.floatingMatrix(call, "y", y);
        Checks.input(call, "x", x, y.rows(), pieces * y.columns(), y);
        Checks.floatingMatrix(call, "x", x);
        Checks.input(call, "dy", dy, y.rows(), y.columns(), y);
        Checks.output(call, "dx", dx, y.rows(), pieces * y.columns(), y);
        Overlap.check(call, dx, x, y, dy);
        WorkerPool threads = Operands.enter(call, pool, x, y, dy, dx);
        try {
            MaxoutKernel kernel = Provider.kernels(y.type()).maxout();
            int parts = Partition.parts(threads, y.rows(), 1, x.size(), Partition.MAXOUT_BACKWARD);
            if (parts == 1) {
                backward(kernel, pieces, x, y, dy, dx, 0, 1);
            } else {
                threads.runEvenly(parts, part -> backward(kernel, pieces, x, y, dy, dx, part, parts));
            }
        } finally {
            Operands.exit(x, y, dy, dx);
        }
    }

    private static void backward(
            MaxoutKernel kernel, int pieces, Tensor x, Tensor y, Tensor dy, Tensor dx, int part, int parts) {
        int from = Partition.row(y, part, parts);
        int rows = Partition.row(y, part + 1, parts) - from;
        kernel.backward(
                rows, (int) y.columns(), pieces,
                x.segment(), x.rowOffset(from), x.rowStride(), y.segment(), y.rowOffset(from), y.rowStride(),
                dy.segment(), dy.rowOffset(from), dy.rowStride(), dx.segment(), dx.rowOffset(from), dx.rowStride());
    }
}
