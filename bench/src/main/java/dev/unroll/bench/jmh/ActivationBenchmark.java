package dev.unroll.bench.jmh;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.Activations;
import dev.unroll.kernels.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Nonlinearities and their gradients, over 64 Ki elements in cache. */
public class ActivationBenchmark extends KernelBenchmark {
    /** Which one; without a list JMH takes all of them. */
    @Param
    public Activation f;

    private Tensor x;
    private Tensor y;
    private Tensor dx;

    @Override
    void allocate() {
        x = random(PeakBenchmark.ELEMENTS);
        y = random(PeakBenchmark.ELEMENTS);
        dx = zeros(PeakBenchmark.ELEMENTS);
    }

    /**
     * {@code y = f(x)}.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void forward(Amounts amounts) {
        Activations.forward(f, x, y, pool());
        amounts.pass(y.size(), 2 * type.bytes());
    }

    /**
     * {@code dx += dy f'(x)}.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void backward(Amounts amounts) {
        Activations.backward(f, y, x, dx, pool());
        amounts.pass(dx.size(), 4 * type.bytes());
    }
}
