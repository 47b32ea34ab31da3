package dev.unroll.bench.jmh;

import dev.unroll.kernels.RowWeights;
import dev.unroll.kernels.Softmax;
import dev.unroll.kernels.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Softmax and cross-entropy of logits, 1120 rows for 28 characters or 64 for 1024 words. */
public class SoftmaxBenchmark extends KernelBenchmark {
    /** Classes. */
    @Param({"28", "1024"})
    public int classes;

    private Tensor x;
    private Tensor y;
    private Tensor dx;
    private Tensor targets;
    private Tensor losses;

    @Override
    void allocate() {
        int rows = classes == 28 ? 1120 : PeakBenchmark.ELEMENTS / classes;
        x = random(rows, classes);
        y = zeros(rows, classes);
        dx = zeros(rows, classes);
        targets = ids(rows, classes);
        losses = zeros(rows, 1);
    }

    /**
     * The softmax.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void softmax(Amounts amounts) {
        Softmax.forward(x, y, pool());
        amounts.pass(y.size(), 2 * type.bytes());
    }

    /**
     * The softmax and the losses.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void crossEntropy(Amounts amounts) {
        Softmax.crossEntropy(x, targets, y, losses, pool());
        amounts.pass(y.size(), 2 * type.bytes());
    }

    /**
     * The gradient.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void crossEntropyBackward(Amounts amounts) {
        Softmax.crossEntropyBackward(0.5, x, targets, dx, pool());
        amounts.pass(dx.size(), 3 * type.bytes());
    }

    /**
     * The gradient where nothing was added to it before.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void crossEntropyGradient(Amounts amounts) {
        Softmax.crossEntropyGradient(0.5, x, targets, -1, RowWeights.ones(type), dx, pool());
        amounts.pass(dx.size(), 2 * type.bytes());
    }
}
