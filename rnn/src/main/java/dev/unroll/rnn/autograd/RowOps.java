package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Embedding;
import dev.unroll.kernels.Rows;
import dev.unroll.kernels.Tensor;
import java.util.List;

/** Ops that choose, add up and join rows. */
public final class RowOps {
    private static final OpTable TABLE = new OpTable();

    /** {@code y = base}, then {@code y[id_i] += x[i]}. */
    public static final Op SCATTER_ADD = TABLE.add(new Op(
            "scatter_add",
            List.of(Domain.ids("m", "v"), Domain.real("m n"), Domain.real("v n")),
            call -> {
                Tensor base = call.in(2);
                Tensor y = call.output(base.rows(), base.columns()).copyFrom(base);
                Embedding.scatterAdd(call.in(0), call.in(1), y, call.pool());
            },
            call -> {
                if (call.wants(1)) {
                    Tensor rows = call.scratch(call.in(1));
                    Embedding.lookup(call.in(0), call.delta(0), rows, call.pool());
                    Elementwise.axpy(1, rows, call.gradient(1), call.pool());
                }
                if (call.wants(2)) {
                    Elementwise.axpy(1, call.delta(0), call.gradient(2), call.pool());
                }
            }));

    /** {@code y[i] = mask_i == 1 ? a[i] : b[i]}. */
    public static final Op SELECT_ROWS = TABLE.add(new Op(
            "select_rows",
            List.of(Domain.ids("m", "2"), Domain.real("m n"), Domain.real("m n")),
            call -> {
                Tensor a = call.in(1);
                Rows.select(call.in(0), a, call.in(2), call.output(a.rows(), a.columns()), call.pool());
            },
            call -> {
                for (int i = 1; i <= 2; i++) {
                    if (call.wants(i)) {
                        Rows.addWhere(call.in(0), i == 1, call.delta(0), call.gradient(i), call.pool());
                    }
                }
            }));

    /** {@code y = [a b]}, side by side. */
    public static final Op CONCAT = TABLE.add(new Op(
            "concat",
            List.of(Domain.real("m n"), Domain.real("m k")),
            call -> {
                Tensor a = call.in(0);
                Tensor b = call.in(1);
                Tensor y = call.output(a.rows(), a.columns() + b.columns());
                y.columns(0, a.columns()).copyFrom(a);
                y.columns(a.columns(), b.columns()).copyFrom(b);
            },
            call -> {
                long from = 0;
                for (int i = 0; i < 2; i++) {
                    long count = call.in(i).columns();
                    if (call.wants(i)) {
                        Elementwise.axpy(1, call.delta(0).columns(from, count), call.gradient(i), call.pool());
                    }
                    from += count;
                }
            }));

    private RowOps() {}

    static List<Op> table() {
        return TABLE.rows();
    }
}
