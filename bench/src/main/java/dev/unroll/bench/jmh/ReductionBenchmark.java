package dev.unroll.bench.jmh;

import dev.unroll.kernels.Reductions;
import dev.unroll.kernels.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** Sums and extremes over 64 Ki elements in cache. */
public class ReductionBenchmark extends KernelBenchmark {
    private Tensor x;

    @Override
    void allocate() {
        x = random(PeakBenchmark.ELEMENTS);
    }

    /**
     * The sum.
     *
     * @param amounts counts elements
     * @return it
     */
    @Benchmark
    public double sum(Amounts amounts) {
        amounts.pass(x.size(), type.bytes());
        return Reductions.sum(x, pool());
    }

    /**
     * The sum of squares.
     *
     * @param amounts counts elements
     * @return it
     */
    @Benchmark
    public double sumOfSquares(Amounts amounts) {
        amounts.pass(x.size(), type.bytes());
        return Reductions.sumOfSquares(x, pool());
    }

    /**
     * The largest.
     *
     * @param amounts counts elements
     * @return it
     */
    @Benchmark
    public double max(Amounts amounts) {
        amounts.pass(x.size(), type.bytes());
        return Reductions.max(x, pool());
    }

    /**
     * Where the largest is.
     *
     * @param amounts counts elements
     * @return its index
     */
    @Benchmark
    public long argmax(Amounts amounts) {
        amounts.pass(x.size(), type.bytes());
        return Reductions.argmax(x, pool());
    }
}
