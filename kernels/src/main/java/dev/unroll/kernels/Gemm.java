package dev.unroll.kernels;

/**
 * Matrix products, {@code C = alpha op(A) op(B) + beta C}.
 *
 * <p>Every tensor counts as the matrix of its rows; A, B and C have one floating type. With {@code beta == 0} C is
 * overwritten and never read, so that it may hold anything; with {@code alpha == 0} A and B are not read. An element of
 * C has the same bits whatever the number of threads, and whatever rows and columns are computed along with it.
 *
 * <p>All methods throw {@link IllegalArgumentException} for null, for types or shapes that do not fit, for more than
 * {@link #MAX_SIZE} rows or columns, for a C that is read-only or shares memory with an operand, and
 * {@link IllegalStateException} for tensors that were released; nothing is written then.
 */
public final class Gemm {
    /** The most rows or columns of an operand: 2^31 - 128. */
    public static final int MAX_SIZE = Integer.MAX_VALUE - 127;

    private Gemm() {}

    /**
     * {@code C = alpha A B + beta C}.
     *
     * @param alpha factor of the product
     * @param a {@code [m, k]}
     * @param b {@code [k, n]}
     * @param beta factor of what C held; 0 overwrites
     * @param c {@code [m, n]}, written
     * @param pool threads to share the work
     */
    public static void nn(double alpha, Tensor a, Tensor b, double beta, Tensor c, WorkerPool pool) {
        multiply(GemmCall.Form.NN, alpha, a, b, beta, c, pool);
    }

    /**
     * {@code C = alpha A B^T + beta C}.
     *
     * @param alpha factor of the product
     * @param a {@code [m, k]}
     * @param b {@code [n, k]}
     * @param beta factor of what C held; 0 overwrites
     * @param c {@code [m, n]}, written
     * @param pool threads to share the work
     */
    public static void nt(double alpha, Tensor a, Tensor b, double beta, Tensor c, WorkerPool pool) {
        multiply(GemmCall.Form.NT, alpha, a, b, beta, c, pool);
    }

    /**
     * {@code C = alpha A^T B + beta C}.
     *
     * @param alpha factor of the product
     * @param a {@code [k, m]}
     * @param b {@code [k, n]}
     * @param beta factor of what C held; 0 overwrites
     * @param c {@code [m, n]}, written
     * @param pool threads to share the work
     */
    public static void tn(double alpha, Tensor a, Tensor b, double beta, Tensor c, WorkerPool pool) {
        multiply(GemmCall.Form.TN, alpha, a, b, beta, c, pool);
    }

    /**
     * {@code C = alpha A B + beta C} with a B that was packed beforehand; the same bits as without.
     *
     * @param alpha factor of the product
     * @param a {@code [m, k]}
     * @param b {@code [k, n]}, packed
     * @param beta factor of what C held; 0 overwrites
     * @param c {@code [m, n]}, written
     * @param pool threads to share the work
     */
    public static void packed(double alpha, Tensor a, PackedMatrix b, double beta, Tensor c, WorkerPool pool) {
        GemmCall.Form form = GemmCall.Form.PACKED;
        check(form.call, a, b, c, pool);
        checkType(form.call, a, b, b.type());
        checkFit(form.call, a, b, "rows", a.columns(), b.rows());
        checkResult(form.call, a, b, c, a.rows(), b.columns());
        run(form, alpha, a, b.storage(form.call), beta, c, b.rows(), pool);
    }

    private static void multiply(
            GemmCall.Form form, double alpha, Tensor a, Tensor b, double beta, Tensor c, WorkerPool pool) {
        check(form.call, a, b, c, pool);
        checkType(form.call, a, b, b.type());
        long depth = form.transposeA ? a.rows() : a.columns();
        if (form.transposeB) {
            checkFit(form.call, a, b, "columns", depth, b.columns());
        } else {
            checkFit(form.call, a, b, "rows", depth, b.rows());
        }
        checkSize(form.call, a, depth);
        long rows = form.transposeA ? a.columns() : a.rows();
        checkResult(form.call, a, b, c, rows, form.transposeB ? b.rows() : b.columns());
        Overlap.check(form.call, c, b);
        run(form, alpha, a, b, beta, c, (int) depth, pool);
    }

    private static void run(
            GemmCall.Form form, double alpha, Tensor a, Tensor b, double beta, Tensor c, int depth, WorkerPool pool) {
        WorkerPool threads = Entry.enter(form.call, pool, a, b, c);
        try {
            GemmCall.ofThread().run(form, alpha, a, b, beta, c, depth, threads);
        } finally {
            Entry.exit(a, b, c);
        }
    }

    private static void check(String call, Tensor a, Object b, Tensor c, WorkerPool pool) {
        if (a == null || b == null || c == null || pool == null) {
            String missing = a == null ? "a" : b == null ? "b" : c == null ? "c" : "pool";
            throw new IllegalArgumentException(call + ": " + missing + " is null");
        }
        if (!a.type().isFloating()) {
            throw new IllegalArgumentException(call + ": " + a + " is not floating point; use F32 or F64");
        }
    }

    private static void checkType(String call, Tensor a, Object other, ElementType type) {
        if (type != a.type()) {
            throw new IllegalArgumentException(call + ": " + a + " and " + other + " must have one element type");
        }
    }

    private static void checkFit(String call, Tensor a, Object b, String rowsOrColumns, long depthOfA, long depthOfB) {
        if (depthOfA != depthOfB) {
            throw new IllegalArgumentException(
                    call + ": b " + b + " does not fit a " + a + "; expected " + depthOfA + " " + rowsOrColumns);
        }
    }

    private static void checkResult(String call, Tensor a, Object b, Tensor c, long rows, long columns) {
        checkType(call, a, c, c.type());
        if (c.rows() != rows || c.columns() != columns) {
            throw new IllegalArgumentException(
                    call + ": c " + c + " does not fit the product of " + a + " and " + b + "; expected [" + rows + ", "
                            + columns + "]");
        }
        checkSize(call, c, Math.max(rows, columns));
        Check.writable(call, "c", c);
        Overlap.check(call, c, a);
    }

    private static void checkSize(String call, Tensor tensor, long size) {
        if (size > MAX_SIZE) {
            throw new IllegalArgumentException(call + ": " + tensor + " has more rows or columns than " + MAX_SIZE
                    + "; multiply parts of it");
        }
    }
}
