package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Embedding;
import dev.unroll.kernels.LayerNorm;
import dev.unroll.kernels.Rows;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Domain.Range;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Ops that select, add up, scale, normalize and join rows.
 *
 * <p>The ops are immutable, and many threads may use them.
 */
public final class RowOps {
    /** {@code y[i] = table[id_i]}, for ids {@code [m]} and a table {@code [v, n]}. */
    public static final Op LOOKUP = lookup();

    /**
     * {@code y = base}, then {@code y[id_i] += x[i]}, for ids {@code [m]}, x {@code [m, n]} and base {@code [v, n]}.
     */
    public static final Op SCATTER_ADD = scatterAdd();

    /** {@code y[i] = mask_i == 1 ? a[i] : b[i]}, for a mask {@code [m]}, a {@code [m, n]} and b {@code [m, n]}. */
    public static final Op SELECT_ROWS = selectRows();

    /** {@code y[i] = f_i x[i]}, for x {@code [m, n]} and constant factors {@code [m]}. */
    public static final Op SCALE_ROWS = scaleRows();

    /** {@code y = [a b]}, side by side, for {@code [m, n]} and {@code [m, k]}. */
    public static final Op CONCAT = concat();

    /**
     * {@code y = gain (x - mean) / sqrt(variance + 1e-5) + bias}, with the mean and the variance of every row, for x
     * {@code [m, n]}, gain {@code [n]} and bias {@code [n]}; Ba et al. 2016.
     */
    public static final Op LAYER_NORM = layerNorm();

    private static final double EPSILON = 1e-5;

    private RowOps() {}

    static List<Op> table() {
        return List.of(LOOKUP, SCATTER_ADD, SELECT_ROWS, SCALE_ROWS, CONCAT, joinRows(3), LAYER_NORM);
    }

    /**
     * {@return the op {@code y = [x_1; x_2; ...]} of matrices one below the other, each {@code [m_i, n]}}
     * @param count the number of matrices, at least 1
     */
    public static Op joinRows(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("op join_rows joins 1 matrix or more, not " + count);
        }
        List<Domain> matrices =
                IntStream.range(0, count).mapToObj(i -> Domain.real((char) ('a' + i % ('n' - 'a')) + " n")).toList();
        return new Op("join_rows(" + count + ")", matrices, call -> {
            long rows = 0;
            for (int i = 0; i < count; i++) {
                rows += call.input(i).rows();
            }
            Tensor y = call.output(rows, call.input(0).columns());
            for (int i = 0, from = 0; i < count; i++) {
                Tensor x = call.input(i);
                y.rows(from, x.rows()).copyFrom(x);
                from += (int) x.rows();
            }
        }, call -> {
            for (int i = 0, from = 0; i < count; i++) {
                long rows = call.input(i).rows();
                call.addGradient(1, i, call.delta(0).rows(from, rows));
                from += (int) rows;
            }
        });
    }

    private static Op lookup() {
        OpDefinition op = Op.define("lookup");
        int ids = op.input(Domain.ids("m", "v"));
        int table = op.input("v n");
        int y = op.output("m n");
        return op.build(
                call -> Embedding.lookup(call.input(ids), call.input(table), call.out(y), call.pool()),
                call -> call.addToRows(table, call.input(ids), call.delta(y)));
    }

    private static Op scatterAdd() {
        OpDefinition op = Op.define("scatter_add");
        int ids = op.input(Domain.ids("m", "v"));
        int x = op.input("m n");
        int base = op.input("v n");
        int y = op.output("v n");
        return op.build(call -> {
            call.out(y).copyFrom(call.input(base));
            Embedding.scatterAdd(call.input(ids), call.input(x), call.out(y), call.pool());
        }, call -> {
            if (call.wants(x)) {
                Tensor rows = call.scratch(call.input(x));
                Embedding.lookup(call.input(ids), call.delta(y), rows, call.pool());
                call.addGradient(1, x, rows);
            }
            call.addGradient(1, base, call.delta(y));
        });
    }

    private static Op selectRows() {
        OpDefinition op = Op.define("select_rows");
        int mask = op.input(Domain.ids("m", "2"));
        int a = op.input("m n");
        int b = op.input("m n");
        int y = op.output("m n");
        return op.build(
                call -> Rows.select(call.input(mask), call.input(a), call.input(b), call.out(y), call.pool()),
                call -> {
                    if (call.wants(a)) {
                        Rows.addWhere(call.input(mask), true, call.delta(y), call.gradient(a), call.pool());
                    }
                    if (call.wants(b)) {
                        Rows.addWhere(call.input(mask), false, call.delta(y), call.gradient(b), call.pool());
                    }
                });
    }

    private static Op scaleRows() {
        OpDefinition op = Op.define("scale_rows");
        int x = op.input("m n");
        int factors = op.input(Domain.of("m", Range.WEIGHT));
        int y = op.output("m n");
        return op.build(call -> {
            Tensor f = call.input(factors);
            Tensor scaled = call.out(y).copyFrom(call.input(x));
            if (f.size() != scaled.rows()) {
                throw new IllegalArgumentException("op scale_rows: the factors are " + f + "; expected one for each of "
                        + scaled.rows() + " rows");
            }
            for (long i = 0; i < scaled.rows(); i++) {
                Elementwise.scale(f.get(0, i), scaled.rows(i, 1), call.pool());
            }
        }, call -> {
            Tensor delta = call.delta(y);
            for (long i = 0; i < delta.rows(); i++) {
                double factor = call.input(factors).get(0, i);
                Elementwise.axpy(factor, delta.rows(i, 1), call.gradient(x).rows(i, 1), call.pool());
            }
        });
    }

    private static Op concat() {
        OpDefinition op = Op.define("concat");
        int a = op.input("m n");
        int b = op.input("m k");
        int y = op.output("m n+k");
        return op.build(call -> {
            left(call, a, call.out(y)).copyFrom(call.input(a));
            right(call, b, call.out(y)).copyFrom(call.input(b));
        }, call -> {
            call.addGradient(1, a, left(call, a, call.delta(y)));
            call.addGradient(1, b, right(call, b, call.delta(y)));
        });
    }

    private static Op layerNorm() {
        OpDefinition op = Op.define("layer_norm");
        int x = op.input("m n");
        int gain = op.input("n");
        int bias = op.input("n");
        int y = op.output("m n");
        int mean = op.keep("m 1");
        int rstd = op.keep("m 1");
        return op.build(
                call -> LayerNorm.forward(
                        EPSILON, call.input(x), call.input(gain), call.input(bias), call.out(y), call.kept(mean),
                        call.kept(rstd), call.pool()),
                call -> {
                    if (call.wants(x)) {
                        LayerNorm.backward(
                                call.input(x), call.input(gain), call.kept(mean), call.kept(rstd), call.delta(y),
                                call.gradient(x), call.pool());
                    }
                    if (call.wants(gain) || call.wants(bias)) {
                        LayerNorm.parametersBackward(
                                call.input(x), call.kept(mean), call.kept(rstd), call.delta(y),
                                call.gradientOrScratch(gain), call.gradientOrScratch(bias), call.pool());
                    }
                });
    }

    private static Tensor left(Call call, int input, Tensor both) {
        return call.columns(both, 0, call.input(input).columns());
    }

    private static Tensor right(Call call, int input, Tensor both) {
        long columns = call.input(input).columns();
        return call.columns(both, both.columns() - columns, columns);
    }
}
