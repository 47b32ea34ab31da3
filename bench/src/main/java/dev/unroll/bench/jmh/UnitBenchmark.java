package dev.unroll.bench.jmh;

import dev.unroll.kernels.LpUnit;
import dev.unroll.kernels.Maxout;
import dev.unroll.kernels.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** Units of several pieces: 64 rows of 512 units, two pieces each; elements are those of the pieces. */
public class UnitBenchmark extends KernelBenchmark {
    private static final int ROWS = 64;
    private static final int PIECES = 2;

    private Tensor x;
    private Tensor y;
    private Tensor dy;
    private Tensor dx;
    private Tensor orders;
    private Tensor dOrders;

    @Override
    void allocate() {
        int units = PeakBenchmark.ELEMENTS / ROWS / PIECES;
        x = random(ROWS, PIECES * units);
        y = zeros(ROWS, units);
        dy = random(ROWS, units);
        dx = zeros(ROWS, PIECES * units);
        dOrders = zeros(units);
        orders = zeros(units);
        for (int i = 0; i < units; i++) {
            orders.set(0, i, 1.5 + (double) i / units);
        }
        LpUnit.forward(PIECES, x, orders, y, pool());
    }

    /**
     * The largest piece.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void maxout(Amounts amounts) {
        Maxout.forward(PIECES, x, y, pool());
        amounts.pass(x.size(), 3 * type.bytes() / 2);
    }

    /**
     * Its gradient.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void maxoutBackward(Amounts amounts) {
        Maxout.backward(PIECES, x, y, dy, dx, pool());
        amounts.pass(x.size(), 4 * type.bytes());
    }

    /**
     * The norm of the pieces, each unit of an order of its own.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void lp(Amounts amounts) {
        LpUnit.forward(PIECES, x, orders, y, pool());
        amounts.pass(x.size(), 3 * type.bytes() / 2);
    }

    /**
     * Its gradient.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void lpBackward(Amounts amounts) {
        LpUnit.backward(PIECES, x, orders, y, dy, dx, dOrders, pool());
        amounts.pass(x.size(), 4 * type.bytes());
    }
}
