package dev.unroll.kernels;

import static dev.unroll.kernels.Samples.assertExactly;
import static dev.unroll.kernels.Samples.values;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

/** Copies and single additions in a fixed order: exact. */
@Tag("every-width")
@Domain(Case.Cases.class)
@Domain(DomainContext.Global.class)
class EmbeddingTest {
    private static final WorkerPool CALLER = WorkerPool.caller();

    @Property(tries = 60)
    void lookupCopiesTheRowsOfTheIds(@ForAll Case c, @ForAll @IntRange(min = 1, max = 9) int vocabulary) {
        try (Samples samples = c.samples()) {
            Tensor table = samples.uniform(vocabulary, c.columns());
            Tensor ids = samples.ids(c.rows(), vocabulary);
            Tensor y = samples.empty(c.rows(), c.columns());
            double[][] rows = values(table);
            double[][] expected = new double[c.rows()][];
            for (int i = 0; i < c.rows(); i++) {
                expected[i] = rows[(int) ids.get(0, i)];
            }
            Embedding.lookup(ids, table, y, CALLER);
            assertExactly(expected, y);
        }
    }

    @Property(tries = 60)
    void scatterAddAddsInTheOrderOfTheIds(@ForAll Case c, @ForAll @IntRange(min = 1, max = 3) int vocabulary) {
        try (Samples samples = c.samples()) {
            Tensor dTable = samples.uniform(vocabulary, c.columns());
            Tensor ids = samples.ids(c.rows(), vocabulary); // few enough that some come again
            Tensor dy = samples.uniform(c.rows(), c.columns());
            double[][] expected = values(dTable);
            for (int i = 0; i < c.rows(); i++) {
                double[] row = expected[(int) ids.get(0, i)];
                for (int j = 0; j < c.columns(); j++) {
                    double sum = row[j] + dy.get(i, j);
                    row[j] = c.type() == ElementType.F32 ? (float) sum : sum;
                }
            }
            Embedding.scatterAdd(ids, dy, dTable, CALLER);
            assertExactly(expected, dTable);
        }
    }
}
