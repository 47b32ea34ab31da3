package dev.unroll.kernels;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterProperty;
import org.junit.jupiter.api.function.Executable;

@Tag("every-width")
class GemmTest {
    private static final double[] FACTORS = {0, 1, -1, 0.7};
    private static final WorkerPool CALLER = WorkerPool.caller();

    private final Workspace workspace = new Workspace("test", 1 << 28);
    private final Random random = new Random(1);

    @AfterProperty
    void close() {
        workspace.close();
    }

    @Provide
    Arbitrary<ElementType> types() {
        return Arbitraries.of(ElementType.F32, ElementType.F64);
    }

    /** Numbers between -1 and 1, every row followed by a gap. */
    private Tensor matrix(ElementType type, int rows, int columns, int gap) {
        Tensor whole = workspace.allocate(type, rows, columns + gap);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns + gap; j++) {
                whole.set(i, j, random.nextDouble() * 2 - 1);
            }
        }
        return whole.columns(0, columns);
    }

    private Tensor matrix(int rows, int columns) {
        return matrix(ElementType.F32, rows, columns, 0);
    }

    private Tensor copy(Tensor x) {
        return workspace.allocate(x.type(), x.shape()).copyFrom(x);
    }

    private void multiply(
            GemmCall.Form form, double alpha, Tensor a, Tensor b, double beta, Tensor c, WorkerPool pool) {
        switch (form) {
            case NN -> Gemm.nn(alpha, a, b, beta, c, pool);
            case NT -> Gemm.nt(alpha, a, b, beta, c, pool);
            case TN -> Gemm.tn(alpha, a, b, beta, c, pool);
            case TT -> Gemm.tt(alpha, a, b, beta, c, pool);
            case PACKED -> Gemm.packed(alpha, a, packed(b), beta, c, pool);
        }
    }

    private PackedMatrix packed(Tensor b) {
        return PackedMatrix.of(workspace, (int) b.rows(), (int) b.columns(), b.type()).pack(b);
    }

    @Property(tries = 200)
    void anElementIsTheSumOfItsProducts(
            @ForAll("types") ElementType type,
            @ForAll GemmCall.Form form,
            @ForAll @IntRange(max = 67) int m,
            @ForAll @IntRange(max = 67) int n,
            @ForAll @IntRange(max = 67) int k,
            @ForAll @IntRange(max = 5) int gap,
            @ForAll @IntRange(max = 3) int alpha,
            @ForAll @IntRange(max = 3) int beta) {
        Workspace.Mark mark = workspace.mark();
        checkSums(type, form, m, n, k, gap, FACTORS[alpha], FACTORS[beta], CALLER);
        workspace.reset(mark);
    }

    @Example
    void largeProductsOnSeveralThreadsAreRightToo() {
        try (WorkerPool pool = new WorkerPool(3)) {
            for (GemmCall.Form form : GemmCall.Form.values()) {
                checkSums(ElementType.F32, form, 131, 517, 301, 3, 1, 1, pool);
                checkSums(ElementType.F32, form, 517, 131, 301, 3, 0.5, 0, pool);
            }
        }
    }

    private void checkSums(
            ElementType type, GemmCall.Form form, int m, int n, int k, int gap,
            double alpha, double beta, WorkerPool pool) {
        boolean transposeA = form.transposeA;
        boolean transposeB = form.transposeB;
        Tensor a = transposeA ? matrix(type, k, m, gap) : matrix(type, m, k, gap);
        Tensor b = transposeB ? matrix(type, n, k, gap) : matrix(type, k, n, gap);
        Tensor c = matrix(type, m, n, gap);
        double[] old = values(c);
        multiply(form, alpha, a, b, beta, c, pool);
        double[] x = values(a);
        double[] y = values(b);
        double[] z = values(c);
        double unit = type == ElementType.F32 ? 0x1p-24 : 0x1p-53;
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                double absolute = 0;
                for (int p = 0; p < k; p++) {
                    double product = x[transposeA ? p * m + i : i * k + p] * y[transposeB ? j * k + p : p * n + j];
                    sum += product;
                    absolute += Math.abs(product);
                }
                int at = i * n + j;
                // k sums and at most 4 other roundings, of which each errs by half an ulp of what it adds up at most,
                // and once more for this sum here, which is no better than the kernel's where the type is F64.
                double bound = 2 * (k + 4) * unit * (Math.abs(alpha) * absolute + Math.abs(beta * old[at]));
                assertEquals(alpha * sum + beta * old[at], z[at], bound, "element " + i + ", " + j);
            }
        }
    }

    /** Row by row, without the gaps. */
    private static double[] values(Tensor x) {
        if (x.type() == ElementType.F64) {
            return x.toDoubles();
        }
        float[] floats = x.toFloats();
        double[] values = new double[floats.length];
        Arrays.setAll(values, i -> floats[i]);
        return values;
    }

    @Example
    void threadsChangeNoBit() {
        Tensor a = matrix(75, 333);
        Tensor b = matrix(333, 200);
        Tensor tall = matrix(333, 75);
        for (Tensor c : new Tensor[] {matrix(75, 200), matrix(200, 75)}) {
            Tensor alone = copy(c);
            boolean wide = c.columns() > c.rows();
            Gemm.tn(0.3, wide ? tall : b, wide ? b : tall, 0.7, alone, CALLER);
            for (int threads = 2; threads <= 5; threads++) {
                try (WorkerPool pool = new WorkerPool(threads)) {
                    Tensor shared = copy(c);
                    Gemm.tn(0.3, wide ? tall : b, wide ? b : tall, 0.7, shared, pool);
                    assertArrayEquals(alone.toFloats(), shared.toFloats());
                }
            }
        }
        Tensor alone = matrix(75, 200);
        Tensor shared = matrix(75, 200);
        PackedMatrix packed = packed(b);
        try (WorkerPool pool = new WorkerPool(3)) {
            Gemm.nn(1, a, b, 0, alone, CALLER);
            Gemm.packed(1, a, packed, 0, shared, pool);
            assertArrayEquals(alone.toFloats(), shared.toFloats());
        }
    }

    @Example
    void aRowOrColumnAloneHasTheBitsItHasAmongOthers() {
        Tensor a = matrix(29, 300);
        Tensor b = matrix(300, 83);
        Tensor all = matrix(29, 83);
        Gemm.nn(1, a, b, 0, all, CALLER);
        for (int count : new int[] {1, 2, 3, 7, 13}) {
            Tensor some = matrix(count, 83);
            Gemm.nn(1, a.rows(11, count), b, 0, some, CALLER);
            assertArrayEquals(all.rows(11, count).toFloats(), some.toFloats(), count + " rows");
            some = matrix(29, count);
            Gemm.nn(1, a, b.columns(37, count), 0, some, CALLER);
            assertArrayEquals(all.columns(37, count).toFloats(), some.toFloats(), count + " columns");
        }
    }

    @Example
    void packingOrTransposingAnOperandBeforehandChangesNoBit() {
        Tensor a = matrix(21, 270);
        Tensor b = matrix(270, 50);
        Tensor expected = matrix(21, 50);
        Gemm.nn(1, a, b, 0, expected, CALLER);
        Tensor c = matrix(21, 50);
        Gemm.tn(1, transpose(a), b, 0, c, CALLER);
        assertArrayEquals(expected.toFloats(), c.toFloats());
        Gemm.nt(1, a, transpose(b), 0, c, CALLER);
        assertArrayEquals(expected.toFloats(), c.toFloats());
        Gemm.tt(1, transpose(a), transpose(b), 0, c, CALLER);
        assertArrayEquals(expected.toFloats(), c.toFloats());
        PackedMatrix packed = PackedMatrix.of(workspace, 270, 50, ElementType.F32);
        Gemm.packed(1, a, packed.pack(b), 0, c, CALLER);
        assertArrayEquals(expected.toFloats(), c.toFloats());
        c.clear();
        Gemm.packed(1, a, packed.packTransposed(transpose(b)), 0, c, CALLER);
        assertArrayEquals(expected.toFloats(), c.toFloats());
    }

    @Property(tries = 30)
    void packingOnSeveralThreadsChangesNoBit(
            @ForAll("types") ElementType type, @ForAll @IntRange(max = 300) int k, @ForAll @IntRange(max = 900) int n,
            @ForAll boolean transposed) {
        Workspace.Mark mark = workspace.mark();
        Tensor b = transposed ? matrix(type, n, k, 3) : matrix(type, k, n, 3);
        Tensor a = matrix(type, 3, k, 0);
        Tensor expected = matrix(type, 3, n, 0);
        Tensor c = matrix(type, 3, n, 0);
        multiply(transposed ? GemmCall.Form.NT : GemmCall.Form.NN, 1, a, b, 0, expected, CALLER);
        try (WorkerPool pool = new WorkerPool(3)) {
            PackedMatrix packed = PackedMatrix.of(workspace, k, n, type);
            Gemm.packed(1, a, transposed ? packed.packTransposed(b, pool) : packed.pack(b, pool), 0, c, pool);
        }
        assertArrayEquals(values(expected), values(c));
        workspace.reset(mark);
    }

    private Tensor transpose(Tensor x) {
        Tensor y = workspace.allocate(x.type(), x.columns(), x.rows());
        for (int i = 0; i < x.rows(); i++) {
            for (int j = 0; j < x.columns(); j++) {
                y.set(j, i, x.get(i, j));
            }
        }
        return y;
    }

    @Example
    void aSequenceIsTheMatrixOfItsRows() {
        Tensor a = matrix(15, 8);
        Tensor b = matrix(8, 4);
        Tensor flat = matrix(15, 4);
        Tensor sequence = workspace.allocate(ElementType.F32, 3, 5, 4);
        Gemm.nn(1, a, b, 0, flat, CALLER);
        Gemm.nn(1, a.reshape(3, 5, 8), b, 0, sequence, CALLER);
        assertArrayEquals(flat.toFloats(), sequence.toFloats());
    }

    @Example
    void rowsMayLieFurtherApartThanAnIntCounts() throws IOException {
        Path file = Files.createTempFile("rows", null);
        try (Arena arena = Arena.ofShared(); FileChannel channel = FileChannel.open(file, READ, WRITE)) {
            long columns = 550_000_000; // 2.2 GB, of which the file has the few pages that are written
            MemorySegment memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, 2 * columns * Float.BYTES, arena);
            Tensor apart = Tensor.wrap(memory, ElementType.F32, 2, columns).columns(0, 40);
            Tensor x = matrix(2, 40);
            apart.copyFrom(x);
            Tensor square = matrix(2, 2);
            assertSameProduct(matrix(2, 40), c -> Gemm.nn(1, square, x, 0, c, CALLER),
                    c -> Gemm.nn(1, square, apart, 0, c, CALLER));
            assertSameProduct(matrix(40, 40), c -> Gemm.tn(1, x, x, 0, c, CALLER),
                    c -> Gemm.tn(1, apart, apart, 0, c, CALLER));
            assertSameProduct(matrix(2, 2), c -> Gemm.nt(1, x, x, 0, c, CALLER),
                    c -> Gemm.nt(1, apart, apart, 0, c, CALLER));
            assertSameProduct(matrix(40, 2), c -> Gemm.tt(1, x, square, 0, c, CALLER),
                    c -> Gemm.tt(1, apart, square, 0, c, CALLER));
            assertSameProduct(matrix(2, 40), c -> Gemm.nn(1, square, x, 0, c, CALLER), c -> {
                Gemm.nn(1, square, x, 0, apart, CALLER);
                c.copyFrom(apart);
            });
        } finally {
            Files.delete(file);
        }
    }

    private interface Product {
        void into(Tensor c);
    }

    private void assertSameProduct(Tensor c, Product expected, Product actual) {
        Tensor other = copy(c);
        expected.into(c);
        actual.into(other);
        assertArrayEquals(c.toFloats(), other.toFloats());
    }

    @Example
    void asManyRowsAsAreAllowedAreNoObstacleAndMoreAreRefused() {
        MemorySegment memory = Arena.ofAuto().allocate(8, 8); // rows without elements lie nowhere
        Tensor most = Tensor.wrap(memory, ElementType.F32, Gemm.MAX_SIZE, 0);
        Tensor tooMany = Tensor.wrap(memory, ElementType.F32, Gemm.MAX_SIZE + 1L, 0);
        Tensor nothing = Tensor.wrap(memory, ElementType.F32, 0, 0);
        Gemm.nn(1, most, nothing, 0, most, CALLER);
        Gemm.tn(1, most, most, 0, nothing, CALLER);
        refused("more rows or columns than", () -> Gemm.nn(1, tooMany, nothing, 0, tooMany, CALLER));
        refused("more rows or columns than", () -> Gemm.tn(1, tooMany, tooMany, 0, nothing, CALLER));
    }

    @Example
    void betaOfZeroOverwritesWhateverIsThere() {
        for (int k : new int[] {0, 5}) {
            Tensor c = matrix(9, 40);
            for (int i = 0; i < 9; i++) {
                c.set(i, 4 * i, Double.NaN);
            }
            Gemm.nn(1, matrix(9, k), matrix(k, 40), 0, c, CALLER);
            for (float value : c.toFloats()) {
                assertTrue(k == 0 ? value == 0 : Math.abs(value) <= k, "value " + value);
            }
        }
    }

    @Example
    void alphaOfZeroReadsNoOperand() {
        Tensor a = matrix(3, 3);
        a.set(1, 1, Double.NaN);
        Tensor c = matrix(3, 3);
        Tensor old = copy(c);
        Gemm.nn(0, a, matrix(3, 3), 1, c, CALLER);
        assertArrayEquals(old.toFloats(), c.toFloats());
    }

    @Example
    void partsOfOneMatrixThatDoNotOverlapAreNoObstacle() {
        Tensor whole = matrix(6, 12);
        Tensor a = copy(whole.columns(0, 6));
        Tensor expected = matrix(6, 6);
        Gemm.nn(1, a, a, 0, expected, CALLER);
        Gemm.nn(1, whole.columns(0, 6), whole.columns(0, 6), 0, whole.columns(6, 6), CALLER);
        assertArrayEquals(expected.toFloats(), whole.columns(6, 6).toFloats());
    }

    @Example
    void whatDoesNotFitIsNamedBeforeAnythingIsWritten() {
        Tensor a = matrix(3, 4);
        Tensor b = matrix(4, 5);
        Tensor c = matrix(3, 5);
        Tensor old = copy(c);
        Tensor wide = workspace.zeros(ElementType.F64, 4, 5);
        Tensor ids = workspace.zeros(ElementType.I32, 3, 4);
        PackedMatrix packed = packed(b);
        refused("b F32[3, 5] does not fit a F32[3, 4]; expected 4 rows", () -> Gemm.nn(1, a, c, 0, c, CALLER));
        refused("b F32[4, 5] does not fit a F32[3, 4]; expected 4 columns", () -> Gemm.nt(1, a, b, 0, c, CALLER));
        refused("b F32[4, 5] does not fit a F32[3, 4]; expected 3 rows", () -> Gemm.tn(1, a, b, 0, c, CALLER));
        refused("b F32[4, 5] does not fit a F32[3, 4]; expected 3 columns", () -> Gemm.tt(1, a, b, 0, c, CALLER));
        refused("b packed F32[4, 5] does not fit a F32[3, 5]; expected 5 rows",
                () -> Gemm.packed(1, c, packed, 0, c, CALLER));
        refused(
                "c F32[3, 4] does not fit the product of F32[3, 4] and F32[4, 5]; expected [3, 5]",
                () -> Gemm.nn(1, a, b, 0, a, CALLER));
        refused("one element type", () -> Gemm.nn(1, a, wide, 0, c, CALLER));
        refused("one element type", () -> Gemm.nn(1, a, b, 0, wide, CALLER));
        refused("not floating point", () -> Gemm.nn(1, ids, b, 0, c, CALLER));
        refused("a is null", () -> Gemm.nn(1, null, b, 0, c, CALLER));
        refused("b is null", () -> Gemm.nn(1, a, null, 0, c, CALLER));
        refused("b is null", () -> Gemm.packed(1, a, null, 0, c, CALLER));
        refused("c is null", () -> Gemm.nn(1, a, b, 0, null, CALLER));
        refused("pool is null", () -> Gemm.nn(1, a, b, 0, c, null));
        assertArrayEquals(old.toFloats(), c.toFloats());
    }

    @Example
    void aResultThatIsReadOnlyOrSharesMemoryWithAnOperandIsRefused() {
        Tensor a = matrix(4, 4);
        Tensor b = matrix(4, 4);
        MemorySegment memory = Arena.ofAuto().allocate(64, 4).asReadOnly();
        Tensor readOnly = Tensor.wrap(memory, ElementType.F32, 4, 4);
        refused("read-only", () -> Gemm.nn(1, a, b, 0, readOnly, CALLER));
        refused("shares memory", () -> Gemm.nn(1, a, b, 0, a, CALLER));
        refused("shares memory", () -> Gemm.nn(1, a, b, 0, b, CALLER));
        refused("shares memory", () -> Gemm.packed(1, a, packed(b), 0, a, CALLER));
        Tensor whole = matrix(4, 9);
        refused("shares memory", () -> Gemm.nn(1, a, whole.columns(0, 4), 0, whole.columns(3, 4), CALLER));
    }

    @Example
    void releasedTensorsAndMatricesAreRefused() {
        Tensor b = matrix(4, 4);
        Tensor c = matrix(4, 4);
        Workspace.Mark mark = workspace.mark();
        Tensor a = matrix(4, 4);
        PackedMatrix packed = packed(b);
        workspace.reset(mark);
        assertReleased(() -> Gemm.nn(1, a, b, 0, c, CALLER));
        assertReleased(() -> Gemm.nn(1, b, a, 0, c, CALLER));
        assertReleased(() -> Gemm.nn(1, b, b, 0, a, CALLER));
        assertReleased(() -> Gemm.packed(1, b, packed, 0, c, CALLER));
        assertReleased(() -> packed.pack(b));
    }

    private static void assertReleased(Executable call) {
        String message = assertThrows(IllegalStateException.class, call).getMessage();
        assertTrue(message.contains("released by reset"), message);
    }

    @Example
    void aPackedMatrixChecksWhatItIsGiven() {
        Tensor b = matrix(4, 5);
        Tensor a = matrix(3, 4);
        PackedMatrix packed = PackedMatrix.of(workspace, 4, 5, ElementType.F32);
        String early = assertThrows(
                IllegalStateException.class, () -> Gemm.packed(1, a, packed, 0, matrix(3, 5), CALLER))
                .getMessage();
        assertTrue(early.contains("holds no matrix yet"), early);
        refused("expected F32[5, 4], not F32[4, 5]", () -> packed.packTransposed(b));
        refused("expected F32[4, 5], not F32[3, 4]", () -> packed.pack(a));
        refused("b is null", () -> packed.pack(null));
        refused("pool is null", () -> packed.pack(b, null));
        refused("from 0 to", () -> PackedMatrix.of(workspace, -1, 5, ElementType.F32));
        refused("cannot multiply I32", () -> PackedMatrix.of(workspace, 4, 5, ElementType.I32));
        refused("workspace is null", () -> PackedMatrix.of(null, 4, 5, ElementType.F32));
        refused("type is null", () -> PackedMatrix.of(workspace, 4, 5, null));
    }

    private static void refused(String part, Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), message);
    }
}
