package dev.unroll.kernels;

import dev.unroll.kernels.provider.ElementwiseKernel;
import dev.unroll.kernels.provider.Provider;
import java.lang.foreign.MemorySegment;

/** Element-wise arithmetic. Factors given as double are first rounded to the type of the tensors. */
public final class Elementwise {
    private static final Runs.Kernel ADD =
            (kernels, _, _, n, x, xAt, y, yAt, z, zAt) -> kernels.elementwise().add(n, x, xAt, y, yAt, z, zAt);
    private static final Runs.Kernel MULTIPLY =
            (kernels, _, _, n, x, xAt, y, yAt, z, zAt) -> kernels.elementwise().multiply(n, x, xAt, y, yAt, z, zAt);
    private static final Runs.Kernel MULTIPLY_ADD =
            (kernels, _, _, n, x, xAt, y, yAt, z, zAt) -> kernels.elementwise().multiplyAdd(n, x, xAt, y, yAt, z, zAt);
    private static final Runs.Kernel AXPY =
            (kernels, _, alpha, n, x, xAt, _, _, z, zAt) -> kernels.elementwise().axpy(n, alpha, x, xAt, z, zAt);
    private static final Runs.Kernel LERP = (kernels, _, alpha, n, x, xAt, y, yAt, z, zAt) -> kernels.elementwise()
            .lerp(n, alpha, x, xAt, y, yAt, z, zAt);
    private static final Runs.Kernel SCALE =
            (kernels, _, alpha, n, _, _, _, _, z, zAt) -> kernels.elementwise().scale(n, alpha, z, zAt);

    private Elementwise() {}

    /**
     * {@code z = x + y}.
     *
     * @param x {@code [m, n]}
     * @param y {@code [m, n]}
     * @param z {@code [m, n]}, written; may be x or y itself
     * @param pool threads to share the work
     */
    public static void add(Tensor x, Tensor y, Tensor z, WorkerPool pool) {
        ofTwo("Elementwise.add", ADD, x, y, z, pool);
    }

    /**
     * {@code z = x y}, element by element.
     *
     * @param x {@code [m, n]}
     * @param y {@code [m, n]}
     * @param z {@code [m, n]}, written; may be x or y itself
     * @param pool threads to share the work
     */
    public static void multiply(Tensor x, Tensor y, Tensor z, WorkerPool pool) {
        ofTwo("Elementwise.multiply", MULTIPLY, x, y, z, pool);
    }

    /**
     * {@code z += x y}, element by element.
     *
     * @param x {@code [m, n]}
     * @param y {@code [m, n]}
     * @param z {@code [m, n]}, added to; may be x or y itself
     * @param pool threads to share the work
     */
    public static void multiplyAdd(Tensor x, Tensor y, Tensor z, WorkerPool pool) {
        ofTwo("Elementwise.multiplyAdd", MULTIPLY_ADD, x, y, z, pool);
    }

    private static void ofTwo(String call, Runs.Kernel kernel, Tensor x, Tensor y, Tensor z, WorkerPool pool) {
        checkTwo(call, x, y, z, pool);
        Runs.over(call, kernel, Partition.ADD, null, 1, x, y, z, pool);
    }

    private static void checkTwo(String call, Tensor x, Tensor y, Tensor z, WorkerPool pool) {
        Checks.notNull(call, "pool", pool);
        Checks.floating(call, "x", x);
        Checks.input(call, "y", y, x.rows(), x.columns(), x);
        Checks.output(call, "z", z, x.rows(), x.columns(), x);
        Overlap.checkUnlessSame(call, z, x);
        Overlap.checkUnlessSame(call, z, y);
    }

    /**
     * {@code y += alpha x}.
     *
     * @param alpha any number
     * @param x {@code [m, n]}
     * @param y {@code [m, n]}, added to; may be x itself
     * @param pool threads to share the work
     */
    public static void axpy(double alpha, Tensor x, Tensor y, WorkerPool pool) {
        String call = "Elementwise.axpy";
        Checks.notNull(call, "pool", pool);
        Checks.floating(call, "x", x);
        Checks.output(call, "y", y, x.rows(), x.columns(), x);
        Overlap.checkUnlessSame(call, y, x);
        Runs.over(call, AXPY, Partition.ADD, null, alpha, x, x, y, pool);
    }

    /**
     * {@code z = (1 - alpha) x + alpha y}: linear interpolation. It starts from the nearer end, {@code x + alpha (y -
     * x)} or {@code y + (1 - alpha) (x - y)}, so that 0 gives exactly x, 1 gives exactly y, and equal elements stay
     * unchanged.
     *
     * @param alpha 0 for x, 1 for y
     * @param x {@code [m, n]}
     * @param y {@code [m, n]}
     * @param z {@code [m, n]}, written; may be x or y itself
     * @param pool threads to share the work
     */
    public static void lerp(double alpha, Tensor x, Tensor y, Tensor z, WorkerPool pool) {
        String call = "Elementwise.lerp";
        checkTwo(call, x, y, z, pool);
        if (alpha < 0.5) {
            Runs.over(call, LERP, Partition.ADD, null, alpha, x, y, z, pool);
        } else {
            Runs.over(call, LERP, Partition.ADD, null, 1 - alpha, y, x, z, pool);
        }
    }

    /**
     * {@code x *= alpha}.
     *
     * @param alpha any number
     * @param x {@code [m, n]}, changed
     * @param pool threads to share the work
     */
    public static void scale(double alpha, Tensor x, WorkerPool pool) {
        String call = "Elementwise.scale";
        Checks.notNull(call, "pool", pool);
        Checks.floating(call, "x", x);
        Checks.writable(call, "x", x);
        Runs.over(call, SCALE, Partition.ADD, null, alpha, x, x, x, pool);
    }

    /**
     * Copies one row to every row of a matrix.
     *
     * @param row {@code [n]}
     * @param y {@code [m, n]}, written
     * @param pool threads to share the work
     */
    public static void copyToRows(Tensor row, Tensor y, WorkerPool pool) {
        String call = "Elementwise.copyToRows";
        Checks.notNull(call, "pool", pool);
        Checks.floating(call, "y", y);
        Checks.writable(call, "y", y);
        Checks.input(call, "row", row, 1, y.columns(), y);
        Overlap.check(call, y, row);
        WorkerPool threads = Operands.enter(call, pool, row, y);
        try {
            int parts = Partition.parts(threads, y.rows(), 1, y.size(), Partition.ADD);
            if (parts == 1) {
                copyToRows(row, y, 0, 1);
            } else {
                threads.runEvenly(parts, part -> copyToRows(row, y, part, parts));
            }
        } finally {
            Operands.exit(row, y);
        }
    }

    private static void copyToRows(Tensor row, Tensor y, int part, int parts) {
        long bytes = y.columns() * y.type().bytes();
        long to = Partition.boundary(y.rows(), 1, part + 1, parts);
        for (long r = Partition.boundary(y.rows(), 1, part, parts); r < to; r++) {
            MemorySegment.copy(row.segment(), row.offset(), y.segment(), y.rowOffset(r), bytes);
        }
    }

    /**
     * {@code y[j] += sum_r x[r, j]}: the gradient of a row that was added to every row, such as a bias.
     *
     * @param x {@code [m, n]}
     * @param y {@code [n]}, added to
     * @param pool threads to share the work, each some columns
     */
    public static void addColumnSums(Tensor x, Tensor y, WorkerPool pool) {
        String call = "Elementwise.addColumnSums";
        Checks.notNull(call, "pool", pool);
        Checks.floatingMatrix(call, "x", x);
        Checks.output(call, "y", y, 1, x.columns(), x);
        Overlap.check(call, y, x);
        WorkerPool threads = Operands.enter(call, pool, x, y);
        try {
            ElementwiseKernel kernel = Provider.kernels(x.type()).elementwise();
            int parts = Partition.parts(threads, x.columns(), Partition.grain(x.type()), x.size(), Partition.ADD);
            if (parts == 1) {
                addColumnSums(kernel, x, y, 0, 1);
            } else {
                threads.runEvenly(parts, part -> addColumnSums(kernel, x, y, part, parts));
            }
        } finally {
            Operands.exit(x, y);
        }
    }

    private static void addColumnSums(ElementwiseKernel kernel, Tensor x, Tensor y, int part, int parts) {
        long grain = Partition.grain(x.type());
        long from = Partition.boundary(x.columns(), grain, part, parts);
        long to = Partition.boundary(x.columns(), grain, part + 1, parts);
        long at = from * x.type().bytes();
        kernel.addColumnSums(
                (int) x.rows(), (int) (to - from), x.segment(), x.offset() + at, x.rowStride(),
                y.segment(), y.offset() + at);
    }
}
