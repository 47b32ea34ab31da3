package dev.unroll.bench.jmh;

import dev.unroll.kernels.Embedding;
import dev.unroll.kernels.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** Rows of 256 from a table of 1000, for 256 tokens. */
public class EmbeddingBenchmark extends KernelBenchmark {
    private static final int TOKENS = 256;
    private static final int VOCABULARY = 1000;

    private Tensor ids;
    private Tensor table;
    private Tensor rows;

    @Override
    void allocate() {
        int columns = PeakBenchmark.ELEMENTS / TOKENS;
        ids = ids(TOKENS, VOCABULARY);
        table = random(VOCABULARY, columns);
        rows = zeros(TOKENS, columns);
    }

    /**
     * Rows by id.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void lookup(Amounts amounts) {
        Embedding.lookup(ids, table, rows, pool());
        amounts.pass(rows.size(), 2 * type.bytes());
    }

    /**
     * The gradient of the table.
     *
     * @param amounts counts elements
     */
    @Benchmark
    public void scatterAdd(Amounts amounts) {
        Embedding.scatterAdd(ids, rows, table, pool());
        amounts.pass(rows.size(), 3 * type.bytes());
    }
}
