package dev.unroll.kernels;

import dev.unroll.kernels.provider.GruKernel;
import dev.unroll.kernels.provider.Provider;

/**
 * The fused element-wise pass of a GRU step after its matrix products (Cho et al. 2014), with the reset gate applied
 * after the product as in cuDNN and PyTorch. A row of gates holds the blocks {@code r z n}, each n wide.
 */
public final class GruCell {
    private static final CellCall.Work FORWARD = (t, _, part, parts) -> forward(
            gru(t[3]), t[0], t[1], t[2], t[3], t[4], t[5], part, parts);
    private static final CellCall.Work BACKWARD = (t, _, part, parts) -> backward(
            gru(t[1]), t[0], t[1], t[2], t[3], t[4], t[5], t[6], part, parts);

    private GruCell() {}

    private static GruKernel gru(Tensor operand) {
        return Provider.kernels(operand.type()).gru();
    }

    /**
     * One step: {@code r, z = sigmoid(p + gates)}, {@code q = gates_n + bias}, {@code n = tanh(p_n + r q)},
     * {@code h' = (1 - z) n + z h}.
     *
     * @param p {@code [b, 3n]}, the input's contribution, with its bias
     * @param gates {@code [b, 3n]}, on entry the state's contribution {@code h W}, on return the activated gates
     * @param bias {@code [n]}, the bias of the candidate, inside the reset
     * @param h {@code [b, n]}, the state before
     * @param q {@code [b, n]}, written, for {@link #backward}
     * @param nextH {@code [b, n]}, written: the state after
     * @param pool threads to share the work, each some rows
     */
    public static void forward(
            Tensor p, Tensor gates, Tensor bias, Tensor h, Tensor q, Tensor nextH, WorkerPool pool) {
        String call = "GruCell.forward";
        Checks.notNull(call, "pool", pool);
        Checks.floatingMatrix(call, "h", h);
        Checks.input(call, "p", p, h.rows(), 3 * h.columns(), h);
        Checks.output(call, "gates", gates, h.rows(), 3 * h.columns(), h);
        Checks.input(call, "bias", bias, 1, h.columns(), h);
        Checks.output(call, "q", q, h.rows(), h.columns(), h);
        Checks.output(call, "nextH", nextH, h.rows(), h.columns(), h);
        Overlap.check(call, gates, p, bias, h);
        Overlap.check(call, q, p, bias, h, gates);
        Overlap.check(call, nextH, p, bias, h, gates, q);
        if (CellCall.streams(call, pool, FORWARD, null, p, gates, bias, h, q, nextH, null)) {
            return;
        }
        WorkerPool threads = Operands.enter(call, pool, p, gates, bias, h, q, nextH);
        try {
            GruKernel kernel = gru(h);
            int parts = Partition.parts(threads, h.rows(), 1, h.size(), Partition.GRU);
            if (parts == 1) {
                forward(kernel, p, gates, bias, h, q, nextH, 0, 1);
            } else {
                CellCall.run(threads, parts, FORWARD, null, p, gates, bias, h, q, nextH, null);
            }
        } finally {
            Operands.exit(p, gates, bias, h, q, nextH);
        }
    }

    private static void forward(
            GruKernel kernel, Tensor p, Tensor gates, Tensor bias, Tensor h, Tensor q, Tensor nextH,
            int part, int parts) {
        int from = Partition.row(h, part, parts);
        int rows = Partition.row(h, part + 1, parts) - from;
        kernel.forward(
                rows, (int) h.columns(),
                p.segment(), p.rowOffset(from), p.rowStride(),
                gates.segment(), gates.rowOffset(from), gates.rowStride(),
                bias.segment(), bias.offset(),
                h.segment(), h.rowOffset(from), h.rowStride(),
                q.segment(), q.rowOffset(from), q.rowStride(),
                nextH.segment(), nextH.rowOffset(from), nextH.rowStride());
    }

    /**
     * Computes the gradients of one step. Deltas of magnitude below 1e-30 become 0.
     *
     * @param gates {@code [b, 3n]}, activated by {@link #forward}
     * @param h {@code [b, n]}, the state before
     * @param q {@code [b, n]}, the output of forward
     * @param dNextH {@code [b, n]}, gradient of the state after
     * @param delta {@code [b, 3n]}, written: the gradient of p
     * @param recurrent {@code [b, 3n]}, written: the gradient of {@code h W}; the column sums of its last block
     *     are the gradient of the bias
     * @param dh {@code [b, n]}, added to: the part of h's gradient that does not pass through W
     * @param pool threads to share the work, each some rows
     */
    public static void backward(
            Tensor gates, Tensor h, Tensor q, Tensor dNextH, Tensor delta, Tensor recurrent, Tensor dh,
            WorkerPool pool) {
        String call = "GruCell.backward";
        Checks.notNull(call, "pool", pool);
        Checks.floatingMatrix(call, "h", h);
        Checks.input(call, "gates", gates, h.rows(), 3 * h.columns(), h);
        Checks.input(call, "q", q, h.rows(), h.columns(), h);
        Checks.input(call, "dNextH", dNextH, h.rows(), h.columns(), h);
        Checks.output(call, "delta", delta, h.rows(), 3 * h.columns(), h);
        Checks.output(call, "recurrent", recurrent, h.rows(), 3 * h.columns(), h);
        Checks.output(call, "dh", dh, h.rows(), h.columns(), h);
        Overlap.check(call, delta, gates, h, q, dNextH);
        Overlap.check(call, recurrent, gates, h, q, dNextH, delta);
        Overlap.check(call, dh, gates, h, q, dNextH);
        Overlap.check(call, dh, delta, recurrent);
        if (CellCall.streams(call, pool, BACKWARD, null, gates, h, q, dNextH, delta, recurrent, dh)) {
            return;
        }
        WorkerPool threads = Operands.enter(call, pool, gates, h, q, dNextH, delta, recurrent, dh);
        try {
            GruKernel kernel = gru(h);
            int parts = Partition.parts(threads, h.rows(), 1, h.size(), Partition.GRU_BACKWARD);
            if (parts == 1) {
                backward(kernel, gates, h, q, dNextH, delta, recurrent, dh, 0, 1);
            } else {
                CellCall.run(threads, parts, BACKWARD, null, gates, h, q, dNextH, delta, recurrent, dh);
            }
        } finally {
            Operands.exit(gates, h, q, dNextH, delta, recurrent, dh);
        }
    }

    private static void backward(
            GruKernel kernel, Tensor gates, Tensor h, Tensor q, Tensor dNextH, Tensor delta, Tensor recurrent,
            Tensor dh, int part, int parts) {
        int from = Partition.row(h, part, parts);
        int rows = Partition.row(h, part + 1, parts) - from;
        kernel.backward(
                rows, (int) h.columns(),
                gates.segment(), gates.rowOffset(from), gates.rowStride(),
                h.segment(), h.rowOffset(from), h.rowStride(),
                q.segment(), q.rowOffset(from), q.rowStride(),
                dNextH.segment(), dNextH.rowOffset(from), dNextH.rowStride(),
                delta.segment(), delta.rowOffset(from), delta.rowStride(),
                recurrent.segment(), recurrent.rowOffset(from), recurrent.rowStride(),
                dh.segment(), dh.rowOffset(from), dh.rowStride());
    }
}
