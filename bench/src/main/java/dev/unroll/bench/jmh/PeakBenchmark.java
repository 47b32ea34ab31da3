package dev.unroll.bench.jmh;

import dev.unroll.bench.peak.CopyLoop;
import dev.unroll.bench.peak.FmaLoop;
import org.openjdk.jmh.annotations.Benchmark;

/** Measures the peak of the machine, the scale of the other benchmarks. */
public class PeakBenchmark extends KernelBenchmark {
    /** Elements that the passes over elements read and write here. */
    static final int ELEMENTS = 1 << 16;

    private FmaLoop arithmetic;
    private CopyLoop bandwidth;

    @Override
    void allocate() {
        arithmetic = new FmaLoop(type);
        bandwidth = new CopyLoop(2L * ELEMENTS * type.bytes());
    }

    @Override
    public void close() {
        bandwidth.close();
        super.close();
    }

    /**
     * Fused multiply-adds alone.
     *
     * @param amounts counts operations
     */
    @Benchmark
    public void fma(Amounts amounts) {
        amounts.flops += arithmetic.run(pool(), 1);
    }

    /**
     * A copy of as many bytes as the passes over elements take.
     *
     * @param amounts counts bytes, read and written
     */
    @Benchmark
    public void copy(Amounts amounts) {
        amounts.bytes += bandwidth.run(pool(), 1);
    }
}
