package dev.unroll.bench.jmh;

import dev.unroll.kernels.Dropout;
import dev.unroll.kernels.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** Dropout, its random numbers included, over 64 Ki elements in cache. */
public class DropoutBenchmark extends KernelBenchmark {
    private static final double RATE = 0.5;

    private Tensor x;
    private Tensor y;

    @Override
    void allocate() {
        x = random(PeakBenchmark.ELEMENTS);
        y = zeros(PeakBenchmark.ELEMENTS);
    }

    /**
     * Forward.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void forward(Amounts amounts) {
        Dropout.forward(RATE, 1, 2, x, y, pool());
        amounts.pass(y.size(), 2 * type.bytes());
    }

    /**
     * The gradient, with the same numbers again.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void backward(Amounts amounts) {
        Dropout.backward(RATE, 1, 2, x, y, pool());
        amounts.pass(y.size(), 3 * type.bytes());
    }
}
