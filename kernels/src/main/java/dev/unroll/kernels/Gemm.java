package dev.unroll.kernels;

import java.util.List;

/**
 * Matrix products, {@code C = alpha op(A) op(B) + beta C}.
 *
 * <pre>{@code
 * try (Workspace workspace = new Workspace("example")) {
 *     Tensor a = workspace.zeros(ElementType.F32, 32, 256);
 *     Tensor b = workspace.zeros(ElementType.F32, 256, 1024);
 *     Tensor c = workspace.allocate(ElementType.F32, 32, 1024);
 *     Gemm.nn(1, a, b, 0, c, WorkerPool.common()); // C = A B
 * }
 * }</pre>
 *
 * <p>A, B and C have one floating type. With {@code beta == 0} C is overwritten and never read, so its contents may be
 * undefined; with {@code alpha == 0} A and B are not read. An element of C has the same bits whatever the number of
 * threads, and whatever other rows and columns are computed with it.
 *
 * <p>All methods also throw {@link IllegalArgumentException} for more than {@link #MAX_SIZE} rows or columns.
 */
public final class Gemm {
    /** The maximum number of rows or columns of an operand: 2^31 - 128. */
    public static final int MAX_SIZE = Integer.MAX_VALUE - 127;

    private Gemm() {}

    /**
     * {@code C = alpha A B + beta C}.
     *
     * @param alpha factor of the product; if 0, A and B are not read
     * @param a {@code [m, k]}
     * @param b {@code [k, n]}
     * @param beta factor of the old C; if 0, C is only written
     * @param c {@code [m, n]}, updated
     * @param pool threads to share the work
     */
    public static void nn(double alpha, Tensor a, Tensor b, double beta, Tensor c, WorkerPool pool) {
        multiply(GemmCall.Form.NN, alpha, a, b, beta, c, Epilogue.NONE, pool);
    }

    /**
     * {@code C = f(alpha A B + beta C + bias)}.
     *
     * @param alpha factor of the product; if 0, A and B are not read
     * @param a {@code [m, k]}
     * @param b {@code [k, n]}
     * @param beta factor of the old C; if 0, C is only written
     * @param c {@code [m, n]}, updated
     * @param epilogue the bias, {@code [n]}, and the nonlinearity
     * @param pool threads to share the work
     */
    public static void nn(
            double alpha, Tensor a, Tensor b, double beta, Tensor c, Epilogue epilogue, WorkerPool pool) {
        multiply(GemmCall.Form.NN, alpha, a, b, beta, c, epilogue, pool);
    }

    /**
     * {@code C = alpha A B^T + beta C}.
     *
     * @param alpha factor of the product; if 0, A and B are not read
     * @param a {@code [m, k]}
     * @param b {@code [n, k]}
     * @param beta factor of the old C; if 0, C is only written
     * @param c {@code [m, n]}, updated
     * @param pool threads to share the work
     */
    public static void nt(double alpha, Tensor a, Tensor b, double beta, Tensor c, WorkerPool pool) {
        multiply(GemmCall.Form.NT, alpha, a, b, beta, c, Epilogue.NONE, pool);
    }

    /**
     * {@code C = alpha A^T B + beta C}.
     *
     * @param alpha factor of the product; if 0, A and B are not read
     * @param a {@code [k, m]}
     * @param b {@code [k, n]}
     * @param beta factor of the old C; if 0, C is only written
     * @param c {@code [m, n]}, updated
     * @param pool threads to share the work
     */
    public static void tn(double alpha, Tensor a, Tensor b, double beta, Tensor c, WorkerPool pool) {
        multiply(GemmCall.Form.TN, alpha, a, b, beta, c, Epilogue.NONE, pool);
    }

    /**
     * {@code C = alpha A^T B^T + beta C}.
     *
     * @param alpha factor of the product; if 0, A and B are not read
     * @param a {@code [k, m]}
     * @param b {@code [n, k]}
     * @param beta factor of the old C; if 0, C is only written
     * @param c {@code [m, n]}, updated
     * @param pool threads to share the work
     */
    public static void tt(double alpha, Tensor a, Tensor b, double beta, Tensor c, WorkerPool pool) {
        multiply(GemmCall.Form.TT, alpha, a, b, beta, c, Epilogue.NONE, pool);
    }

    /**
     * {@code C = alpha sum_t A_t^T B_t + beta C} as one product: the bits are those of {@link #tn(double, Tensor,
     * Tensor, double, Tensor, WorkerPool) tn} over all A_t stacked and all B_t stacked. The matrices of a list may lie
     * anywhere in memory and have any numbers of rows.
     *
     * @param alpha factor of the sum
     * @param a {@code [k_t, m]} each
     * @param b {@code [k_t, n]} each, as many
     * @param beta factor of the old C; if 0, C is only written
     * @param c {@code [m, n]}, updated
     * @param pool threads to share the work
     */
    public static void tn(double alpha, List<Tensor> a, List<Tensor> b, double beta, Tensor c, WorkerPool pool) {
        GemmCheck.sum("Gemm.tn", a, b, c, pool);
        WorkerPool threads = Operands.enter("Gemm.tn", pool, a, b, c);
        try {
            GemmCall call = GemmCall.of(GemmCall.Form.TN, false, alpha, beta, c, Epilogue.NONE);
            for (int t = 0; t < a.size(); t++) {
                call.add(a.get(t), b.get(t), a.get(t).rows());
            }
            call.run(threads);
        } finally {
            Operands.exit(a, b, c);
        }
    }

    /**
     * {@code C = alpha A B + beta C} with a packed B; the same bits as with the matrix itself, or with its elements rounded
     * if it is packed as {@linkplain PackedMatrix#bfloat16 bfloat16}.
     *
     * @param alpha factor of the product; if 0, A and B are not read
     * @param a {@code [m, k]}
     * @param b {@code [k, n]}, packed
     * @param beta factor of the old C; if 0, C is only written
     * @param c {@code [m, n]}, updated
     * @param pool threads to share the work
     */
    public static void packed(double alpha, Tensor a, PackedMatrix b, double beta, Tensor c, WorkerPool pool) {
        packed(alpha, a, b, beta, c, Epilogue.NONE, pool);
    }

    /**
     * {@code C = f(alpha A B + beta C + bias)} with a packed B; the same bits as with the matrix itself, or with its
     * elements rounded if it is packed as {@linkplain PackedMatrix#bfloat16 bfloat16}.
     *
     * @param alpha factor of the product; if 0, A and B are not read
     * @param a {@code [m, k]}
     * @param b {@code [k, n]}, packed
     * @param beta factor of the old C; if 0, C is only written
     * @param c {@code [m, n]}, updated
     * @param epilogue the bias, {@code [n]}, and the nonlinearity
     * @param pool threads to share the work
     */
    public static void packed(
            double alpha, Tensor a, PackedMatrix b, double beta, Tensor c, Epilogue epilogue, WorkerPool pool) {
        GemmCall.Form form = GemmCall.Form.PACKED;
        GemmCheck.packed(form.call, a, b, c, epilogue, pool);
        Tensor packed = b.storage(form.call);
        if (GemmCall.streams(b.isBfloat16(), alpha, a, packed, b.rows(), beta, c, epilogue, pool)) {
            return;
        }
        run(form, b.isBfloat16(), alpha, a, packed, b.rows(), beta, c, epilogue, pool);
    }

    private static void multiply(
            GemmCall.Form form, double alpha, Tensor a, Tensor b, double beta, Tensor c,
            Epilogue epilogue, WorkerPool pool) {
        GemmCheck.product(form, a, b, c, epilogue, pool);
        run(form, false, alpha, a, b, form.transposeA ? a.rows() : a.columns(), beta, c, epilogue, pool);
    }

    private static void run(
            GemmCall.Form form, boolean isHalved, double alpha, Tensor a, Tensor b, long depth, double beta, Tensor c,
            Epilogue epilogue, WorkerPool pool) {
        Tensor row = epilogue.bias() == null ? c : epilogue.bias(); // entering C twice does no harm
        WorkerPool threads = Operands.enter(form.call, pool, a, b, c, row);
        try {
            GemmCall call = GemmCall.of(form, isHalved, alpha, beta, c, epilogue);
            call.add(a, b, depth);
            call.run(threads);
        } finally {
            Operands.exit(a, b, c, row);
        }
    }
}
