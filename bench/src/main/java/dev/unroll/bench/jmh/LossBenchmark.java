package dev.unroll.bench.jmh;

import dev.unroll.kernels.BinaryCrossEntropy;
import dev.unroll.kernels.Huber;
import dev.unroll.kernels.SquaredError;
import dev.unroll.kernels.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** Losses of rows of 88 notes and their gradients, about 64 Ki elements in cache. Softmax has its own. */
public class LossBenchmark extends KernelBenchmark {
    private static final int NOTES = 88;

    private Tensor x;
    private Tensor targets;
    private Tensor notes;
    private Tensor probabilities;
    private Tensor losses;
    private Tensor dx;

    @Override
    void allocate() {
        int rows = PeakBenchmark.ELEMENTS / NOTES;
        x = random(rows, NOTES);
        targets = random(rows, NOTES);
        notes = random(rows, NOTES); // from 0 to 1
        for (long i = 0; i < notes.size(); i++) {
            notes.set(i / NOTES, i % NOTES, Math.abs(notes.get(i / NOTES, i % NOTES)));
        }
        probabilities = zeros(rows, NOTES);
        losses = zeros(rows);
        dx = zeros(rows, NOTES);
    }

    /**
     * Sigmoid and binary cross-entropy.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void binaryCrossEntropy(Amounts amounts) {
        BinaryCrossEntropy.forward(x, notes, probabilities, losses, pool());
        amounts.pass(x.size(), 3 * type.bytes());
    }

    /**
     * Their gradient.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void binaryCrossEntropyBackward(Amounts amounts) {
        BinaryCrossEntropy.backward(0.5, x, notes, dx, pool());
        amounts.pass(x.size(), 4 * type.bytes());
    }

    /**
     * Squared error.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void squaredError(Amounts amounts) {
        SquaredError.forward(x, targets, losses, pool());
        amounts.pass(x.size(), 2 * type.bytes());
    }

    /**
     * Its gradient.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void squaredErrorBackward(Amounts amounts) {
        SquaredError.backward(0.5, x, targets, dx, pool());
        amounts.pass(x.size(), 4 * type.bytes());
    }

    /**
     * Huber's loss.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void huber(Amounts amounts) {
        Huber.forward(0.5, x, targets, losses, pool());
        amounts.pass(x.size(), 2 * type.bytes());
    }

    /**
     * Its gradient.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void huberBackward(Amounts amounts) {
        Huber.backward(0.5, 0.5, x, targets, dx, pool());
        amounts.pass(x.size(), 4 * type.bytes());
    }
}
