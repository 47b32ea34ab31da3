package dev.unroll.kernels;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.provider.LpKernel;
import dev.unroll.kernels.provider.Provider;

/**
 * Lp units (Gulcehre, Cho, Pascanu and Bengio 2014): a unit is the generalized mean of order p of the magnitudes of k
 * linear pieces, {@code (1/k sum_i |x_i|^p)^(1/p)}, with an order per unit: the mean magnitude for p = 1, the root mean
 * square for p = 2, and the maximum as p grows. Orders can be learned as {@code p = 1 + log(1 + e^rho)}, and centers
 * {@code |x_i - c_i|} as biases of the pieces.
 *
 * <p>A row of pieces holds k blocks of n columns: piece i of unit j is column {@code i n + j}. Magnitudes are divided
 * by the largest of the unit, so powers neither overflow nor underflow; the derivative at a piece of 0 is taken as 0.
 * Gradients are computed from the stored unit, and raise its rounding error to the power p: they are off by about p
 * units in the last place, so use F64 for orders beyond some thousands.
 *
 * <p>Both methods also throw {@link IllegalArgumentException} for less than one piece and for an order below 1.
 */
public final class LpUnit {
    private LpUnit() {}

    /**
     * {@code y[r, j] = (1/k sum_i |x[r, i n + j]|^p_j)^(1/p_j)}.
     *
     * @param pieces k, the number of pieces per unit
     * @param x {@code [m, k n]}
     * @param orders {@code [n]}, each at least 1
     * @param y {@code [m, n]}, written
     * @param pool threads to share the work, each some units
     */
    public static void forward(int pieces, Tensor x, Tensor orders, Tensor y, WorkerPool pool) {
        String call = "LpUnit.forward";
        Checks.notNull(call, "pool", pool);
        checkPieces(call, pieces);
        Checks.floatingMatrix(call, "y", y);
        Checks.writable(call, "y", y);
        checkInputs(call, pieces, x, orders, y);
        Overlap.check(call, y, x, orders);
        WorkerPool threads = Operands.enter(call, pool, x, orders, y);
        try {
            checkOrders(call, orders);
            LpKernel kernel = Provider.kernels(y.type()).lp();
            int parts = Partition.parts(threads, y.columns(), Partition.grain(y.type()), x.size(), Partition.LP);
            if (parts == 1) {
                forward(kernel, pieces, x, orders, y, 0, 1);
            } else {
                threads.runEvenly(parts, part -> forward(kernel, pieces, x, orders, y, part, parts));
            }
        } finally {
            Operands.exit(x, orders, y);
        }
    }

    private static void forward(
            LpKernel kernel, int pieces, Tensor x, Tensor orders, Tensor y, int part, int parts) {
        long from = Partition.boundary(y.columns(), Partition.grain(y.type()), part, parts);
        long to = Partition.boundary(y.columns(), Partition.grain(y.type()), part + 1, parts);
        long at = from * y.type().bytes();
        kernel.forward(
                (int) y.rows(), (int) (to - from), pieces, y.columns(),
                x.segment(), x.offset() + at, x.rowStride(),
                orders.segment(), orders.offset() + at,
                y.segment(), y.offset() + at, y.rowStride());
    }

    /**
     * {@code dx += dy/k sign(x) (|x| / y)^(p - 1)} for every piece, and the gradient of the orders, {@code dp_j +=
     * sum_r dy y / (k p) sum_i q_i^p log q_i} with {@code q_i = |x_i| / y}, row after row. Sums below 1e-30 in size
     * become 0.
     *
     * @param pieces k, as passed to forward
     * @param x {@code [m, k n]}
     * @param orders {@code [n]}, as passed to forward
     * @param y {@code [m, n]}, the output of {@link #forward}
     * @param dy {@code [m, n]}
     * @param dx {@code [m, k n]}, added to
     * @param dOrders {@code [n]}, added to
     * @param pool threads to share the work, each some units
     */
    public static void backward(
            int pieces, Tensor x, Tensor orders, Tensor y, Tensor dy, Tensor dx, Tensor dOrders, WorkerPool pool) {
        String call = "LpUnit.backward";
        Checks.notNull(call, "pool", pool);
        checkPieces(call, pieces);
        Checks.floatingMatrix(call, "y", y);
        checkInputs(call, pieces, x, orders, y);
        Checks.input(call, "dy", dy, y.rows(), y.columns(), y);
        Checks.output(call, "dx", dx, y.rows(), pieces * y.columns(), y);
        Checks.output(call, "dOrders", dOrders, 1, y.columns(), y);
        Overlap.check(call, dx, x, orders, y, dy);
        Overlap.check(call, dOrders, x, orders, y, dy, dx);
        WorkerPool threads = Operands.enter(call, pool, x, orders, y, dy, dx, dOrders);
        try {
            checkOrders(call, orders);
            LpKernel kernel = Provider.kernels(y.type()).lp();
            int parts = Partition.parts(
                    threads, y.columns(), Partition.grain(y.type()), x.size(), Partition.LP_BACKWARD);
            if (parts == 1) {
                backward(kernel, pieces, x, orders, y, dy, dx, dOrders, 0, 1);
            } else {
                threads.runEvenly(parts, part -> backward(kernel, pieces, x, orders, y, dy, dx, dOrders, part, parts));
            }
        } finally {
            Operands.exit(x, orders, y, dy, dx, dOrders);
        }
    }

    private static void backward(
            LpKernel kernel, int pieces, Tensor x, Tensor orders, Tensor y, Tensor dy, Tensor dx, Tensor dOrders,
            int part, int parts) {
        long from = Partition.boundary(y.columns(), Partition.grain(y.type()), part, parts);
        long to = Partition.boundary(y.columns(), Partition.grain(y.type()), part + 1, parts);
        long at = from * y.type().bytes();
        kernel.backward(
                (int) y.rows(), (int) (to - from), pieces, y.columns(),
                x.segment(), x.offset() + at, x.rowStride(),
                orders.segment(), orders.offset() + at,
                y.segment(), y.offset() + at, y.rowStride(),
                dy.segment(), dy.offset() + at, dy.rowStride(),
                dx.segment(), dx.offset() + at, dx.rowStride(),
                dOrders.segment(), dOrders.offset() + at);
    }

    private static void checkPieces(String call, int pieces) {
        if (pieces < 1) {
            throw new IllegalArgumentException(call + ": a unit of " + pieces + " pieces; expected at least 1");
        }
    }

    private static void checkInputs(String call, int pieces, Tensor x, Tensor orders, Tensor y) {
        Checks.input(call, "x", x, y.rows(), pieces * y.columns(), y);
        Checks.floatingMatrix(call, "x", x);
        Checks.input(call, "orders", orders, 1, y.columns(), y);
    }

    private static void checkOrders(String call, Tensor orders) {
        for (long j = 0; j < orders.columns(); j++) {
            double order = orders.type() == ElementType.F64
                    ? orders.segment().get(JAVA_DOUBLE, orders.offset() + j * Double.BYTES)
                    : orders.segment().get(JAVA_FLOAT, orders.offset() + j * Float.BYTES);
            if (!(order >= 1 && order < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(
                        call + ": orders[" + j + "] is " + order + "; expected a number of at least 1");
            }
        }
    }
}
