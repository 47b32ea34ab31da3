package dev.unroll.bench.jmh;

import dev.unroll.bench.examples.OwnKernel;
import dev.unroll.kernels.Activation;
import dev.unroll.kernels.Activations;
import dev.unroll.kernels.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** A kernel outside the library, on borrowed memory, beside a built-in one of the same kind. */
public class OwnKernelBenchmark extends KernelBenchmark {
    private Tensor x;
    private Tensor y;

    @Override
    void allocate() {
        x = random(32, 1024);
        y = zeros(32, 1024);
    }

    /**
     * Softsign of the examples: a division per element.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void softsign(Amounts amounts) {
        OwnKernel.forward(x, y);
        amounts.pass(x.size(), 2L * type.bytes());
    }

    /**
     * The built-in logistic function: a division per element and a polynomial.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void sigmoid(Amounts amounts) {
        Activations.forward(Activation.SIGMOID, x, y, pool());
        amounts.pass(x.size(), 2L * type.bytes());
    }

    /**
     * The built-in rectifier: neither.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void relu(Amounts amounts) {
        Activations.forward(Activation.RELU, x, y, pool());
        amounts.pass(x.size(), 2L * type.bytes());
    }
}
