package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.ResetBeforeGruCell;
import dev.unroll.kernels.Tensor;
import java.util.List;

/** Steps of cells whose products lie between several passes. */
public final class CellOps {
    private static final OpTable TABLE = new OpTable();

    /** {@code h' = GRU(p, h; W_rz, W_n)} with the reset before the product, {@code n = tanh(p_n + (r h) W_n)}; Cho 2014. */
    public static final Op RESET_BEFORE_GRU = TABLE.add(
            new Op(
                    "reset_before_gru",
                    List.of(Domain.real("b 3n"), Domain.real("b n"), Domain.real("n 2n"), Domain.real("n n")),
                    call -> {
                        Tensor h = call.in(1);
                        long hidden = h.columns();
                        Tensor nextH = call.output(h.rows(), hidden);
                        Tensor gates = call.keep(h.rows(), 3 * hidden);
                        Tensor s = call.keep(h.rows(), hidden);
                        call.keep(h.rows(), 3 * hidden); // delta: kept until the weight gradient of all steps is made
                        call.multiply(h, 2, 0, gates.columns(0, 2 * hidden));
                        ResetBeforeGruCell.gates(call.in(0), gates, h, s, call.pool());
                        call.multiply(s, 3, 0, gates.columns(2 * hidden, hidden));
                        ResetBeforeGruCell.candidate(call.in(0), gates, h, nextH, call.pool());
                    },
                    CellOps::resetBeforeGruBackward));

    private CellOps() {}

    static List<Op> table() {
        return TABLE.rows();
    }

    private static void resetBeforeGruBackward(Call call) {
        Tensor h = call.in(1);
        long hidden = h.columns();
        Tensor gates = call.kept(0);
        Tensor s = call.kept(1);
        Tensor delta = call.kept(2);
        Tensor ofGates = delta.columns(0, 2 * hidden);
        Tensor ofCandidate = delta.columns(2 * hidden, hidden);
        Tensor dh = call.wants(1) ? call.gradient(1) : call.scratch(h);
        Tensor ds = call.scratch(h);
        ResetBeforeGruCell.candidateBackward(gates, h, call.delta(0), delta, dh, call.pool());
        call.multiplyTransposed(ofCandidate, 3, 0, ds);
        ResetBeforeGruCell.gatesBackward(gates, h, ds, delta, dh, call.pool());
        if (call.wants(0)) {
            Elementwise.axpy(1, delta, call.gradient(0), call.pool());
        }
        if (call.wants(3)) {
            call.addProduct(3, s, ofCandidate);
        }
        call.multiplyBack(h, 1, 2, ofGates);
    }
}
