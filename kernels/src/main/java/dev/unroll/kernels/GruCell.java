package dev.unroll.kernels;

import dev.unroll.kernels.provider.GruKernel;
import dev.unroll.kernels.provider.Provider;

/**
 * The fused pass of a GRU step after its matrix products (Cho et al. 2014), with the reset gate after the product as in
 * cuDNN and PyTorch. A row of gates holds the blocks {@code r z n}, each as wide as the state.
 *
 * <p>Both methods throw {@link IllegalArgumentException} for null, for types or shapes that do not fit and for an output
 * in read-only memory, and {@link IllegalStateException} for tensors that were released; nothing is written then.
 */
public final class GruCell {
    private static final int COST_FORWARD = 30;
    private static final int COST_BACKWARD = 8;

    private GruCell() {}

    /**
     * One step: {@code r, z = sigmoid(p + gates)}, {@code q = gates_n + bias}, {@code n = tanh(p_n + r q)},
     * {@code h' = (1 - z) n + z h}.
     *
     * @param p {@code [b, 3n]}, the input's part with its bias
     * @param gates {@code [b, 3n]}, holds the state's part {@code h W} and becomes the activated gates
     * @param bias {@code [n]}, of the candidate, inside the reset
     * @param h {@code [b, n]}, the state before
     * @param q {@code [b, n]}, written, for {@link #backward}
     * @param nextH {@code [b, n]}, written: the state after
     * @param pool threads to share the work
     */
    public static void forward(
            Tensor p, Tensor gates, Tensor bias, Tensor h, Tensor q, Tensor nextH, WorkerPool pool) {
        String call = "GruCell.forward";
        Check.notNull(call, pool);
        ElementType type = Check.floating(call, h, p, gates, bias, q, nextH);
        Check.matrix(call, p, h.rows(), 3 * h.columns(), h);
        Check.matrix(call, gates, h.rows(), 3 * h.columns(), h);
        Check.matrix(call, bias, 1, h.columns(), h);
        for (Tensor output : new Tensor[] {q, nextH}) {
            Check.sameMatrix(call, h, output);
            Check.output(call, output);
        }
        Check.output(call, gates);
        Check.enter(call, p, gates, bias, h, q, nextH);
        try {
            GruKernel kernel = Provider.kernels(type).gru();
            int parts = Partition.parts(pool, h.rows(), h.columns(), COST_FORWARD);
            pool.run(parts, part -> {
                int from = Partition.boundary(h.rows(), part, parts);
                int rows = Partition.boundary(h.rows(), part + 1, parts) - from;
                kernel.forward(
                        rows, (int) h.columns(),
                        p.segment(), p.rowOffset(from), p.rowStride(),
                        gates.segment(), gates.rowOffset(from), gates.rowStride(),
                        bias.segment(), bias.offset(),
                        h.segment(), h.rowOffset(from), h.rowStride(),
                        q.segment(), q.rowOffset(from), q.rowStride(),
                        nextH.segment(), nextH.rowOffset(from), nextH.rowStride());
            });
        } finally {
            Check.exit(p, gates, bias, h, q, nextH);
        }
    }

    /**
     * The gradients of one step. Deltas below 1e-30 in size become 0.
     *
     * @param gates {@code [b, 3n]}, what {@link #forward} made of them
     * @param h {@code [b, n]}, the state before
     * @param q {@code [b, n]}, what forward gave
     * @param dNextH {@code [b, n]}, gradient of the state after
     * @param delta {@code [b, 3n]}, written: the gradient of p
     * @param recurrent {@code [b, 3n]}, written: the gradient of {@code h W}, its last block also that of the bias's rows
     * @param dh {@code [b, n]}, added to: the part of h's gradient that does not pass through W
     * @param pool threads to share the work
     */
    public static void backward(
            Tensor gates, Tensor h, Tensor q, Tensor dNextH, Tensor delta, Tensor recurrent, Tensor dh,
            WorkerPool pool) {
        String call = "GruCell.backward";
        Check.notNull(call, pool);
        ElementType type = Check.floating(call, h, gates, q, dNextH, delta, recurrent, dh);
        for (Tensor wide : new Tensor[] {gates, delta, recurrent}) {
            Check.matrix(call, wide, h.rows(), 3 * h.columns(), h);
        }
        for (Tensor same : new Tensor[] {q, dNextH, dh}) {
            Check.sameMatrix(call, h, same);
        }
        for (Tensor output : new Tensor[] {delta, recurrent, dh}) {
            Check.output(call, output);
        }
        Check.enter(call, gates, h, q, dNextH, delta, recurrent, dh);
        try {
            GruKernel kernel = Provider.kernels(type).gru();
            int parts = Partition.parts(pool, h.rows(), h.columns(), COST_BACKWARD);
            pool.run(parts, part -> {
                int from = Partition.boundary(h.rows(), part, parts);
                int rows = Partition.boundary(h.rows(), part + 1, parts) - from;
                kernel.backward(
                        rows, (int) h.columns(),
                        gates.segment(), gates.rowOffset(from), gates.rowStride(),
                        h.segment(), h.rowOffset(from), h.rowStride(),
                        q.segment(), q.rowOffset(from), q.rowStride(),
                        dNextH.segment(), dNextH.rowOffset(from), dNextH.rowStride(),
                        delta.segment(), delta.rowOffset(from), delta.rowStride(),
                        recurrent.segment(), recurrent.rowOffset(from), recurrent.rowStride(),
                        dh.segment(), dh.rowOffset(from), dh.rowStride());
            });
        } finally {
            Check.exit(gates, h, q, dNextH, delta, recurrent, dh);
        }
    }
}
