package dev.unroll.kernels;

import dev.unroll.kernels.provider.Provider;
import dev.unroll.kernels.provider.RnnKernel;

/**
 * The fused pass of a simple recurrent step after its matrix product (Elman 1990).
 *
 * <p>Both methods throw {@link IllegalArgumentException} for null, for types or shapes that do not fit and for an output
 * in read-only memory, and {@link IllegalStateException} for tensors that were released; nothing is written then.
 */
public final class RnnCell {
    private static final int COST_FORWARD = 8;
    private static final int COST_BACKWARD = 2;

    private RnnCell() {}

    /**
     * {@code h = f(p + h)}.
     *
     * @param f the nonlinearity
     * @param p {@code [b, n]}, the input's part with the bias
     * @param h {@code [b, n]}, holds the state's part {@code h_{t-1} W} and becomes {@code h_t}
     * @param pool threads to share the work
     */
    public static void forward(Activation f, Tensor p, Tensor h, WorkerPool pool) {
        String call = "RnnCell.forward";
        Check.notNull(call, f);
        Check.notNull(call, pool);
        ElementType type = Check.floating(call, p, h);
        Check.sameMatrix(call, h, p);
        Check.output(call, h);
        Check.enter(call, p, h);
        try {
            RnnKernel kernel = Provider.kernels(type).rnn();
            int parts = Partition.parts(pool, h.rows(), h.columns(), COST_FORWARD);
            pool.run(parts, part -> {
                int from = Partition.boundary(h.rows(), part, parts);
                int rows = Partition.boundary(h.rows(), part + 1, parts) - from;
                kernel.forward(
                        f, rows, (int) h.columns(),
                        p.segment(), p.rowOffset(from), p.rowStride(),
                        h.segment(), h.rowOffset(from), h.rowStride());
            });
        } finally {
            Check.exit(p, h);
        }
    }

    /**
     * {@code delta = dh f'}: the gradient of {@code p} and of {@code h_{t-1} W}. Deltas below 1e-30 in size become 0.
     *
     * @param f the nonlinearity
     * @param h {@code [b, n]}, what {@link #forward} gave
     * @param dh {@code [b, n]}, its gradient
     * @param delta {@code [b, n]}, written
     * @param pool threads to share the work
     */
    public static void backward(Activation f, Tensor h, Tensor dh, Tensor delta, WorkerPool pool) {
        String call = "RnnCell.backward";
        Check.notNull(call, f);
        Check.notNull(call, pool);
        ElementType type = Check.floating(call, h, dh, delta);
        Check.sameMatrix(call, h, dh);
        Check.sameMatrix(call, h, delta);
        Check.output(call, delta);
        Check.enter(call, h, dh, delta);
        try {
            RnnKernel kernel = Provider.kernels(type).rnn();
            int parts = Partition.parts(pool, h.rows(), h.columns(), COST_BACKWARD);
            pool.run(parts, part -> {
                int from = Partition.boundary(h.rows(), part, parts);
                int rows = Partition.boundary(h.rows(), part + 1, parts) - from;
                kernel.backward(
                        f, rows, (int) h.columns(),
                        h.segment(), h.rowOffset(from), h.rowStride(),
                        dh.segment(), dh.rowOffset(from), dh.rowStride(),
                        delta.segment(), delta.rowOffset(from), delta.rowStride());
            });
        } finally {
            Check.exit(h, dh, delta);
        }
    }
}
