package dev.unroll.kernels;

import static dev.unroll.kernels.Samples.assertExactly;
import static dev.unroll.kernels.Samples.values;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import net.jqwik.api.Example;
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

    @Property(tries = 30)
    void clearedRowsAreZeroAndOthersAsTheyWere(@ForAll Case c) {
        try (Samples samples = c.samples()) {
            Tensor table = samples.uniform(9, c.columns());
            double[][] expected = values(table);
            Tensor ids = samples.ids(c.rows(), 9);
            for (int id : ids.toInts()) {
                Arrays.fill(expected[id], 0);
            }
            Embedding.clearRows(ids, table);
            assertExactly(expected, table);
        }
    }

    @Example
    void idsThatAreNoRowsAreRefusedBeforeAnythingIsWritten() {
        try (Samples samples = new Samples(ElementType.F32, 0, 1)) {
            Tensor table = samples.uniform(3, 4);
            double[][] before = values(table);
            Tensor ids = samples.ids(3, 1).copyFrom(0, 1, 3);
            refused("ids[2] is 3; expected at least 0 and less than 3", () -> Embedding.clearRows(ids, table));
            refused("ids is null", () -> Embedding.clearRows(null, table));
            refused("table is null", () -> Embedding.clearRows(ids, null));
            refused("expected I32 without gaps", () -> Embedding.clearRows(table, table));
            assertExactly(before, table);
        }
    }

    private static void refused(String why, Runnable call) {
        String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
        assertTrue(message.contains(why), message);
    }
}
