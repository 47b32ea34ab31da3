package dev.unroll.kernels;

import dev.unroll.kernels.provider.LstmKernel;
import dev.unroll.kernels.provider.Provider;

/**
 * The fused pass of an LSTM step after its matrix products (Hochreiter and Schmidhuber 1997, with the forget gate of
 * Gers et al. 2000). A row of gates holds the blocks {@code i f g o}, each n wide, as in PyTorch.
 *
 * <p>Both methods throw {@link IllegalArgumentException} for null, for types or shapes that do not fit and for an output
 * in read-only memory, and {@link IllegalStateException} for tensors that were released; nothing is written then.
 */
public final class LstmCell {
    private static final int COST_FORWARD = 40;
    private static final int COST_BACKWARD = 8;

    private LstmCell() {}

    /**
     * One step: {@code i, f, o = sigmoid} and {@code g = tanh} of {@code p + gates}; then {@code c' = f c + i g} and
     * {@code h' = o tanh c'}.
     *
     * @param p {@code [b, 4n]}, the input's part with the bias
     * @param gates {@code [b, 4n]}, holds the state's part {@code h W} and becomes the activated gates
     * @param c {@code [b, n]}, the cell state before
     * @param nextC {@code [b, n]}, written: the cell state after
     * @param tanhC {@code [b, n]}, written: its tanh, for {@link #backward}
     * @param nextH {@code [b, n]}, written: the hidden state after
     * @param pool threads to share the work
     */
    public static void forward(
            Tensor p, Tensor gates, Tensor c, Tensor nextC, Tensor tanhC, Tensor nextH, WorkerPool pool) {
        String call = "LstmCell.forward";
        Check.notNull(call, pool);
        ElementType type = Check.floating(call, c, p, gates, nextC, tanhC, nextH);
        Check.matrix(call, p, c.rows(), 4 * c.columns(), c);
        Check.matrix(call, gates, c.rows(), 4 * c.columns(), c);
        for (Tensor output : new Tensor[] {nextC, tanhC, nextH}) {
            Check.sameMatrix(call, c, output);
            Check.output(call, output);
        }
        Check.output(call, gates);
        Check.enter(call, p, gates, c, nextC, tanhC, nextH);
        try {
            LstmKernel kernel = Provider.kernels(type).lstm();
            int parts = Partition.parts(pool, c.rows(), c.columns(), COST_FORWARD);
            pool.run(parts, part -> {
                int from = Partition.boundary(c.rows(), part, parts);
                int rows = Partition.boundary(c.rows(), part + 1, parts) - from;
                kernel.forward(
                        rows, (int) c.columns(),
                        p.segment(), p.rowOffset(from), p.rowStride(),
                        gates.segment(), gates.rowOffset(from), gates.rowStride(),
                        c.segment(), c.rowOffset(from), c.rowStride(),
                        nextC.segment(), nextC.rowOffset(from), nextC.rowStride(),
                        tanhC.segment(), tanhC.rowOffset(from), tanhC.rowStride(),
                        nextH.segment(), nextH.rowOffset(from), nextH.rowStride());
            });
        } finally {
            Check.exit(p, gates, c, nextC, tanhC, nextH);
        }
    }

    /**
     * The gradients of one step. Deltas below 1e-30 in size become 0.
     *
     * @param gates {@code [b, 4n]}, what {@link #forward} made of them
     * @param c {@code [b, n]}, the cell state before
     * @param tanhC {@code [b, n]}, what forward gave
     * @param dNextH {@code [b, n]}, gradient of the hidden state after
     * @param dNextC {@code [b, n]}, gradient of the cell state after
     * @param delta {@code [b, 4n]}, written: the gradient of p and of {@code h W}
     * @param dc {@code [b, n]}, added to: the gradient of c
     * @param pool threads to share the work
     */
    public static void backward(
            Tensor gates, Tensor c, Tensor tanhC, Tensor dNextH, Tensor dNextC, Tensor delta, Tensor dc,
            WorkerPool pool) {
        String call = "LstmCell.backward";
        Check.notNull(call, pool);
        ElementType type = Check.floating(call, c, gates, tanhC, dNextH, dNextC, delta, dc);
        Check.matrix(call, gates, c.rows(), 4 * c.columns(), c);
        Check.matrix(call, delta, c.rows(), 4 * c.columns(), c);
        for (Tensor same : new Tensor[] {tanhC, dNextH, dNextC, dc}) {
            Check.sameMatrix(call, c, same);
        }
        Check.output(call, delta);
        Check.output(call, dc);
        Check.enter(call, gates, c, tanhC, dNextH, dNextC, delta, dc);
        try {
            LstmKernel kernel = Provider.kernels(type).lstm();
            int parts = Partition.parts(pool, c.rows(), c.columns(), COST_BACKWARD);
            pool.run(parts, part -> {
                int from = Partition.boundary(c.rows(), part, parts);
                int rows = Partition.boundary(c.rows(), part + 1, parts) - from;
                kernel.backward(
                        rows, (int) c.columns(),
                        gates.segment(), gates.rowOffset(from), gates.rowStride(),
                        c.segment(), c.rowOffset(from), c.rowStride(),
                        tanhC.segment(), tanhC.rowOffset(from), tanhC.rowStride(),
                        dNextH.segment(), dNextH.rowOffset(from), dNextH.rowStride(),
                        dNextC.segment(), dNextC.rowOffset(from), dNextC.rowStride(),
                        delta.segment(), delta.rowOffset(from), delta.rowStride(),
                        dc.segment(), dc.rowOffset(from), dc.rowStride());
            });
        } finally {
            Check.exit(gates, c, tanhC, dNextH, dNextC, delta, dc);
        }
    }
}
