package dev.unroll.kernels;

import dev.unroll.kernels.provider.Provider;
import dev.unroll.kernels.provider.ResetBeforeGruKernel;

/**
 * The fused element-wise passes of a GRU step with the reset gate applied before the product, as in Cho et al. 2014
 * (and Keras by default, and ONNX with {@code linear_before_reset = 0}): {@code n = tanh(p_n + (r h) W_n)}. {@link
 * GruCell} applies it after the product and needs one product only. Here a second product lies between two passes:
 *
 * <pre>{@code
 * gates_rz = h W_rz             gates:      r, z = sigmoid(p_rz + gates_rz), s = r h
 * gates_n  = s W_n              candidate:  n = tanh(p_n + gates_n), h' = (1 - z) n + z h
 * }</pre>
 *
 * and backward {@link #candidateBackward}, the product {@code ds = delta_n W_n^T}, {@link #gatesBackward}, and the
 * product {@code dh += delta_rz W_rz^T}.
 *
 * <p>A row of gates holds the blocks {@code r z n}, each n wide.
 */
public final class ResetBeforeGruCell {
    private static final CellCall.Work GATES = (t, _, part, parts) -> gates(
            kernel(t[1]), t[0], t[1], t[2], t[3], part, parts);
    private static final CellCall.Work CANDIDATE = (t, _, part, parts) -> candidate(
            kernel(t[1]), t[0], t[1], t[2], t[3], part, parts);
    private static final CellCall.Work CANDIDATE_BACKWARD = (t, _, part, parts) -> candidateBackward(
            kernel(t[1]), t[0], t[1], t[2], t[3], t[4], part, parts);
    private static final CellCall.Work GATES_BACKWARD = (t, _, part, parts) -> gatesBackward(
            kernel(t[1]), t[0], t[1], t[2], t[3], t[4], part, parts);

    private ResetBeforeGruCell() {}

    private static ResetBeforeGruKernel kernel(Tensor operand) {
        return Provider.kernels(operand.type()).resetBeforeGru();
    }

    /**
     * Computes the pass before the second product: {@code r, z = sigmoid(p + gates)} and {@code s = r h}.
     *
     * @param p {@code [b, 3n]}, the input's contribution, with its bias
     * @param gates {@code [b, 3n]}, on entry {@code h W_rz} in the first two blocks, on return the activated gates
     * @param h {@code [b, n]}, the state before
     * @param s {@code [b, n]}, written: the state after the reset
     * @param pool threads to share the work, each some rows
     */
    public static void gates(Tensor p, Tensor gates, Tensor h, Tensor s, WorkerPool pool) {
        String call = "ResetBeforeGruCell.gates";
        Checks.notNull(call, "pool", pool);
        Checks.floatingMatrix(call, "h", h);
        Checks.input(call, "p", p, h.rows(), 3 * h.columns(), h);
        Checks.floatingMatrix(call, "p", p);
        Checks.output(call, "gates", gates, h.rows(), 3 * h.columns(), h);
        Checks.output(call, "s", s, h.rows(), h.columns(), h);
        Overlap.check(call, gates, p, h);
        Overlap.check(call, s, p, h, gates);
        if (CellCall.streams(call, pool, GATES, null, p, gates, h, s, null, null, null)) {
            return;
        }
        WorkerPool threads = Operands.enter(call, pool, p, gates, h, s);
        try {
            ResetBeforeGruKernel kernel = kernel(h);
            int parts = Partition.parts(threads, h.rows(), 1, h.size(), Partition.GRU);
            if (parts == 1) {
                gates(kernel, p, gates, h, s, 0, 1);
            } else {
                CellCall.run(threads, parts, GATES, null, p, gates, h, s, null, null, null);
            }
        } finally {
            Operands.exit(p, gates, h, s);
        }
    }

    private static void gates(
            ResetBeforeGruKernel kernel, Tensor p, Tensor gates, Tensor h, Tensor s, int part, int parts) {
        int from = Partition.row(h, part, parts);
        int rows = Partition.row(h, part + 1, parts) - from;
        kernel.gates(
                rows, (int) h.columns(),
                p.segment(), p.rowOffset(from), p.rowStride(),
                gates.segment(), gates.rowOffset(from), gates.rowStride(),
                h.segment(), h.rowOffset(from), h.rowStride(),
                s.segment(), s.rowOffset(from), s.rowStride());
    }

    /**
     * Computes the pass after the second product: {@code n = tanh(p_n + gates_n)} and {@code h' = (1 - z) n + z h}.
     *
     * @param p {@code [b, 3n]}, as passed to {@link #gates}
     * @param gates {@code [b, 3n]}, on entry r, z and {@code s W_n}, on return r, z and the candidate n
     * @param h {@code [b, n]}, the state before
     * @param nextH {@code [b, n]}, written: the state after
     * @param pool threads to share the work, each some rows
     */
    public static void candidate(Tensor p, Tensor gates, Tensor h, Tensor nextH, WorkerPool pool) {
        String call = "ResetBeforeGruCell.candidate";
        Checks.notNull(call, "pool", pool);
        Checks.floatingMatrix(call, "h", h);
        Checks.input(call, "p", p, h.rows(), 3 * h.columns(), h);
        Checks.floatingMatrix(call, "p", p);
        Checks.output(call, "gates", gates, h.rows(), 3 * h.columns(), h);
        Checks.output(call, "nextH", nextH, h.rows(), h.columns(), h);
        Overlap.check(call, gates, p, h);
        Overlap.check(call, nextH, p, h, gates);
        if (CellCall.streams(call, pool, CANDIDATE, null, p, gates, h, nextH, null, null, null)) {
            return;
        }
        WorkerPool threads = Operands.enter(call, pool, p, gates, h, nextH);
        try {
            ResetBeforeGruKernel kernel = kernel(h);
            int parts = Partition.parts(threads, h.rows(), 1, h.size(), Partition.RNN);
            if (parts == 1) {
                candidate(kernel, p, gates, h, nextH, 0, 1);
            } else {
                CellCall.run(threads, parts, CANDIDATE, null, p, gates, h, nextH, null, null, null);
            }
        } finally {
            Operands.exit(p, gates, h, nextH);
        }
    }

    private static void candidate(
            ResetBeforeGruKernel kernel, Tensor p, Tensor gates, Tensor h, Tensor nextH, int part, int parts) {
        int from = Partition.row(h, part, parts);
        int rows = Partition.row(h, part + 1, parts) - from;
        kernel.candidate(
                rows, (int) h.columns(),
                p.segment(), p.rowOffset(from), p.rowStride(),
                gates.segment(), gates.rowOffset(from), gates.rowStride(),
                h.segment(), h.rowOffset(from), h.rowStride(),
                nextH.segment(), nextH.rowOffset(from), nextH.rowStride());
    }

    /**
     * Computes the gradients of {@link #candidate}. Deltas of magnitude below 1e-30 become 0.
     *
     * @param gates {@code [b, 3n]}, activated by the forward passes
     * @param h {@code [b, n]}, the state before
     * @param dNextH {@code [b, n]}, gradient of the state after
     * @param delta {@code [b, 3n]}, the gradient of p: its blocks z and n are written
     * @param dh {@code [b, n]}, added to: {@code dh' z}
     * @param pool threads to share the work, each some rows
     */
    public static void candidateBackward(
            Tensor gates, Tensor h, Tensor dNextH, Tensor delta, Tensor dh, WorkerPool pool) {
        String call = "ResetBeforeGruCell.candidateBackward";
        checkBackward(call, gates, h, "dNextH", dNextH, delta, dh, pool);
        if (CellCall.streams(call, pool, CANDIDATE_BACKWARD, null, gates, h, dNextH, delta, dh, null, null)) {
            return;
        }
        WorkerPool threads = Operands.enter(call, pool, gates, h, dNextH, delta, dh);
        try {
            ResetBeforeGruKernel kernel = kernel(h);
            int parts = Partition.parts(threads, h.rows(), 1, h.size(), Partition.RNN_BACKWARD);
            if (parts == 1) {
                candidateBackward(kernel, gates, h, dNextH, delta, dh, 0, 1);
            } else {
                CellCall.run(threads, parts, CANDIDATE_BACKWARD, null, gates, h, dNextH, delta, dh, null, null);
            }
        } finally {
            Operands.exit(gates, h, dNextH, delta, dh);
        }
    }

    private static void candidateBackward(
            ResetBeforeGruKernel kernel, Tensor gates, Tensor h, Tensor dNextH, Tensor delta, Tensor dh,
            int part, int parts) {
        int from = Partition.row(h, part, parts);
        int rows = Partition.row(h, part + 1, parts) - from;
        kernel.candidateBackward(
                rows, (int) h.columns(),
                gates.segment(), gates.rowOffset(from), gates.rowStride(),
                h.segment(), h.rowOffset(from), h.rowStride(),
                dNextH.segment(), dNextH.rowOffset(from), dNextH.rowStride(),
                delta.segment(), delta.rowOffset(from), delta.rowStride(),
                dh.segment(), dh.rowOffset(from), dh.rowStride());
    }

    /**
     * Computes the gradients of {@link #gates}. Deltas of magnitude below 1e-30 become 0.
     *
     * @param gates {@code [b, 3n]}, activated by the forward passes
     * @param h {@code [b, n]}, the state before
     * @param ds {@code [b, n]}, gradient of the state after the reset, {@code delta_n W_n^T}
     * @param delta {@code [b, 3n]}, the gradient of p: its block r is written
     * @param dh {@code [b, n]}, added to: {@code ds r}
     * @param pool threads to share the work, each some rows
     */
    public static void gatesBackward(Tensor gates, Tensor h, Tensor ds, Tensor delta, Tensor dh, WorkerPool pool) {
        String call = "ResetBeforeGruCell.gatesBackward";
        checkBackward(call, gates, h, "ds", ds, delta, dh, pool);
        if (CellCall.streams(call, pool, GATES_BACKWARD, null, gates, h, ds, delta, dh, null, null)) {
            return;
        }
        WorkerPool threads = Operands.enter(call, pool, gates, h, ds, delta, dh);
        try {
            ResetBeforeGruKernel kernel = kernel(h);
            int parts = Partition.parts(threads, h.rows(), 1, h.size(), Partition.RNN_BACKWARD);
            if (parts == 1) {
                gatesBackward(kernel, gates, h, ds, delta, dh, 0, 1);
            } else {
                CellCall.run(threads, parts, GATES_BACKWARD, null, gates, h, ds, delta, dh, null, null);
            }
        } finally {
            Operands.exit(gates, h, ds, delta, dh);
        }
    }

    private static void gatesBackward(
            ResetBeforeGruKernel kernel, Tensor gates, Tensor h, Tensor ds, Tensor delta, Tensor dh,
            int part, int parts) {
        int from = Partition.row(h, part, parts);
        int rows = Partition.row(h, part + 1, parts) - from;
        kernel.gatesBackward(
                rows, (int) h.columns(),
                gates.segment(), gates.rowOffset(from), gates.rowStride(),
                h.segment(), h.rowOffset(from), h.rowStride(),
                ds.segment(), ds.rowOffset(from), ds.rowStride(),
                delta.segment(), delta.rowOffset(from), delta.rowStride(),
                dh.segment(), dh.rowOffset(from), dh.rowStride());
    }

    private static void checkBackward(
            String call, Tensor gates, Tensor h, String name, Tensor gradient, Tensor delta, Tensor dh,
            WorkerPool pool) {
        Checks.notNull(call, "pool", pool);
        Checks.floatingMatrix(call, "h", h);
        Checks.input(call, "gates", gates, h.rows(), 3 * h.columns(), h);
        Checks.input(call, name, gradient, h.rows(), h.columns(), h);
        Checks.output(call, "delta", delta, h.rows(), 3 * h.columns(), h);
        Checks.output(call, "dh", dh, h.rows(), h.columns(), h);
        Overlap.check(call, delta, gates, h, gradient);
        Overlap.check(call, dh, gates, h, gradient, delta);
    }
}
