package dev.unroll.rnn.autograd;

import dev.unroll.kernels.LpUnit;
import dev.unroll.kernels.Maxout;
import dev.unroll.rnn.autograd.Domain.Range;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Units that are a function of several linear pieces, whose blocks lie side by side.
 *
 * <p>The ops are immutable, and many threads may use them.
 */
public final class UnitOps {
    private static final Map<Integer, Op> MAXOUT = new ConcurrentHashMap<>(); // by the pieces
    private static final Map<Integer, Op> LP = new ConcurrentHashMap<>();

    private UnitOps() {}

    static List<Op> table() {
        return List.of(maxout(2), maxout(3), lp(2), lp(3));
    }

    private static void checkPieces(String op, int pieces) {
        if (pieces < 1) {
            throw new IllegalArgumentException(op + ": a unit of " + pieces + " pieces; expected at least 1");
        }
    }

    /**
     * {@return the op {@code y[j] = max_i x[i n + j]} of x {@code [m, k n]}, {@code maxout(k)}; Goodfellow et al. 2013}
     * @param pieces k, the pieces of a unit
     */
    public static Op maxout(int pieces) {
        checkPieces("maxout", pieces);
        return MAXOUT.computeIfAbsent(pieces, UnitOps::defineMaxout);
    }

    private static Op defineMaxout(int pieces) {
        OpDefinition op = Op.define("maxout(" + pieces + ")");
        int x = op.input(Domain.of("m " + pieces + "n", Range.KINK_INSIDE));
        int y = op.output("m n");
        return op.build(
                call -> Maxout.forward(pieces, call.input(x), call.out(y), call.pool()),
                call -> Maxout.backward(
                        pieces, call.input(x), call.out(y), call.delta(y), call.gradient(x), call.pool()));
    }

    /**
     * {@return the op {@code y[j] = (1/k sum_i |x[i n + j]|^p_j)^(1/p_j)} of x {@code [m, k n]} and the orders
     * {@code p [n]}, {@code lp(k)}; Gulcehre et al. 2014}
     * @param pieces k, the pieces of a unit
     */
    public static Op lp(int pieces) {
        checkPieces("lp", pieces);
        return LP.computeIfAbsent(pieces, UnitOps::defineLp);
    }

    private static Op defineLp(int pieces) {
        OpDefinition op = Op.define("lp(" + pieces + ")");
        int x = op.input(Domain.of("m " + pieces + "n", Range.KINK_AT_ZERO));
        int orders = op.input(Domain.of("n", Range.ABOVE_ONE));
        int y = op.output("m n");
        return op.build(
                call -> LpUnit.forward(pieces, call.input(x), call.input(orders), call.out(y), call.pool()),
                call -> LpUnit.backward(
                        pieces, call.input(x), call.input(orders), call.out(y), call.delta(y),
                        call.gradientOrScratch(x), call.gradientOrScratch(orders), call.pool()));
    }
}
