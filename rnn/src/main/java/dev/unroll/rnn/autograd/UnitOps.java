package dev.unroll.rnn.autograd;

import dev.unroll.kernels.LpUnit;
import dev.unroll.kernels.Maxout;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Domain.Values;
import java.util.List;

/** Units that are a function of several linear pieces, whose blocks lie side by side. */
public final class UnitOps {
    private static final OpTable TABLE = new OpTable();

    static {
        TABLE.add(maxout(2));
        TABLE.add(maxout(3));
        TABLE.add(lp(2));
        TABLE.add(lp(3));
    }

    private UnitOps() {}

    static List<Op> table() {
        return TABLE.rows();
    }

    private static void checkPieces(String op, int pieces) {
        if (pieces < 1) {
            throw new IllegalArgumentException(op + ": a unit of " + pieces + " pieces; expected at least 1");
        }
    }

    /**
     * {@code y[j] = max_i x[i n + j]}; Goodfellow et al. 2013.
     *
     * @param pieces how many a unit has
     * @return an op of {@code x [m, pieces n]}, named {@code maxout(pieces)}
     */
    public static Op maxout(int pieces) {
        checkPieces("maxout", pieces);
        return new Op(
                "maxout(" + pieces + ")",
                List.of(Domain.of("m " + pieces + "n", Values.KINK_INSIDE)),
                call -> {
                    Tensor x = call.in(0);
                    Maxout.forward(pieces, x, call.output(x.rows(), x.columns() / pieces), call.pool());
                },
                call -> Maxout.backward(
                        pieces, call.in(0), call.out(0), call.delta(0), call.gradient(0), call.pool()));
    }

    /**
     * {@code y[j] = (1/k sum_i |x[i n + j]|^p_j)^(1/p_j)}; Gulcehre et al. 2014.
     *
     * @param pieces k, how many a unit has
     * @return an op of {@code x [m, k n]} and the orders {@code p [n]}, named {@code lp(pieces)}
     */
    public static Op lp(int pieces) {
        checkPieces("lp", pieces);
        return new Op(
                "lp(" + pieces + ")",
                List.of(Domain.of("m " + pieces + "n", Values.KINK_AT_ZERO), Domain.of("n", Values.ABOVE_ONE)),
                call -> {
                    Tensor x = call.in(0);
                    Tensor y = call.output(x.rows(), x.columns() / pieces);
                    LpUnit.forward(pieces, x, call.in(1), y, call.pool());
                },
                call -> {
                    Tensor x = call.in(0);
                    Tensor orders = call.in(1);
                    Tensor dx = call.wants(0) ? call.gradient(0) : call.scratch(x);
                    Tensor dOrders = call.wants(1) ? call.gradient(1) : call.scratch(orders);
                    LpUnit.backward(pieces, x, orders, call.out(0), call.delta(0), dx, dOrders, call.pool());
                });
    }
}
