package dev.unroll.kernels;

import dev.unroll.kernels.provider.LstmKernel;
import dev.unroll.kernels.provider.Provider;

/**
 * The fused element-wise pass of an LSTM step after its matrix products (Hochreiter and Schmidhuber 1997, with the
 * forget gate of Gers et al. 2000). A row of gates holds the blocks {@code i f g o}, each n wide, as in PyTorch.
 */
public final class LstmCell {
    private static final CellCall.Work FORWARD = (t, _, part, parts) -> forward(
            lstm(t[2]), t[0], t[1], t[2], t[3], t[4], t[5], part, parts);
    private static final CellCall.Work BACKWARD = (t, _, part, parts) -> backward(
            lstm(t[1]), t[0], t[1], t[2], t[3], t[4], t[5], t[6], part, parts);

    private LstmCell() {}

    private static LstmKernel lstm(Tensor operand) {
        return Provider.kernels(operand.type()).lstm();
    }

    /**
     * One step: {@code i, f, o = sigmoid} and {@code g = tanh} of {@code p + gates}; then {@code c' = f c + i g} and
     * {@code h' = o tanh c'}.
     *
     * @param p {@code [b, 4n]}, the input's contribution, with its bias
     * @param gates {@code [b, 4n]}, on entry the state's contribution {@code h W}, on return the activated gates
     * @param c {@code [b, n]}, the cell state before
     * @param nextC {@code [b, n]}, written: the cell state after
     * @param tanhC {@code [b, n]}, written: its tanh, for {@link #backward}
     * @param nextH {@code [b, n]}, written: the hidden state after
     * @param pool threads to share the work, each some rows
     */
    public static void forward(
            Tensor p, Tensor gates, Tensor c, Tensor nextC, Tensor tanhC, Tensor nextH, WorkerPool pool) {
        String call = "LstmCell.forward";
        Checks.notNull(call, "pool", pool);
        Checks.floatingMatrix(call, "c", c);
        Checks.input(call, "p", p, c.rows(), 4 * c.columns(), c);
        Checks.output(call, "gates", gates, c.rows(), 4 * c.columns(), c);
        Checks.output(call, "nextC", nextC, c.rows(), c.columns(), c);
        Checks.output(call, "tanhC", tanhC, c.rows(), c.columns(), c);
        Checks.output(call, "nextH", nextH, c.rows(), c.columns(), c);
        Overlap.check(call, gates, p, c);
        Overlap.check(call, nextC, p, c, gates);
        Overlap.check(call, tanhC, p, c, gates, nextC);
        Overlap.check(call, nextH, p, c, gates, nextC, tanhC);
        if (CellCall.streams(call, pool, FORWARD, null, p, gates, c, nextC, tanhC, nextH, null)) {
            return;
        }
        WorkerPool threads = Operands.enter(call, pool, p, gates, c, nextC, tanhC, nextH);
        try {
            LstmKernel kernel = lstm(c);
            int parts = Partition.parts(threads, c.rows(), 1, c.size(), Partition.LSTM);
            if (parts == 1) {
                forward(kernel, p, gates, c, nextC, tanhC, nextH, 0, 1);
            } else {
                CellCall.run(threads, parts, FORWARD, null, p, gates, c, nextC, tanhC, nextH, null);
            }
        } finally {
            Operands.exit(p, gates, c, nextC, tanhC, nextH);
        }
    }

    private static void forward(
            LstmKernel kernel, Tensor p, Tensor gates, Tensor c, Tensor nextC, Tensor tanhC, Tensor nextH,
            int part, int parts) {
        int from = Partition.row(c, part, parts);
        int rows = Partition.row(c, part + 1, parts) - from;
        kernel.forward(
                rows, (int) c.columns(),
                p.segment(), p.rowOffset(from), p.rowStride(),
                gates.segment(), gates.rowOffset(from), gates.rowStride(),
                c.segment(), c.rowOffset(from), c.rowStride(),
                nextC.segment(), nextC.rowOffset(from), nextC.rowStride(),
                tanhC.segment(), tanhC.rowOffset(from), tanhC.rowStride(),
                nextH.segment(), nextH.rowOffset(from), nextH.rowStride());
    }

    /**
     * Computes the gradients of one step. Deltas of magnitude below 1e-30 become 0.
     *
     * @param gates {@code [b, 4n]}, activated by {@link #forward}
     * @param c {@code [b, n]}, the cell state before
     * @param tanhC {@code [b, n]}, the output of forward
     * @param dNextH {@code [b, n]}, gradient of the hidden state after
     * @param dNextC {@code [b, n]}, gradient of the cell state after
     * @param delta {@code [b, 4n]}, written: the gradient of p and of {@code h W}
     * @param dc {@code [b, n]}, added to: the gradient of c
     * @param pool threads to share the work, each some rows
     */
    public static void backward(
            Tensor gates, Tensor c, Tensor tanhC, Tensor dNextH, Tensor dNextC, Tensor delta, Tensor dc,
            WorkerPool pool) {
        String call = "LstmCell.backward";
        Checks.notNull(call, "pool", pool);
        Checks.floatingMatrix(call, "c", c);
        Checks.input(call, "gates", gates, c.rows(), 4 * c.columns(), c);
        Checks.input(call, "tanhC", tanhC, c.rows(), c.columns(), c);
        Checks.input(call, "dNextH", dNextH, c.rows(), c.columns(), c);
        Checks.input(call, "dNextC", dNextC, c.rows(), c.columns(), c);
        Checks.output(call, "delta", delta, c.rows(), 4 * c.columns(), c);
        Checks.output(call, "dc", dc, c.rows(), c.columns(), c);
        Overlap.check(call, delta, gates, c, tanhC, dNextH, dNextC);
        Overlap.check(call, dc, gates, c, tanhC, dNextH, dNextC);
        Overlap.check(call, dc, delta);
        if (CellCall.streams(call, pool, BACKWARD, null, gates, c, tanhC, dNextH, dNextC, delta, dc)) {
            return;
        }
        WorkerPool threads = Operands.enter(call, pool, gates, c, tanhC, dNextH, dNextC, delta, dc);
        try {
            LstmKernel kernel = lstm(c);
            int parts = Partition.parts(threads, c.rows(), 1, c.size(), Partition.LSTM_BACKWARD);
            if (parts == 1) {
                backward(kernel, gates, c, tanhC, dNextH, dNextC, delta, dc, 0, 1);
            } else {
                CellCall.run(threads, parts, BACKWARD, null, gates, c, tanhC, dNextH, dNextC, delta, dc);
            }
        } finally {
            Operands.exit(gates, c, tanhC, dNextH, dNextC, delta, dc);
        }
    }

    private static void backward(
            LstmKernel kernel, Tensor gates, Tensor c, Tensor tanhC, Tensor dNextH, Tensor dNextC, Tensor delta,
            Tensor dc, int part, int parts) {
        int from = Partition.row(c, part, parts);
        int rows = Partition.row(c, part + 1, parts) - from;
        kernel.backward(
                rows, (int) c.columns(),
                gates.segment(), gates.rowOffset(from), gates.rowStride(),
                c.segment(), c.rowOffset(from), c.rowStride(),
                tanhC.segment(), tanhC.rowOffset(from), tanhC.rowStride(),
                dNextH.segment(), dNextH.rowOffset(from), dNextH.rowStride(),
                dNextC.segment(), dNextC.rowOffset(from), dNextC.rowStride(),
                delta.segment(), delta.rowOffset(from), delta.rowStride(),
                dc.segment(), dc.rowOffset(from), dc.rowStride());
    }
}
