package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.function.Executable;

/** The product of operands that are lists along K. */
@Tag("every-width")
class GemmSumTest {
    private static final WorkerPool CALLER = WorkerPool.caller();

    /** Some matrices, and the same rows in one. */
    private record Blocks(List<Tensor> blocks, Tensor whole) {
        static Blocks of(Samples samples, int columns, int... rows) {
            Tensor whole = samples.uniform(Arrays.stream(rows).sum(), columns);
            List<Tensor> blocks = new ArrayList<>();
            int from = 0;
            for (int count : rows) {
                Tensor block = samples.empty(count, columns + blocks.size() % 3).columns(0, columns);
                blocks.add(block.copyFrom(whole.rows(from, count)));
                from += count;
            }
            return new Blocks(blocks, whole);
        }
    }

    @Property(tries = 60)
    void aListHasTheBitsOfItsConcatenation(
            @ForAll boolean isDouble, @ForAll List<@IntRange(max = 200) Integer> counts,
            @ForAll @IntRange(max = 40) int m,
            @ForAll @IntRange(max = 90) int n, @ForAll @IntRange(max = 2) int beta,
            @ForAll @IntRange(max = 3) int gap) {
        int[] rows = counts.stream().limit(12).mapToInt(i -> i).toArray();
        try (Samples samples = new Samples(isDouble ? ElementType.F64 : ElementType.F32, gap, m + n);
                WorkerPool pool = new WorkerPool(2)) {
            Blocks a = Blocks.of(samples, m, rows);
            Blocks b = Blocks.of(samples, n, rows);
            Tensor expected = samples.uniform(m, n);
            Tensor actual = samples.copyOf(expected);
            Gemm.tn(0.75, a.whole, b.whole, beta, expected, CALLER);
            Gemm.tn(0.75, a.blocks, b.blocks, beta, actual, pool);
            assertArrayEquals(Samples.values(expected), Samples.values(actual));
        }
    }

    @Example
    void largeSumsOnSeveralThreadsHaveTheseBitsToo() {
        int[] rows = {32, 100, 0, 1, 300, 32, 32, 7, 400};
        try (Samples samples = new Samples(ElementType.F32, 1, 7); WorkerPool pool = new WorkerPool(3)) {
            Blocks a = Blocks.of(samples, 250, rows);
            Blocks b = Blocks.of(samples, 330, rows);
            Tensor expected = samples.uniform(250, 330);
            Tensor actual = samples.copyOf(expected);
            Gemm.tn(1, a.whole, b.whole, 1, expected, CALLER);
            Gemm.tn(1, a.blocks, b.blocks, 1, actual, pool);
            assertArrayEquals(Samples.values(expected), Samples.values(actual));
        }
    }

    @Example
    void aSumOfNothingIsZero() {
        try (Samples samples = new Samples(ElementType.F32, 1, 7)) {
            Tensor c = samples.uniform(3, 4);
            Tensor old = samples.copyOf(c);
            Gemm.tn(1, List.of(), List.of(), 1, c, CALLER);
            assertArrayEquals(Samples.values(old), Samples.values(c));
            Gemm.tn(1, List.of(), List.of(), 0, c, CALLER);
            assertArrayEquals(new double[3][4], Samples.values(c));
        }
    }

    @Tag("compiled")
    @Example
    void callsAllocateNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Samples samples = new Samples(ElementType.F32, 1, 7)) {
            Blocks a = Blocks.of(samples, 3, 2, 5, 0, 1);
            Blocks b = Blocks.of(samples, 4, 2, 5, 0, 1);
            Tensor c = samples.uniform(3, 4);
            int calls = 10_000;
            long least = Long.MAX_VALUE;
            for (int round = 0; round < 100 && least >= calls; round++) { // until it is compiled
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < calls; i++) {
                    Gemm.tn(1, a.blocks, b.blocks, 0, c, CALLER);
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
            Tensor b = samples.uniform(5, 4);
            Tensor c = samples.uniform(3, 4);
            double[][] old = Samples.values(c);
            Tensor wide = samples.workspace().zeros(ElementType.F64, 5, 4);
            Tensor ids = samples.workspace().zeros(ElementType.I32, 3, 4);
            Tensor readOnly = Tensor.wrap(Arena.ofAuto().allocate(48, 4).asReadOnly(), ElementType.F32, 3, 4);
            refused("a[1] F32[5, 4] and b[1] F32[5, 4] do not fit c F32[3, 4]; expected [k, 3] and [k, 4]",
                    () -> Gemm.tn(1, List.of(a, b), List.of(b, b), 0, c, CALLER));
            refused("a[0] F32[5, 3] and b[0] F32[4, 4] do not fit c", () -> Gemm.tn(1, List.of(a),
                    List.of(b.rows(0, 4)), 0, c, CALLER));
            refused("a has 2 matrices and b 1; expected as many",
                    () -> Gemm.tn(1, List.of(a, a), List.of(b), 0, c, CALLER));
            refused("one element type", () -> Gemm.tn(1, List.of(a), List.of(wide), 0, c, CALLER));
            refused("not floating point", () -> Gemm.tn(1, List.of(a), List.of(b), 0, ids, CALLER));
            refused("a[0] is null", () -> Gemm.tn(1, Collections.singletonList(null), List.of(b), 0, c, CALLER));
            refused("b[0] is null", () -> Gemm.tn(1, List.of(a), Collections.singletonList(null), 0, c, CALLER));
            refused("a is null", () -> Gemm.tn(1, null, List.of(b), 0, c, CALLER));
            refused("b is null", () -> Gemm.tn(1, List.of(a), null, 0, c, CALLER));
            refused("c is null", () -> Gemm.tn(1, List.of(a), List.of(b), 0, null, CALLER));
            refused("pool is null", () -> Gemm.tn(1, List.of(a), List.of(b), 0, c, null));
            refused("read-only", () -> Gemm.tn(1, List.of(a), List.of(b), 0, readOnly, CALLER));
            Tensor square = samples.uniform(4, 4);
            refused("shares memory",
                    () -> Gemm.tn(1, List.of(square), List.of(square), 0, square, CALLER));
            assertArrayEquals(old, Samples.values(c));
        }
    }

    @Example
    void moreRowsThanAnIntCountsAreRefused() {
        try (Arena arena = Arena.ofConfined()) {
            // No memory is behind an empty row, so that there can be many of them.
            MemorySegment memory = arena.allocate(8, 8);
            Tensor rows = Tensor.wrap(memory, ElementType.F32, 1 << 30, 0);
            Tensor c = Tensor.wrap(memory, ElementType.F32, 0, 0);
            refused("more rows or columns than 2147483520",
                    () -> Gemm.tn(1, List.of(rows, rows), List.of(rows, rows), 0, c, CALLER));
        }
    }

    @Example
    void aRefusedCallLeavesTheWorkspacesFree() {
        try (Samples samples = new Samples(ElementType.F32, 0, 7); Workspace other = new Workspace("steps")) {
            Tensor a = samples.uniform(5, 3);
            Tensor b = samples.uniform(5, 4);
            Tensor c = samples.uniform(3, 4);
            Workspace.Mark mark = samples.workspace().mark();
            Workspace.Mark gone = other.mark();
            Tensor released = other.zeros(ElementType.F32, 5, 4);
            other.reset(gone);
            String message = assertThrows(
                    IllegalStateException.class,
                    () -> Gemm.tn(1, List.of(a, a), List.of(b, released), 0, c, CALLER)).getMessage();
            assertTrue(message.contains("released by reset"), message);
            samples.workspace().reset(mark); // refused if the call were still inside
        }
    }

    private static void refused(String part, Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), message);
    }
}
