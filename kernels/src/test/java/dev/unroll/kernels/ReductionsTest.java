package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

/** Against plain sums in double. */
@Tag("every-width")
@Domain(Case.Cases.class)
@Domain(DomainContext.Global.class)
class ReductionsTest {
    private static final WorkerPool CALLER = WorkerPool.caller();

    @Property(tries = 60)
    void sumsAreThoseOfTheElements(@ForAll Case c) {
        try (Samples samples = c.samples()) {
            check(samples.uniform(c.rows(), c.columns()));
        }
    }

    @Example
    void chunksMeetWithoutALostElement() {
        int[][] sizes = {{1, 4095}, {1, 4096}, {1, 4097}, {3, 5000}, {5000, 3}};
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            for (int[] size : sizes) {
                for (int gap = 0; gap < 2; gap++) {
                    try (Samples samples = new Samples(type, gap, size[1])) {
                        check(samples.uniform(size[0], size[1]));
                    }
                }
            }
        }
    }

    private static void check(Tensor x) {
        double sum = 0;
        double sumOfSquares = 0;
        double size = 0;
        for (double[] row : Samples.values(x)) {
            for (double element : row) {
                sum += element;
                size += Math.abs(element);
                sumOfSquares += element * element;
            }
        }
        // A lane of a chunk adds up to 256 numbers in the tensor's type, a tree 4 levels more.
        double tolerance = 260 * (x.type() == ElementType.F32 ? 0x1p-24 : 0x1p-53);
        assertEquals(sum, Reductions.sum(x, CALLER), tolerance * size);
        assertEquals(sumOfSquares, Reductions.sumOfSquares(x, CALLER), tolerance * sumOfSquares);
    }

    @Property(tries = 20)
    void anEmptyTensorSumsToZero(@ForAll @IntRange(min = 0, max = 3) int rows) {
        try (Samples samples = new Samples(ElementType.F32, 2, 1)) {
            assertEquals(0.0, Reductions.sum(samples.empty(rows, 0), CALLER));
            assertEquals(0.0, Reductions.sumOfSquares(samples.empty(0, rows), CALLER));
        }
    }
}
