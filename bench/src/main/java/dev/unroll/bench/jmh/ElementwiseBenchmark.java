package dev.unroll.bench.jmh;

import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** Arithmetic over 64 Ki elements in cache. */
public class ElementwiseBenchmark extends KernelBenchmark {
    private static final int ROWS = 64;

    private Tensor x;
    private Tensor y;
    private Tensor z;
    private Tensor row;

    @Override
    void allocate() {
        int columns = PeakBenchmark.ELEMENTS / ROWS;
        x = random(ROWS, columns);
        y = random(ROWS, columns);
        z = zeros(ROWS, columns);
        row = zeros(columns);
    }

    /**
     * {@code z = x + y}.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void add(Amounts amounts) {
        Elementwise.add(x, y, z, pool());
        amounts.pass(z.size(), 3 * type.bytes());
    }

    /**
     * {@code z = x y}.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void multiply(Amounts amounts) {
        Elementwise.multiply(x, y, z, pool());
        amounts.pass(z.size(), 3 * type.bytes());
    }

    /**
     * {@code z += x y}.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void multiplyAdd(Amounts amounts) {
        Elementwise.multiplyAdd(x, y, z, pool());
        amounts.pass(z.size(), 4 * type.bytes());
    }

    /**
     * {@code z += alpha x}.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void axpy(Amounts amounts) {
        Elementwise.axpy(0.5, x, z, pool());
        amounts.pass(z.size(), 3 * type.bytes());
    }

    /**
     * {@code x *= alpha}, with a factor that leaves the numbers as they are.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void scale(Amounts amounts) {
        Elementwise.scale(-1, x, pool());
        amounts.pass(x.size(), 2 * type.bytes());
    }

    /**
     * One row to all rows.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void copyToRows(Amounts amounts) {
        Elementwise.copyToRows(row, z, pool());
        amounts.pass(z.size(), type.bytes());
    }

    /**
     * All rows to one.
     *
     * @param amounts counts elements, those that are read
     */
    @Benchmark
    public void addColumnSums(Amounts amounts) {
        Elementwise.addColumnSums(x, row, pool());
        amounts.pass(x.size(), type.bytes());
    }
}
