package dev.unroll.kernels.simd.gemm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.provider.GemmKernel;
import dev.unroll.kernels.provider.GemmProblem;
import dev.unroll.kernels.provider.KernelSet;
import dev.unroll.kernels.simd.KernelCase.Matrix;
import dev.unroll.kernels.simd.SimdKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/**
 * Every element is compared, bit for bit, with its sum written out one fused multiply-add after the other. Since that
 * sum knows of no tile, panel, split, piece or vector width, neither may the kernel's result depend on them.
 */
@Tag("every-width")
class SimdGemmTest {
    private static final double[] FACTORS = {0, 1, -1, 0.75};

    /** The forms of a product; packed, B is divided too. In halves it is packed too. */
    private record Form(ElementType type, boolean transposeA, boolean transposeB, boolean packed, boolean halved) {
        static Form of(int number) {
            ElementType type = (number & 8) == 0 ? ElementType.F32 : ElementType.F64;
            boolean halved = (number & 16) != 0;
            return new Form(type, (number & 1) != 0, (number & 2) != 0, halved || (number & 4) != 0, halved);
        }

        Form(ElementType type, boolean transposeA, boolean transposeB, boolean packed) {
            this(type, transposeA, transposeB, packed, false);
        }

        int depth(int k) {
            return type == ElementType.F32 ? GemmBlocksF32.depth(k) : GemmBlocksF64.depth(k);
        }

        int columns(int depth) {
            return type == ElementType.F32 ? GemmBlocksF32.columns(depth) : GemmBlocksF64.columns(depth);
        }

        /** What a product reads of an element of B, rounded by arithmetic and not by its bits. */
        double kept(double element) {
            if (!halved || element == 0) {
                return element;
            }
            int bits = type == ElementType.F32 ? 8 : 21; // of the fraction, with the leading one
            double unit = Math.scalb(1, Math.getExponent(element) - bits + 1);
            return Math.rint(element / unit) * unit;
        }

        KernelSet kernels() {
            return type == ElementType.F32 ? SimdKernels.f32() : SimdKernels.f64();
        }
    }

    private static Matrix random(ElementType type, int rows, int columns, int gap, Random random) {
        int stride = columns + gap;
        long elements = rows == 0 ? 0 : (long) (rows - 1) * stride + columns;
        MemorySegment memory = Arena.ofAuto().allocate(elements * type.bytes(), type.bytes());
        Matrix matrix = new Matrix(memory, type, rows, columns, stride);
        for (long i = 0; i < elements; i++) {
            matrix.set((int) (i / stride), (int) (i % stride), random.nextDouble() * 2 - 1);
        }
        return matrix;
    }

    private static double get(Matrix matrix, boolean transposed, int row, int column) {
        return transposed ? matrix.get(column, row) : matrix.get(row, column);
    }

    /** {@code a b + c} with one rounding. */
    private static double fma(ElementType type, double a, double b, double c) {
        return type == ElementType.F32 ? Math.fma((float) a, (float) b, (float) c) : Math.fma(a, b, c);
    }

    private static double times(ElementType type, double a, double b) {
        return type == ElementType.F32 ? (float) a * (float) b : a * b;
    }

    /** The sum of one element as the kernel promises it. */
    private static double element(
            Form form, int k, double alpha, Matrix a, Matrix b, double beta, double c, int i, int j) {
        ElementType type = form.type;
        if (k == 0 || alpha == 0) {
            return beta == 0 ? 0 : times(type, beta, c);
        }
        int depth = form.depth(k);
        double result = c;
        for (int start = 0; start < k; start += depth) {
            double sum = 0;
            for (int p = start; p < Math.min(k, start + depth); p++) {
                sum = fma(type, get(a, form.transposeA, i, p), form.kept(get(b, form.transposeB, p, j)), sum);
            }
            double factor = start == 0 ? beta : 1;
            result = factor == 0 ? times(type, alpha, sum) : fma(type, alpha, sum, times(type, factor, result));
        }
        return result;
    }

    /** What a test multiplies: matrices with gaps behind their rows, in memory of their exact size. */
    private static final class Product {
        final Form form;
        final int m;
        final int n;
        final int k;
        final double alpha;
        final double beta;
        final Matrix a;
        final Matrix b;
        final Matrix old;
        final Matrix c;
        final GemmProblem problem = new GemmProblem();

        Product(Form form, int m, int n, int k, int gap, double alpha, double beta) {
            Random random = new Random(31L * m + 37L * n + 41L * k);
            this.form = form;
            this.m = m;
            this.n = n;
            this.k = k;
            this.alpha = alpha;
            this.beta = beta;
            a = random(form.type, form.transposeA ? k : m, form.transposeA ? m : k, gap, random);
            b = random(form.type, form.transposeB ? n : k, form.transposeB ? k : n, 2 * gap, random);
            old = random(form.type, m, n, gap, random);
            c = old.copy();
            problem.reset(form.transposeA, form.transposeB, form.packed, form.halved);
            problem.setFactors(alpha, beta);
            problem.setC(m, n, c.memory(), 0, c.stride());
        }

        /** Cuts K, and with it the operands, at some places. */
        Product inPieces(int... cuts) {
            int from = 0;
            for (int to : cuts) {
                long skippedA = form.transposeA ? (long) from * a.stride() : from;
                long skippedB = form.transposeB ? from : (long) from * b.stride();
                problem.a().add(a.memory(), skippedA * form.type.bytes(), a.stride());
                problem.b().add(b.memory(), skippedB * form.type.bytes(), b.stride());
                problem.endPiece(to - from);
                from = to;
            }
            return this;
        }

        void run() {
            GemmKernel kernel = form.kernels().gemm();
            if (!form.packed) {
                kernel.multiply(problem, 0, m / 3, 0, n);
                kernel.multiply(problem, m / 3, m, 0, n);
                return;
            }
            int width = kernel.panelColumns();
            int middle = n / 2 / width * width;
            MemorySegment packed = Arena.ofAuto().allocate(kernel.packedBytes(k, n, form.halved), 64);
            kernel.pack(form.transposeB, form.halved, k, n, middle, n, b.memory(), 0, b.stride(), packed, 0);
            kernel.pack(form.transposeB, form.halved, k, n, 0, middle, b.memory(), 0, b.stride(), packed, 0);
            problem.a().add(a.memory(), 0, a.stride());
            problem.b().add(packed, 0, 0);
            problem.endPiece(k);
            kernel.multiply(problem, 0, m, 0, middle);
            kernel.multiply(problem, 0, m, middle, n);
        }

        void check() {
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    double expected = element(form, k, alpha, a, b, beta, old.get(i, j), i, j);
                    assertEquals(expected, c.get(i, j), form + ", element " + i + ", " + j);
                }
                for (int j = n; j < c.stride() && i < m - 1; j++) {
                    assertEquals(old.get(i, j), c.get(i, j), form + ", the gap behind row " + i);
                }
            }
        }
    }

    private static void check(Form form, int m, int n, int k, int gap, double alpha, double beta) {
        Product product = new Product(form, m, n, k, gap, alpha, beta);
        if (!form.packed) {
            product.inPieces(k);
        }
        product.run();
        product.check();
    }

    @Property(tries = 500)
    void everyElementIsItsOwnChainOfFusedMultiplyAdds(
            @ForAll @IntRange(max = 31) int form,
            @ForAll @IntRange(max = 67) int m,
            @ForAll @IntRange(max = 67) int n,
            @ForAll @IntRange(max = 67) int k,
            @ForAll @IntRange(max = 5) int gap,
            @ForAll @IntRange(max = 3) int alpha,
            @ForAll @IntRange(max = 3) int beta) {
        check(Form.of(form), m, n, k, gap, FACTORS[alpha], FACTORS[beta]);
    }

    @Example
    void blocksOfRowsColumnsAndDepthFitTogether() {
        int stride = Boolean.getBoolean("unroll.full") ? 1 : 5; // odd, so that each of the four choices is tried both ways
        for (int number = 0; number < 32; number += stride) {
            Form form = Form.of(number);
            int deep = 2 * form.depth(1 << 20) + 3;
            check(form, GemmBlocksF32.MAX_ROWS_IN_PLACE + 5, 45, deep, 1, 1, 0.5);
            check(form, 7, form.columns(form.depth(deep)) + 77, deep, 0, -2, 0);
        }
    }

    @Example
    void everyCountOfRowsHasItsTiles() {
        for (int m = 1; m <= 67; m++) {
            check(new Form(ElementType.F32, false, false, true), m, 290, 9, 0, 1, 1);
            check(new Form(ElementType.F64, false, false, false), m, 290, 9, 0, 1, 0);
            check(new Form(ElementType.F32, false, false, true, true), m, 290, 9, 0, 1, 1);
        }
    }

    @Property(tries = 200)
    void operandsMayComeInPiecesAlongK(
            @ForAll @IntRange(max = 15) int form,
            @ForAll @IntRange(max = 70) int m,
            @ForAll @IntRange(max = 70) int n,
            @ForAll @IntRange(max = 999) int k,
            @ForAll @IntRange(max = 5) int gap,
            @ForAll @IntRange(max = 6) int pieces,
            @ForAll long seed) {
        int[] cuts = new Random(seed).ints(pieces, 0, k + 1).sorted().toArray();
        int[] all = Arrays.copyOf(cuts, pieces + 1);
        all[pieces] = k;
        Form inMemory = Form.of(form & ~4);
        Product product = new Product(inMemory, m, n, k, gap, 1, 1).inPieces(all);
        product.run();
        product.check();
    }

    @Example
    void manyRowsOfPiecesArePackedTogether() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            Form form = new Form(type, true, false, false);
            Product product = new Product(form, GemmBlocksF32.MAX_ROWS_IN_PLACE + 9, 70, 800, 3, 1, 0)
                    .inPieces(0, 1, 1, 380, 400, 500, 501, 800, 800);
            product.run();
            product.check();
        }
    }

    /** Columns of A become rows once for all blocks of columns of B, piece by piece. */
    @Example
    void piecesOfManyColumnsAreTransposedTogether() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            Form form = new Form(type, true, false, false);
            int columns = form.columns(form.depth(800)) + 30;
            Product product = new Product(form, 2 * GemmBlocksF32.MAX_HEIGHT + 5, columns, 800, 3, 1, 0.5)
                    .inPieces(0, 1, 1, 380, 400, 500, 501, 800, 800);
            product.run();
            product.check();
        }
    }

    @Property(tries = 200)
    void theEpilogueHasTheBitsOfSeparatePasses(
            @ForAll @IntRange(max = 31) int form,
            @ForAll @IntRange(max = 30) int m,
            @ForAll @IntRange(max = 150) int n,
            @ForAll @IntRange(max = 9) int depth,
            @ForAll boolean hasBias,
            @ForAll Activation f) {
        int k = depth == 9 ? 900 : depth;
        Product separate = product(Form.of(form), m, n, k);
        Product fused = product(Form.of(form), m, n, k);
        ElementType type = separate.form.type;
        KernelSet kernels = separate.form.kernels();
        Matrix bias = random(type, 1, n, 0, new Random(3));
        fused.problem.setEpilogue(hasBias ? bias.memory() : null, 0, f);
        separate.run();
        fused.run();
        MemorySegment c = separate.c.memory();
        for (int i = 0; i < m; i++) {
            long at = separate.c.at(i);
            if (hasBias) {
                kernels.elementwise().add(n, c, at, bias.memory(), 0, c, at);
            }
            kernels.activation().forward(f, n, c, at, c, at);
        }
        assertEquals(-1, c.mismatch(fused.c.memory()));
    }

    private static Product product(Form form, int m, int n, int k) {
        Product product = new Product(form, m, n, k, 2, 0.75, k == 0 ? 0 : 1);
        return form.packed ? product : product.inPieces(k);
    }

    @Example
    void aBiasAloneIsAddedToEveryRow() {
        for (int number = 0; number < 32; number++) {
            Product separate = product(Form.of(number), 14, 100, 20);
            Product fused = product(Form.of(number), 14, 100, 20);
            Matrix bias = random(separate.form.type, 1, 100, 0, new Random(3));
            fused.problem.setEpilogue(bias.memory(), 0, null);
            separate.run();
            fused.run();
            for (int i = 0; i < 14; i++) {
                for (int j = 0; j < 100; j++) {
                    double sum = separate.c.get(i, j) + bias.get(0, j);
                    double expected = separate.form.type == ElementType.F32 ? (float) sum : sum;
                    assertEquals(expected, fused.c.get(i, j));
                }
            }
        }
    }

    @Example
    void theFirstCallHasTheBitsOfTheHundredThousandth() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            Product product = product(new Form(type, false, false, false), 13, 37, 19);
            product.problem.setFactors(1, 0);
            product.run();
            Matrix first = product.c.copy();
            for (int i = 0; i < 100_000; i++) {
                product.run();
            }
            assertEquals(-1, first.memory().mismatch(product.c.memory()));
        }
    }
}
