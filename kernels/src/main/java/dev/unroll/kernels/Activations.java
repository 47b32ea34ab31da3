package dev.unroll.kernels;

import dev.unroll.kernels.provider.ActivationKernel;
import dev.unroll.kernels.provider.Provider;

/**
 * Element-wise nonlinearities and their gradients. Tensors count as the matrices of their rows; all of one call have one
 * floating type.
 *
 * <p>Both methods throw {@link IllegalArgumentException} for null, for types or shapes that do not fit and for an output
 * in read-only memory, and {@link IllegalStateException} for tensors that were released; nothing is written then.
 */
public final class Activations {
    /** What an element costs, in additions. */
    private static final int COST_FORWARD = 8;

    private static final int COST_BACKWARD = 2;

    private Activations() {}

    /**
     * {@code y = f(x)}.
     *
     * @param f the nonlinearity
     * @param x {@code [m, n]}
     * @param y {@code [m, n]}, written; may be x itself
     * @param pool threads to share the work
     */
    public static void forward(Activation f, Tensor x, Tensor y, WorkerPool pool) {
        String call = "Activations.forward";
        Check.notNull(call, f);
        Check.notNull(call, pool);
        ElementType type = Check.floating(call, x, y);
        Check.sameMatrix(call, x, y);
        Check.output(call, y);
        Check.enter(call, x, y);
        try {
            ActivationKernel kernel = Provider.kernels(type).activation();
            int parts = Partition.parts(pool, y.rows(), y.columns(), COST_FORWARD);
            pool.run(parts, part -> {
                int to = Partition.boundary(y.rows(), part + 1, parts);
                for (int r = Partition.boundary(y.rows(), part, parts); r < to; r++) {
                    kernel.forward(f, (int) y.columns(), x.segment(), x.rowOffset(r), y.segment(), y.rowOffset(r));
                }
            });
        } finally {
            Check.exit(x, y);
        }
    }

    /**
     * {@code dx += dy f'(x)}, with the derivative taken from {@code y = f(x)}.
     *
     * @param f the nonlinearity
     * @param y {@code [m, n]}, what {@link #forward} gave
     * @param dy {@code [m, n]}
     * @param dx {@code [m, n]}, added to
     * @param pool threads to share the work
     */
    public static void backward(Activation f, Tensor y, Tensor dy, Tensor dx, WorkerPool pool) {
        String call = "Activations.backward";
        Check.notNull(call, f);
        Check.notNull(call, pool);
        ElementType type = Check.floating(call, y, dy, dx);
        Check.sameMatrix(call, y, dy);
        Check.sameMatrix(call, y, dx);
        Check.output(call, dx);
        Check.enter(call, y, dy, dx);
        try {
            ActivationKernel kernel = Provider.kernels(type).activation();
            int parts = Partition.parts(pool, y.rows(), y.columns(), COST_BACKWARD);
            pool.run(parts, part -> {
                int to = Partition.boundary(y.rows(), part + 1, parts);
                for (int r = Partition.boundary(y.rows(), part, parts); r < to; r++) {
                    kernel.backward(
                            f, (int) y.columns(), y.segment(), y.rowOffset(r), dy.segment(), dy.rowOffset(r),
                            dx.segment(), dx.rowOffset(r));
                }
            });
        } finally {
            Check.exit(y, dy, dx);
        }
    }
}
