package dev.unroll.bench.jmh;

import dev.unroll.kernels.Dropout;
import dev.unroll.kernels.Noise;
import dev.unroll.kernels.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** Dropout and noise, their random numbers included, over 64 Ki elements in cache. */
public class RandomBenchmark extends KernelBenchmark {
    private static final double RATE = 0.5;

    private Tensor x;
    private Tensor y;

    @Override
    void allocate() {
        x = random(PeakBenchmark.ELEMENTS);
        y = zeros(PeakBenchmark.ELEMENTS);
    }

    /**
     * Dropout.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void dropout(Amounts amounts) {
        Dropout.forward(RATE, 1, 2, x, y, pool());
        amounts.pass(y.size(), 2 * type.bytes());
    }

    /**
     * Its gradient, with the same numbers again.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void dropoutBackward(Amounts amounts) {
        Dropout.backward(RATE, 1, 2, x, y, pool());
        amounts.pass(y.size(), 3 * type.bytes());
    }

    /**
     * Gaussian noise, added.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void noise(Amounts amounts) {
        Noise.add(0.1, 1, 2, x, y, pool());
        amounts.pass(y.size(), 2 * type.bytes());
    }
}
