package dev.unroll.kernels;

/** Element-wise nonlinearities and their gradients. */
public final class Activations {
    private static final Runs.Kernel FORWARD =
            (kernels, f, _, n, x, xAt, _, _, z, zAt) -> kernels.activation().forward(f, n, x, xAt, z, zAt);
    private static final Runs.Kernel BACKWARD =
            (kernels, f, _, n, x, xAt, y, yAt, z, zAt) -> kernels.activation().backward(f, n, x, xAt, y, yAt, z, zAt);

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
        Checks.notNull(call, "f", f);
        Checks.notNull(call, "pool", pool);
        Checks.floating(call, "x", x);
        Checks.output(call, "y", y, x.rows(), x.columns(), x);
        Overlap.checkUnlessSame(call, y, x);
        Runs.over(call, FORWARD, Partition.ACTIVATION, f, 1, x, x, y, pool);
    }

    /**
     * {@code dx += dy f'(x)}, with the derivative computed from {@code y = f(x)}.
     *
     * @param f the nonlinearity
     * @param y {@code [m, n]}, the output of {@link #forward}
     * @param dy {@code [m, n]}
     * @param dx {@code [m, n]}, added to
     * @param pool threads to share the work
     */
    public static void backward(Activation f, Tensor y, Tensor dy, Tensor dx, WorkerPool pool) {
        String call = "Activations.backward";
        Checks.notNull(call, "f", f);
        Checks.notNull(call, "pool", pool);
        Checks.floating(call, "y", y);
        Checks.input(call, "dy", dy, y.rows(), y.columns(), y);
        Checks.output(call, "dx", dx, y.rows(), y.columns(), y);
        Overlap.check(call, dx, y, dy);
        Runs.over(call, BACKWARD, Partition.ACTIVATION_BACKWARD, f, 1, y, dy, dx, pool);
    }
}
