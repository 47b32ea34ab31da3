package dev.unroll.kernels;

import static dev.unroll.kernels.Samples.assertExactly;
import static dev.unroll.kernels.Samples.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

@Tag("every-width")
@Domain(Case.Cases.class)
@Domain(DomainContext.Global.class)
class WeightNoiseTest {
    private static final WorkerPool CALLER = WorkerPool.caller();

    /** Bit for bit what packing a noisy copy gives, of the matrix and of its transpose, and the matrix stays. */
    @Property(tries = 50)
    void packingAddsTheNoiseOfEveryPlace(@ForAll Case c, @ForAll @IntRange(max = 600) int n) {
        int k = c.columns();
        try (Samples samples = c.samples()) {
            Tensor b = samples.uniform(k, n);
            Tensor noisy = samples.empty(k, n);
            double[][] before = values(b);
            WeightNoise noise = new WeightNoise(0.375, c.seed(), 5);
            Noise.add(0.375, c.seed(), 5, b, noisy, CALLER);
            Workspace workspace = samples.workspace();
            PackedMatrix packed = PackedMatrix.of(workspace, k, n, c.type()).pack(b, noise, CALLER);
            assertProduct(samples, c.rows(), packed, PackedMatrix.of(workspace, k, n, c.type()).pack(noisy));
            PackedMatrix transposed = PackedMatrix.of(workspace, n, k, c.type()).packTransposed(b, noise, CALLER);
            assertProduct(
                    samples, c.rows(), transposed, PackedMatrix.of(workspace, n, k, c.type()).packTransposed(noisy));
            assertExactly(before, b);
        }
    }

    private static void assertProduct(Samples samples, int rows, PackedMatrix actual, PackedMatrix expected) {
        Tensor x = samples.uniform(rows, actual.rows());
        Tensor y = samples.empty(rows, actual.columns());
        Tensor z = samples.empty(rows, actual.columns());
        Gemm.packed(1, x, actual, 0, y, CALLER);
        Gemm.packed(1, x, expected, 0, z, CALLER);
        assertExactly(values(z), y);
    }

    @Example
    void threadsChangeNothing() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 3, 1); WorkerPool pool = new WorkerPool(3)) {
                Tensor b = samples.uniform(150, 700);
                WeightNoise noise = new WeightNoise(0.075, 1, 2);
                Workspace workspace = samples.workspace();
                assertProduct(
                        samples, 3, PackedMatrix.of(workspace, 150, 700, type).pack(b, noise, pool),
                        PackedMatrix.of(workspace, 150, 700, type).pack(b, noise, CALLER));
                assertProduct(
                        samples, 3, PackedMatrix.of(workspace, 700, 150, type).packTransposed(b, noise, pool),
                        PackedMatrix.of(workspace, 700, 150, type).packTransposed(b, noise, CALLER));
            }
        }
    }

    @Example
    void noNoiseAndASigmaThatIsNoneAreRefused() {
        try (Samples samples = new Samples(ElementType.F32, 0, 1)) {
            Tensor b = samples.uniform(3, 4);
            PackedMatrix packed = PackedMatrix.of(samples.workspace(), 3, 4, ElementType.F32);
            String message = assertThrows(IllegalArgumentException.class, () -> packed.pack(b, null, CALLER))
                    .getMessage();
            assertEquals("PackedMatrix.pack: noise is null", message);
            assertThrows(IllegalArgumentException.class, () -> packed.packTransposed(b, null, CALLER));
            assertThrows(IllegalArgumentException.class, () -> new WeightNoise(-1, 1, 2));
            assertThrows(IllegalArgumentException.class, () -> new WeightNoise(Double.NaN, 1, 2));
        }
    }
}
