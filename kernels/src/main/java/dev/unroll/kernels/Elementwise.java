package dev.unroll.kernels;

import dev.unroll.kernels.provider.ElementwiseKernel;
import dev.unroll.kernels.provider.Provider;
import java.lang.foreign.MemorySegment;

/**
 * Element-wise arithmetic. Tensors count as the matrices of their rows; all of one call have one floating type.
 *
 * <p>All methods throw {@link IllegalArgumentException} for null, for types or shapes that do not fit and for an output
 * in read-only memory, and {@link IllegalStateException} for tensors that were released; nothing is written then. An
 * output may be one of the inputs, but must not overlap one otherwise.
 */
public final class Elementwise {
    /** The most elements of one kernel call: offsets of ints stay in range. */
    private static final int LONGEST_RUN = 1 << 28;

    private Elementwise() {}

    /** A kernel over one run of elements, as a constant: calls allocate nothing. */
    private interface Run {
        void over(
                ElementwiseKernel kernel, int n, double alpha,
                MemorySegment x, long xAt, MemorySegment y, long yAt, MemorySegment z, long zAt);
    }

    private static final Run ADD = (kernel, n, _, x, xAt, y, yAt, z, zAt) -> kernel.add(n, x, xAt, y, yAt, z, zAt);
    private static final Run MULTIPLY =
            (kernel, n, _, x, xAt, y, yAt, z, zAt) -> kernel.multiply(n, x, xAt, y, yAt, z, zAt);
    private static final Run MULTIPLY_ADD =
            (kernel, n, _, x, xAt, y, yAt, z, zAt) -> kernel.multiplyAdd(n, x, xAt, y, yAt, z, zAt);
    private static final Run AXPY = (kernel, n, alpha, x, xAt, _, _, z, zAt) -> kernel.axpy(n, alpha, x, xAt, z, zAt);
    private static final Run SCALE = (kernel, n, alpha, _, _, _, _, z, zAt) -> kernel.scale(n, alpha, z, zAt);

    /**
     * {@code z = x + y}.
     *
     * @param x {@code [m, n]}
     * @param y {@code [m, n]}
     * @param z {@code [m, n]}, written
     * @param pool threads to share the work
     */
    public static void add(Tensor x, Tensor y, Tensor z, WorkerPool pool) {
        run("Elementwise.add", ADD, 1, x, y, z, pool);
    }

    /**
     * {@code z = x y}, element by element.
     *
     * @param x {@code [m, n]}
     * @param y {@code [m, n]}
     * @param z {@code [m, n]}, written
     * @param pool threads to share the work
     */
    public static void multiply(Tensor x, Tensor y, Tensor z, WorkerPool pool) {
        run("Elementwise.multiply", MULTIPLY, 1, x, y, z, pool);
    }

    /**
     * {@code z += x y}, element by element.
     *
     * @param x {@code [m, n]}
     * @param y {@code [m, n]}
     * @param z {@code [m, n]}, added to
     * @param pool threads to share the work
     */
    public static void multiplyAdd(Tensor x, Tensor y, Tensor z, WorkerPool pool) {
        run("Elementwise.multiplyAdd", MULTIPLY_ADD, 1, x, y, z, pool);
    }

    /**
     * {@code y += alpha x}.
     *
     * @param alpha any number
     * @param x {@code [m, n]}
     * @param y {@code [m, n]}, added to
     * @param pool threads to share the work
     */
    public static void axpy(double alpha, Tensor x, Tensor y, WorkerPool pool) {
        run("Elementwise.axpy", AXPY, alpha, x, x, y, pool);
    }

    /**
     * {@code x *= alpha}.
     *
     * @param alpha any number
     * @param x {@code [m, n]}, changed
     * @param pool threads to share the work
     */
    public static void scale(double alpha, Tensor x, WorkerPool pool) {
        run("Elementwise.scale", SCALE, alpha, x, x, x, pool);
    }

    private static void run(String call, Run run, double alpha, Tensor x, Tensor y, Tensor z, WorkerPool pool) {
        Check.notNull(call, pool);
        ElementType type = Check.floating(call, x, y, z);
        boolean dense = x.isContiguous() && y.isContiguous() && z.isContiguous();
        if (x.rows() != z.rows() || x.columns() != z.columns() || y.rows() != z.rows() || y.columns() != z.columns()) {
            Check.sameMatrix(call, z, x);
            Check.sameMatrix(call, z, y);
        }
        Check.output(call, z);
        Check.enter(call, x, y, z);
        try {
            ElementwiseKernel kernel = Provider.kernels(type).elementwise();
            // Without gaps the matrix is one run, divided in units of a cache line; otherwise a unit is a row.
            long line = Workspace.ALIGNMENT / type.bytes();
            long units = dense ? (z.size() + line - 1) / line : z.rows();
            int parts = Partition.parts(pool, units, dense ? line : z.columns(), 1);
            if (parts == 1) {
                part(run, kernel, alpha, x, y, z, dense, 0, units);
            } else {
                pool.run(parts, part -> {
                    long from = units * part / parts;
                    long to = units * (part + 1) / parts;
                    part(run, kernel, alpha, x, y, z, dense, from, to);
                });
            }
        } finally {
            Check.exit(x, y, z);
        }
    }

    private static void part(
            Run run, ElementwiseKernel kernel, double alpha, Tensor x, Tensor y, Tensor z, boolean dense,
            long from, long to) {
        long bytes = z.type().bytes();
        if (!dense) {
            for (long r = from; r < to; r++) {
                run.over(
                        kernel, (int) z.columns(), alpha,
                        x.segment(), x.offset() + r * x.rowStride() * bytes,
                        y.segment(), y.offset() + r * y.rowStride() * bytes,
                        z.segment(), z.offset() + r * z.rowStride() * bytes);
            }
            return;
        }
        long line = Workspace.ALIGNMENT / bytes;
        long end = Math.min(to * line, z.size());
        for (long at = from * line; at < end; at += LONGEST_RUN) {
            int n = (int) Math.min(LONGEST_RUN, end - at);
            run.over(
                    kernel, n, alpha,
                    x.segment(), x.offset() + at * bytes,
                    y.segment(), y.offset() + at * bytes,
                    z.segment(), z.offset() + at * bytes);
        }
    }

    /**
     * Makes every row of a matrix the same.
     *
     * @param row {@code [n]}
     * @param y {@code [m, n]}, written
     * @param pool threads to share the work
     */
    public static void copyToRows(Tensor row, Tensor y, WorkerPool pool) {
        String call = "Elementwise.copyToRows";
        Check.notNull(call, pool);
        Check.floating(call, row, y);
        Check.matrix(call, row, 1, y.columns(), y);
        Check.output(call, y);
        Check.enter(call, row, y);
        try {
            int parts = Partition.parts(pool, y.rows(), y.columns(), 1);
            pool.run(parts, part -> {
                long rowBytes = y.columns() * y.type().bytes();
                int to = Partition.boundary(y.rows(), part + 1, parts);
                for (int r = Partition.boundary(y.rows(), part, parts); r < to; r++) {
                    long at = y.offset() + r * y.rowStride() * y.type().bytes();
                    MemorySegment.copy(row.segment(), row.offset(), y.segment(), at, rowBytes);
                }
            });
        } finally {
            Check.exit(row, y);
        }
    }

    /**
     * {@code y[j] += sum_r x[r, j]}: the gradient of a row that was added to every row.
     *
     * @param x {@code [m, n]}
     * @param y {@code [n]}, added to
     * @param pool threads to share the work
     */
    public static void addColumnSums(Tensor x, Tensor y, WorkerPool pool) {
        String call = "Elementwise.addColumnSums";
        Check.notNull(call, pool);
        ElementType type = Check.floating(call, x, y);
        Check.matrix(call, y, 1, x.columns(), x);
        Check.output(call, y);
        Check.enter(call, x, y);
        try {
            ElementwiseKernel kernel = Provider.kernels(type).elementwise();
            int parts = Partition.parts(pool, x.columns(), x.rows(), 1);
            pool.run(parts, part -> {
                int from = Partition.boundary(x.columns(), part, parts);
                int to = Partition.boundary(x.columns(), part + 1, parts);
                long at = from * type.bytes();
                kernel.addColumnSums(
                        (int) x.rows(), to - from, x.segment(), x.offset() + at, x.rowStride(),
                        y.segment(), y.offset() + at);
            });
        } finally {
            Check.exit(x, y);
        }
    }
}
