package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Embedding;
import dev.unroll.kernels.Rows;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Domain.Range;
import java.util.List;

/** Ops that select, add up, scale and join rows. */
public final class RowOps {
    /** {@code y[i] = table[id_i]}, for ids {@code [m]} and a table {@code [v, n]}. */
    public static final Op LOOKUP = lookup();

    /** {@code y = base}, then {@code y[id_i] += x[i]}, for ids {@code [m]}, x {@code [m, n]} and base {@code [v, n]}. */
    public static final Op SCATTER_ADD = scatterAdd();

    /** {@code y[i] = mask_i == 1 ? a[i] : b[i]}, for a mask {@code [m]}, a {@code [m, n]} and b {@code [m, n]}. */
    public static final Op SELECT_ROWS = selectRows();

    /** {@code y[i] = f_i x[i]}, for x {@code [m, n]} and constant factors {@code [m]}. */
    public static final Op SCALE_ROWS = scaleRows();

    /** {@code y = [a b]}, side by side, for {@code [m, n]} and {@code [m, k]}. */
    public static final Op CONCAT = concat();

    private RowOps() {}

    static List<Op> table() {
        return List.of(LOOKUP, SCATTER_ADD, SELECT_ROWS, SCALE_ROWS, CONCAT);
    }

    private static Op lookup() {
        OpDefinition op = Op.define("lookup");
        Op.In ids = op.input(Domain.ids("m", "v"));
        Op.In table = op.input("v n");
        Op.Out y = op.output("m n");
        return op.forward(call -> Embedding.lookup(call.value(ids), call.value(table), call.value(y), call.pool()))
                .gradient(table, call -> Embedding.scatterAdd(
                        call.value(ids), call.delta(y), call.gradient(table), call.pool()))
                .build();
    }

    private static Op scatterAdd() {
        OpDefinition op = Op.define("scatter_add");
        Op.In ids = op.input(Domain.ids("m", "v"));
        Op.In x = op.input("m n");
        Op.In base = op.input("v n");
        Op.Out y = op.output("v n");
        return op.forward(call -> {
            call.value(y).copyFrom(call.value(base));
            Embedding.scatterAdd(call.value(ids), call.value(x), call.value(y), call.pool());
        }).gradient(x, call -> {
            Tensor rows = call.scratch(call.value(x));
            Embedding.lookup(call.value(ids), call.delta(y), rows, call.pool());
            call.addGradient(1, x, rows);
        }).backward(call -> call.addGradient(1, base, call.delta(y))).build();
    }

    private static Op selectRows() {
        OpDefinition op = Op.define("select_rows");
        Op.In mask = op.input(Domain.ids("m", "2"));
        Op.In a = op.input("m n");
        Op.In b = op.input("m n");
        Op.Out y = op.output("m n");
        return op.forward(call -> Rows.select(
                call.value(mask), call.value(a), call.value(b), call.value(y), call.pool()))
                .gradient(a, call -> Rows.addWhere(
                        call.value(mask), true, call.delta(y), call.gradient(a), call.pool()))
                .gradient(b, call -> Rows.addWhere(
                        call.value(mask), false, call.delta(y), call.gradient(b), call.pool()))
                .build();
    }

    private static Op scaleRows() {
        OpDefinition op = Op.define("scale_rows");
        Op.In x = op.input("m n");
        Op.In factors = op.input(Domain.of("m", Range.WEIGHT));
        Op.Out y = op.output("m n");
        return op.forward(call -> {
            Tensor scaled = call.value(y);
            Tensor f = call.value(factors);
            if (f.size() != scaled.rows()) {
                throw new IllegalArgumentException("op scale_rows: the factors are " + f + "; expected one for each of "
                        + scaled.rows() + " rows");
            }
            scaled.copyFrom(call.value(x));
            for (long i = 0; i < scaled.rows(); i++) {
                Elementwise.scale(f.get(0, i), scaled.rows(i, 1), call.pool());
            }
        }).gradient(x, call -> {
            Tensor delta = call.delta(y);
            for (long i = 0; i < delta.rows(); i++) {
                double factor = call.value(factors).get(0, i);
                Elementwise.axpy(factor, delta.rows(i, 1), call.gradient(x).rows(i, 1), call.pool());
            }
        }).build();
    }

    private static Op concat() {
        OpDefinition op = Op.define("concat");
        Op.In a = op.input("m n");
        Op.In b = op.input("m k");
        Op.Out y = op.output("m n+k");
        return op.forward(call -> {
            ofFirst(call, a, call.value(y)).copyFrom(call.value(a));
            ofSecond(call, a, call.value(y)).copyFrom(call.value(b));
        }).backward(call -> {
            call.addGradient(1, a, ofFirst(call, a, call.delta(y)));
            call.addGradient(1, b, ofSecond(call, a, call.delta(y)));
        }).build();
    }

    private static Tensor ofFirst(Call call, Op.In first, Tensor whole) {
        return whole.columns(0, call.value(first).columns());
    }

    private static Tensor ofSecond(Call call, Op.In first, Tensor whole) {
        long from = call.value(first).columns();
        return whole.columns(from, whole.columns() - from);
    }
}
