package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.function.Executable;

/** A bias and a nonlinearity as the end of a product. */
@Tag("every-width")
class GemmEpilogueTest {
    private static final WorkerPool CALLER = WorkerPool.caller();

    @Property(tries = 100)
    void itHasTheBitsOfSeparatePasses(
            @ForAll boolean isDouble, @ForAll Activation f, @ForAll @IntRange(max = 40) int m,
            @ForAll @IntRange(max = 80) int n, @ForAll @IntRange(max = 40) int k, @ForAll @IntRange(max = 3) int gap,
            @ForAll @IntRange(max = 1) int beta) {
        ElementType type = isDouble ? ElementType.F64 : ElementType.F32;
        try (Samples samples = new Samples(type, gap, 3 * m + n); WorkerPool pool = new WorkerPool(2)) {
            Tensor a = samples.uniform(m, k);
            Tensor b = samples.uniform(k, n);
            Tensor bias = samples.uniform(1, n);
            Tensor old = samples.uniform(m, n);
            PackedMatrix packed = PackedMatrix.of(samples.workspace(), k, n, type).pack(b, pool);
            Tensor expected = samples.copyOf(old);
            Gemm.nn(0.5, a, b, beta, expected, pool);
            assertSameBits(expected, samples, old, c -> Gemm.nn(0.5, a, b, beta, c, Epilogue.NONE, pool));
            Tensor activated = samples.empty(m, n);
            Activations.forward(f, expected, activated, pool);
            Epilogue alone = Epilogue.activation(f);
            assertSameBits(activated, samples, old, c -> Gemm.nn(0.5, a, b, beta, c, alone, pool));
            Tensor rows = samples.empty(m, n);
            Elementwise.copyToRows(bias, rows, pool);
            Elementwise.add(rows, samples.copyOf(expected), expected, pool);
            Epilogue row = Epilogue.bias(bias);
            assertSameBits(expected, samples, old, c -> Gemm.packed(0.5, a, packed, beta, c, row, pool));
            Activations.forward(f, expected, activated, pool);
            Epilogue both = row.then(f);
            assertSameBits(activated, samples, old, c -> Gemm.nn(0.5, a, b, beta, c, both, pool));
            assertSameBits(activated, samples, old, c -> Gemm.packed(0.5, a, packed, beta, c, both, CALLER));
        }
    }

    private interface Product {
        void into(Tensor c);
    }

    private static void assertSameBits(Tensor expected, Samples samples, Tensor old, Product product) {
        Tensor c = samples.copyOf(old);
        product.into(c);
        assertArrayEquals(Samples.values(expected), Samples.values(c));
    }

    @Tag("compiled")
    @Example
    void callsAllocateNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Samples samples = new Samples(ElementType.F32, 1, 7)) {
            Tensor a = samples.uniform(5, 3);
            Tensor b = samples.uniform(3, 21);
            Tensor c = samples.uniform(5, 21);
            Epilogue epilogue = Epilogue.bias(samples.uniform(1, 21)).then(Activation.TANH);
            int calls = 10_000;
            long least = Long.MAX_VALUE;
            for (int round = 0; round < 100 && least >= calls; round++) { // until it is compiled
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < calls; i++) {
                    Gemm.nn(1, a, b, 0, c, epilogue, CALLER);
                }
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertTrue(least < calls, least / calls + " bytes a call");
        }
    }

    @Example
    void whatDoesNotFitIsNamedBeforeAnythingIsWritten() {
        try (Samples samples = new Samples(ElementType.F32, 0, 7)) {
            Tensor a = samples.uniform(5, 3);
            Tensor b = samples.uniform(3, 4);
            Tensor c = samples.uniform(5, 4);
            double[][] old = Samples.values(c);
            Tensor wide = samples.workspace().zeros(ElementType.F64, 4);
            refused("Gemm.nn: bias F32[1, 3] does not fit F32[5, 4]; expected [1, 4]",
                    () -> Gemm.nn(1, a, b, 0, c, Epilogue.bias(b.reshape(4, 3).rows(0, 1)), CALLER));
            refused("one element type", () -> Gemm.nn(1, a, b, 0, c, Epilogue.bias(wide), CALLER));
            refused("shares memory", () -> Gemm.nn(1, a, b, 0, c, Epilogue.bias(c.rows(2, 1)), CALLER));
            refused("epilogue is null", () -> Gemm.nn(1, a, b, 0, c, null, CALLER));
            refused("row is null", () -> Epilogue.bias(null));
            refused("f is null", () -> Epilogue.activation(null));
            Epilogue tanh = Epilogue.activation(Activation.TANH);
            assertThrows(IllegalStateException.class, () -> tanh.then(Activation.TANH));
            assertArrayEquals(old, Samples.values(c));
        }
    }

    @Example
    void aReleasedBiasIsRefused() {
        try (Samples samples = new Samples(ElementType.F32, 0, 7); Workspace other = new Workspace("steps")) {
            Workspace.Mark mark = other.mark();
            Tensor bias = other.zeros(ElementType.F32, 4);
            other.reset(mark);
            Tensor a = samples.uniform(5, 3);
            Tensor b = samples.uniform(3, 4);
            Tensor c = samples.uniform(5, 4);
            assertThrows(IllegalStateException.class, () -> Gemm.nn(1, a, b, 0, c, Epilogue.bias(bias), CALLER));
        }
    }

    private static void refused(String part, Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), message);
    }
}
