package dev.unroll.kernels;

import dev.unroll.kernels.provider.Provider;
import dev.unroll.kernels.provider.RnnKernel;

/** The fused element-wise pass of a simple recurrent step after its matrix product (Elman 1990). */
public final class RnnCell {
    private static final CellCall.Work FORWARD = (t, f, part, parts) -> forward(
            rnn(t[1]), f, t[0], t[1], part, parts);
    private static final CellCall.Work BACKWARD = (t, f, part, parts) -> backward(
            rnn(t[0]), f, t[0], t[1], t[2], part, parts);

    private RnnCell() {}

    private static RnnKernel rnn(Tensor operand) {
        return Provider.kernels(operand.type()).rnn();
    }

    /**
     * {@code h = f(p + h)}.
     *
     * @param f the nonlinearity
     * @param p {@code [b, n]}, the input's contribution, with its bias
     * @param h {@code [b, n]}, on entry the state's contribution {@code h_{t-1} W}, on return {@code h_t}
     * @param pool threads to share the work, each some rows
     */
    public static void forward(Activation f, Tensor p, Tensor h, WorkerPool pool) {
        String call = "RnnCell.forward";
        Checks.notNull(call, "f", f);
        Checks.notNull(call, "pool", pool);
        Checks.floatingMatrix(call, "p", p);
        Checks.output(call, "h", h, p.rows(), p.columns(), p);
        Overlap.check(call, h, p);
        if (CellCall.streams(call, pool, FORWARD, f, p, h, null, null, null, null, null)) {
            return;
        }
        WorkerPool threads = Operands.enter(call, pool, p, h);
        try {
            RnnKernel kernel = rnn(h);
            int parts = Partition.parts(threads, h.rows(), 1, h.size(), Partition.RNN);
            if (parts == 1) {
                forward(kernel, f, p, h, 0, 1);
            } else {
                CellCall.run(threads, parts, FORWARD, f, p, h, null, null, null, null, null);
            }
        } finally {
            Operands.exit(p, h);
        }
    }

    private static void forward(RnnKernel kernel, Activation f, Tensor p, Tensor h, int part, int parts) {
        int from = Partition.row(h, part, parts);
        int rows = Partition.row(h, part + 1, parts) - from;
        kernel.forward(
                f, rows, (int) h.columns(),
                p.segment(), p.rowOffset(from), p.rowStride(),
                h.segment(), h.rowOffset(from), h.rowStride());
    }

    /**
     * {@code delta = dh f'}: the gradient of {@code p} and of {@code h_{t-1} W}. Deltas of magnitude below 1e-30 become
     * 0.
     *
     * @param f the nonlinearity
     * @param h {@code [b, n]}, the output of {@link #forward}
     * @param dh {@code [b, n]}, its gradient
     * @param delta {@code [b, n]}, written
     * @param pool threads to share the work, each some rows
     */
    public static void backward(Activation f, Tensor h, Tensor dh, Tensor delta, WorkerPool pool) {
        String call = "RnnCell.backward";
        Checks.notNull(call, "f", f);
        Checks.notNull(call, "pool", pool);
        Checks.floatingMatrix(call, "h", h);
        Checks.input(call, "dh", dh, h.rows(), h.columns(), h);
        Checks.output(call, "delta", delta, h.rows(), h.columns(), h);
        Overlap.check(call, delta, h, dh);
        if (CellCall.streams(call, pool, BACKWARD, f, h, dh, delta, null, null, null, null)) {
            return;
        }
        WorkerPool threads = Operands.enter(call, pool, h, dh, delta);
        try {
            RnnKernel kernel = rnn(h);
            int parts = Partition.parts(threads, h.rows(), 1, h.size(), Partition.RNN_BACKWARD);
            if (parts == 1) {
                backward(kernel, f, h, dh, delta, 0, 1);
            } else {
                CellCall.run(threads, parts, BACKWARD, f, h, dh, delta, null, null, null, null);
            }
        } finally {
            Operands.exit(h, dh, delta);
        }
    }

    private static void backward(
            RnnKernel kernel, Activation f, Tensor h, Tensor dh, Tensor delta, int part, int parts) {
        int from = Partition.row(h, part, parts);
        int rows = Partition.row(h, part + 1, parts) - from;
        kernel.backward(
                f, rows, (int) h.columns(),
                h.segment(), h.rowOffset(from), h.rowStride(),
                dh.segment(), dh.rowOffset(from), dh.rowStride(),
                delta.segment(), delta.rowOffset(from), delta.rowStride());
    }
}
