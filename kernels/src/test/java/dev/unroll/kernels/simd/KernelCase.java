package dev.unroll.kernels.simd;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Rules;
import dev.unroll.kernels.UpdateRule;
import dev.unroll.kernels.UpdateStep;
import dev.unroll.kernels.provider.KernelSet;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One kernel as tests call it, whatever its operands.
 *
 * @param name what a failure says
 * @param local whether a column of the results depends on that column of the operands alone
 * @param roundings by how many roundings two implementations may differ, beside one for every element that they sum
 * @param size how large the numbers are that are rounded
 */
public record KernelCase(String name, boolean local, int roundings, double size, Operand[] operands, Call call) {
    /** Rows of the tables that ids choose from. */
    private static final int TABLE = 7;

    public interface Call {
        void run(KernelSet kernels, int rows, int n, Matrix[] m);
    }

    /** How an operand follows from the size of a case: {@code blocks} times as wide, with numbers up to a size. */
    public record Operand(Kind kind, int blocks, double size) {}

    public enum Kind {
        MATRIX, POSITIVE, ROW, ORDERS, COLUMN, TABLE, IDS_OF_COLUMNS, IDS_OF_TABLE
    }

    /** Memory of its exact size, so that no access beyond it goes unseen, with gaps behind the rows. */
    public record Matrix(MemorySegment memory, ElementType type, int rows, int columns, int stride) {
        public long at(int row) {
            return (long) row * stride * type.bytes();
        }

        public double get(int row, int column) {
            long at = at(row) + column * type.bytes();
            return type == ElementType.F32 ? memory.get(JAVA_FLOAT, at) : memory.get(JAVA_DOUBLE, at);
        }

        public void set(int row, int column, double value) {
            long at = at(row) + column * type.bytes();
            if (type == ElementType.F32) {
                memory.set(JAVA_FLOAT, at, (float) value);
            } else {
                memory.set(JAVA_DOUBLE, at, value);
            }
        }

        public Matrix copy() {
            MemorySegment copy = Arena.ofAuto().allocate(memory.byteSize(), type.bytes()).copyFrom(memory);
            return new Matrix(copy, type, rows, columns, stride);
        }
    }

    @Override
    public String toString() {
        return name;
    }

    /** Operands whose element at a place is the same at every size. */
    Matrix[] operands(ElementType type, int rows, int n, int gap) {
        Matrix[] all = new Matrix[operands.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = operand(i, type, rows, n, gap + i % 2);
        }
        return all;
    }

    private Matrix operand(int index, ElementType type, int rows, int n, int gap) {
        Operand operand = operands[index];
        int height = switch (operand.kind) {
            case ROW, ORDERS -> 1;
            case TABLE -> TABLE;
            case MATRIX, POSITIVE, COLUMN, IDS_OF_COLUMNS, IDS_OF_TABLE -> rows;
        };
        boolean narrow = switch (operand.kind) {
            case COLUMN, IDS_OF_COLUMNS, IDS_OF_TABLE -> true;
            case MATRIX, POSITIVE, ROW, ORDERS, TABLE -> false;
        };
        int width = narrow ? 1 : operand.blocks * n;
        int stride = narrow ? 1 : width + gap;
        long elements = (long) Math.max(0, height - 1) * stride + width;
        MemorySegment memory = Arena.ofAuto().allocate(elements * type.bytes(), type.bytes());
        Matrix matrix = new Matrix(memory, type, height, width, stride);
        for (int r = 0; r < height; r++) {
            for (int j = 0; j < (r == height - 1 ? width : stride); j++) {
                SplittableRandom random = new SplittableRandom(place(index, r, narrow ? 1 : n, j));
                switch (operand.kind) {
                    case IDS_OF_COLUMNS -> memory.setAtIndex(JAVA_INT, r, random.nextInt(n));
                    case IDS_OF_TABLE -> memory.setAtIndex(JAVA_INT, r, random.nextInt(TABLE));
                    case POSITIVE -> matrix.set(r, j, random.nextDouble(operand.size));
                    case ORDERS -> matrix.set(r, j, random.nextDouble(1, 4));
                    default -> matrix.set(r, j, random.nextDouble(-operand.size, operand.size));
                }
            }
        }
        return matrix;
    }

    /** The same for the same column of the same block, however wide the blocks are; the gap is a block of its own. */
    private static long place(int index, int row, int n, int column) {
        return ((long) index << 48) + ((long) row << 32) + (n == 0 ? 0 : ((long) (column / n) << 24) + column % n);
    }

    static Matrix[] copy(Matrix[] operands) {
        return Arrays.stream(operands).map(Matrix::copy).toArray(Matrix[]::new);
    }

    private static Operand matrix(int blocks, double size) {
        return new Operand(Kind.MATRIX, blocks, size);
    }

    private static Operand of(Kind kind) {
        return new Operand(kind, 1, 1);
    }

    /** A kernel over one run of elements, called for every row; all operands are as wide. */
    private interface RowCall {
        void run(KernelSet kernels, int n, Matrix[] m, int row);
    }

    private static KernelCase rows(String name, boolean local, int roundings, double size, int operands, RowCall call) {
        Operand[] all = new Operand[operands];
        Arrays.fill(all, matrix(1, size));
        return new KernelCase(name, local, roundings, Math.max(1, size), all, (kernels, rows, n, m) -> {
            for (int r = 0; r < rows; r++) {
                call.run(kernels, n, m, r);
            }
        });
    }

    /** Every kernel that has vectors, but the matrix products. */
    static List<KernelCase> all() {
        List<KernelCase> cases = new ArrayList<>();
        elementwise(cases);
        for (Activation f : Activation.values()) {
            activation(f, cases);
        }
        lstm(cases);
        gru(cases);
        softmax(cases);
        losses(cases);
        random(cases);
        resetBeforeGru(cases);
        maxout(cases);
        lp(cases);
        layerNorm(cases);
        embedding(cases);
        optimizers(cases);
        return cases;
    }

    private static void elementwise(List<KernelCase> cases) {
        cases.add(rows("add", true, 0, 1, 3, (k, n, m, r) -> k.elementwise()
                .add(n, m[0].memory, m[0].at(r), m[1].memory, m[1].at(r), m[2].memory, m[2].at(r))));
        cases.add(rows("multiply", true, 0, 1, 3, (k, n, m, r) -> k.elementwise()
                .multiply(n, m[0].memory, m[0].at(r), m[1].memory, m[1].at(r), m[2].memory, m[2].at(r))));
        cases.add(rows("multiplyAdd", true, 2, 1, 3, (k, n, m, r) -> k.elementwise()
                .multiplyAdd(n, m[0].memory, m[0].at(r), m[1].memory, m[1].at(r), m[2].memory, m[2].at(r))));
        cases.add(rows("axpy", true, 2, 1, 2, (k, n, m, r) -> k.elementwise()
                .axpy(n, 0.7, m[0].memory, m[0].at(r), m[1].memory, m[1].at(r))));
        cases.add(rows("lerp", true, 3, 1, 3, (k, n, m, r) -> k.elementwise()
                .lerp(n, 0.3, m[0].memory, m[0].at(r), m[1].memory, m[1].at(r), m[2].memory, m[2].at(r))));
        cases.add(rows("scale", true, 0, 1, 1, (k, n, m, r) -> k.elementwise()
                .scale(n, -1.3, m[0].memory, m[0].at(r))));
        Operand[] sums = {matrix(1, 1), of(Kind.ROW)};
        cases.add(new KernelCase("addColumnSums", true, 12, 6, sums, (k, rows, n, m) -> k.elementwise()
                .addColumnSums(rows, n, m[0].memory, 0, m[0].stride, m[1].memory, 0)));
        Operand[] sum = {matrix(1, 1), of(Kind.COLUMN), of(Kind.COLUMN)};
        cases.add(new KernelCase("sums", false, 4, 1, sum, (k, rows, n, m) -> {
            for (int r = 0; r < rows; r++) {
                m[1].set(r, 0, k.reduction().sum(n, m[0].memory, m[0].at(r)));
                m[2].set(r, 0, k.reduction().sumOfSquares(n, m[0].memory, m[0].at(r)));
            }
        }));
        cases.add(new KernelCase("largest", false, 0, 0, sum, (k, rows, n, m) -> {
            for (int r = 0; r < rows; r++) {
                double largest = k.extrema().max(n, m[0].memory, m[0].at(r));
                m[1].set(r, 0, largest);
                m[2].set(r, 0, k.extrema().indexOf(largest, n, m[0].memory, m[0].at(r)));
            }
        }));
    }

    /** Two units of a result below 1 (of e^4, for exp) and one of the oracle; the derivative is four roundings more. */
    private static void activation(Activation f, List<KernelCase> cases) {
        cases.add(rows(f + " forward", true, 6, 4, 2, (k, n, m, r) -> k.activation()
                .forward(f, n, m[0].memory, m[0].at(r), m[1].memory, m[1].at(r))));
        cases.add(rows(f + " backward", true, 10, 1, 3, (k, n, m, r) -> k.activation()
                .backward(f, n, m[0].memory, m[0].at(r), m[1].memory, m[1].at(r), m[2].memory, m[2].at(r))));
        Operand[] forward = {matrix(1, 2), matrix(1, 2)};
        cases.add(new KernelCase(f + " rnn forward", true, 6, 4, forward, (k, rows, n, m) -> k.rnn()
                .forward(f, rows, n, m[0].memory, 0, m[0].stride, m[1].memory, 0, m[1].stride)));
        Operand[] backward = {matrix(1, 1), matrix(1, 1), matrix(1, 1)};
        cases.add(new KernelCase(f + " rnn backward", true, 10, 1, backward, (k, rows, n, m) -> k.rnn()
                .backward(
                        f, rows, n, m[0].memory, 0, m[0].stride, m[1].memory, 0, m[1].stride,
                        m[2].memory, 0, m[2].stride)));
    }

    /** Each gate is off by six roundings; c is up to 4, and a gradient a product of five numbers of size up to 2. */
    private static void lstm(List<KernelCase> cases) {
        Operand[] forward = {matrix(4, 3), matrix(4, 3), matrix(1, 4), matrix(1, 1), matrix(1, 1), matrix(1, 1)};
        cases.add(new KernelCase("lstm forward", true, 24, 4, forward, (k, rows, n, m) -> k.lstm()
                .forward(
                        rows, n, m[0].memory, 0, m[0].stride, m[1].memory, 0, m[1].stride,
                        m[2].memory, 0, m[2].stride, m[3].memory, 0, m[3].stride,
                        m[4].memory, 0, m[4].stride, m[5].memory, 0, m[5].stride)));
        Operand[] backward = {
            matrix(4, 1), matrix(1, 1), matrix(1, 1), matrix(1, 1), matrix(1, 1), matrix(4, 1), matrix(1, 1)};
        cases.add(new KernelCase("lstm backward", true, 24, 4, backward, (k, rows, n, m) -> k.lstm()
                .backward(
                        rows, n, m[0].memory, 0, m[0].stride, m[1].memory, 0, m[1].stride,
                        m[2].memory, 0, m[2].stride, m[3].memory, 0, m[3].stride,
                        m[4].memory, 0, m[4].stride, m[5].memory, 0, m[5].stride,
                        m[6].memory, 0, m[6].stride)));
    }

    private static void gru(List<KernelCase> cases) {
        Operand[] forward = {
            matrix(3, 2), matrix(3, 2), of(Kind.ROW), matrix(1, 1), matrix(1, 1), matrix(1, 1)};
        cases.add(new KernelCase("gru forward", true, 24, 4, forward, (k, rows, n, m) -> k.gru()
                .forward(
                        rows, n, m[0].memory, 0, m[0].stride, m[1].memory, 0, m[1].stride, m[2].memory, 0,
                        m[3].memory, 0, m[3].stride, m[4].memory, 0, m[4].stride, m[5].memory, 0, m[5].stride)));
        Operand[] backward = {
            matrix(3, 1), matrix(1, 1), matrix(1, 1), matrix(1, 1), matrix(3, 1), matrix(3, 1), matrix(1, 1)};
        cases.add(new KernelCase("gru backward", true, 24, 4, backward, (k, rows, n, m) -> k.gru()
                .backward(
                        rows, n, m[0].memory, 0, m[0].stride, m[1].memory, 0, m[1].stride,
                        m[2].memory, 0, m[2].stride, m[3].memory, 0, m[3].stride,
                        m[4].memory, 0, m[4].stride, m[5].memory, 0, m[5].stride,
                        m[6].memory, 0, m[6].stride)));
    }

    private static void softmax(List<KernelCase> cases) {
        Operand[] forward = {matrix(1, 4), matrix(1, 1)};
        cases.add(new KernelCase("softmax", false, 8, 0, forward, (k, rows, n, m) -> k.softmax()
                .forward(rows, n, m[0].memory, 0, m[0].stride, m[1].memory, 0, m[1].stride)));
        Operand[] loss = {matrix(1, 4), of(Kind.IDS_OF_COLUMNS), of(Kind.COLUMN), matrix(1, 1), of(Kind.COLUMN)};
        Operand[] gradient = {matrix(1, 1), of(Kind.IDS_OF_COLUMNS), of(Kind.COLUMN), matrix(1, 1)};
        for (int step = 0; step < 2; step++) {
            int weightStep = step;
            cases.add(new KernelCase("cross-entropy", false, 8, 16, loss, (k, rows, n, m) -> k.softmax()
                    .crossEntropy(
                            rows, n, m[0].memory, 0, m[0].stride, m[1].memory, 0, 1, m[2].memory, 0, weightStep,
                            m[3].memory, 0, m[3].stride, m[4].memory, 0)));
            cases.add(new KernelCase("cross-entropy backward", false, 6, 2, gradient, (k, rows, n, m) -> k.softmax()
                    .crossEntropyBackward(
                            rows, n, 0.3, m[0].memory, 0, m[0].stride, m[1].memory, 0, 1, m[2].memory, 0, weightStep,
                            m[3].memory, 0, m[3].stride)));
            cases.add(new KernelCase("cross-entropy gradient", false, 6, 2, gradient, (k, rows, n, m) -> k.softmax()
                    .crossEntropyGradient(
                            rows, n, 0.3, m[0].memory, 0, m[0].stride, m[1].memory, 0, 1, m[2].memory, 0, weightStep,
                            m[3].memory, 0, m[3].stride)));
        }
    }

    /** Terms are up to 8 in size and right to 8 roundings; their sum is rounded once for each in the oracle. */
    private static void losses(List<KernelCase> cases) {
        Operand[] loss = {matrix(1, 4), matrix(1, 1), of(Kind.COLUMN), of(Kind.COLUMN)};
        Operand[] gradient = {matrix(1, 4), matrix(1, 1), of(Kind.COLUMN), matrix(1, 1)};
        Operand[] binary = {matrix(1, 4), matrix(1, 1), of(Kind.COLUMN), matrix(1, 1), of(Kind.COLUMN)};
        for (int step = 0; step < 2; step++) {
            int weightStep = step;
            cases.add(new KernelCase("huber", false, 8, 8, loss, (k, rows, n, m) -> k.huber()
                    .forward(
                            rows, n, 1.7, 2.3, m[0].memory, 0, m[0].stride, m[1].memory, 0, m[1].stride,
                            m[2].memory, 0, weightStep, m[3].memory, 0)));
            cases.add(new KernelCase("huber backward", true, 6, 2, gradient, (k, rows, n, m) -> k.huber()
                    .backward(
                            rows, n, 0.3, 2.3, m[0].memory, 0, m[0].stride, m[1].memory, 0, m[1].stride,
                            m[2].memory, 0, weightStep, m[3].memory, 0, m[3].stride)));
            cases.add(new KernelCase("binary cross-entropy", false, 8, 8, binary, (k, rows, n, m) -> k
                    .binaryCrossEntropy()
                    .forward(
                            rows, n, m[0].memory, 0, m[0].stride, m[1].memory, 0, m[1].stride,
                            m[2].memory, 0, weightStep, m[3].memory, 0, m[3].stride, m[4].memory, 0)));
            cases.add(new KernelCase("binary cross-entropy backward", true, 6, 2, gradient, (k, rows, n, m) -> k
                    .binaryCrossEntropy()
                    .backward(
                            rows, n, 0.3, m[0].memory, 0, m[0].stride, m[1].memory, 0, m[1].stride,
                            m[2].memory, 0, weightStep, m[3].memory, 0, m[3].stride)));
        }
    }

    private static void resetBeforeGru(List<KernelCase> cases) {
        Operand[] forward = {matrix(3, 2), matrix(3, 2), matrix(1, 1), matrix(1, 1)};
        cases.add(new KernelCase("gru gates", true, 24, 4, forward, (k, rows, n, m) -> k.resetBeforeGru()
                .gates(
                        rows, n, m[0].memory, 0, m[0].stride, m[1].memory, 0, m[1].stride,
                        m[2].memory, 0, m[2].stride, m[3].memory, 0, m[3].stride)));
        cases.add(new KernelCase("gru candidate", true, 24, 4, forward, (k, rows, n, m) -> k.resetBeforeGru()
                .candidate(
                        rows, n, m[0].memory, 0, m[0].stride, m[1].memory, 0, m[1].stride,
                        m[2].memory, 0, m[2].stride, m[3].memory, 0, m[3].stride)));
        Operand[] backward = {matrix(3, 1), matrix(1, 1), matrix(1, 1), matrix(3, 1), matrix(1, 1)};
        cases.add(new KernelCase("gru candidate backward", true, 24, 4, backward, (k, rows, n, m) -> k.resetBeforeGru()
                .candidateBackward(
                        rows, n, m[0].memory, 0, m[0].stride, m[1].memory, 0, m[1].stride,
                        m[2].memory, 0, m[2].stride, m[3].memory, 0, m[3].stride,
                        m[4].memory, 0, m[4].stride)));
        cases.add(new KernelCase("gru gates backward", true, 24, 4, backward, (k, rows, n, m) -> k.resetBeforeGru()
                .gatesBackward(
                        rows, n, m[0].memory, 0, m[0].stride, m[1].memory, 0, m[1].stride,
                        m[2].memory, 0, m[2].stride, m[3].memory, 0, m[3].stride,
                        m[4].memory, 0, m[4].stride)));
    }

    /** Forward runs before backward, for the winners to be those of the pieces. */
    private static void maxout(List<KernelCase> cases) {
        Operand[] operands = {matrix(3, 1), matrix(1, 1), matrix(1, 1), matrix(3, 1)};
        cases.add(new KernelCase("maxout", true, 0, 1, operands, (k, rows, n, m) -> {
            k.maxout().forward(rows, n, 3, m[0].memory, 0, m[0].stride, m[1].memory, 0, m[1].stride);
            k.maxout().backward(
                    rows, n, 3, m[0].memory, 0, m[0].stride, m[1].memory, 0, m[1].stride,
                    m[2].memory, 0, m[2].stride, m[3].memory, 0, m[3].stride);
        }));
    }

    /** Forward runs before backward, for the means to be those of the pieces. Sums over rows are of size 3. */
    private static void lp(List<KernelCase> cases) {
        Operand[] operands = {
            matrix(3, 1), of(Kind.ORDERS), matrix(1, 1), matrix(1, 1), matrix(3, 1), of(Kind.ROW)};
        cases.add(new KernelCase("lp", true, 48, 3, operands, (k, rows, n, m) -> {
            k.lp()
                    .forward(
                            rows, n, 3, n, m[0].memory, 0, m[0].stride, m[1].memory, 0, m[2].memory, 0, m[2].stride);
            k.lp()
                    .backward(
                            rows, n, 3, n, m[0].memory, 0, m[0].stride, m[1].memory, 0, m[2].memory, 0, m[2].stride,
                            m[3].memory, 0, m[3].stride, m[4].memory, 0, m[4].stride, m[5].memory, 0);
        }));
    }

    /**
     * An epsilon of 0.1 keeps the reciprocal deviations below 4. Forward runs before backward, for the means to be
     * those of the rows.
     */
    private static void layerNorm(List<KernelCase> cases) {
        Operand[] operands = {
            matrix(1, 1), of(Kind.ROW), of(Kind.ROW), matrix(1, 1), of(Kind.COLUMN), of(Kind.COLUMN), matrix(1, 1),
            matrix(1, 1)};
        cases.add(new KernelCase("layer norm", false, 16, 4, operands, (k, rows, n, m) -> {
            k.layerNorm()
                    .forward(
                            rows, n, 0.1, m[0].memory, 0, m[0].stride, m[1].memory, 0, m[2].memory, 0,
                            m[3].memory, 0, m[3].stride, m[4].memory, 0, m[5].memory, 0);
            k.layerNorm()
                    .backward(
                            rows, n, m[0].memory, 0, m[0].stride, m[1].memory, 0, m[4].memory, 0, m[5].memory, 0,
                            m[6].memory, 0, m[6].stride, m[7].memory, 0, m[7].stride);
        }));
        Operand[] parameters = {
            matrix(1, 1), of(Kind.COLUMN), of(Kind.COLUMN), matrix(1, 1), of(Kind.ROW), of(Kind.ROW)};
        cases.add(new KernelCase("layer norm parameters", true, 12, 6, parameters, (k, rows, n, m) -> k.layerNorm()
                .parametersBackward(
                        rows, n, m[0].memory, 0, m[0].stride, m[1].memory, 0, m[2].memory, 0,
                        m[3].memory, 0, m[3].stride, m[4].memory, 0, m[5].memory, 0)));
    }

    /** Rows begin anywhere among the groups of elements whose words are made together. */
    private static void random(List<KernelCase> cases) {
        int drop = 1 << 30;
        cases.add(rows("dropout", true, 0, 1, 2, (k, n, m, r) -> k.dropout()
                .forward(n, drop, 2, 5, 8, 1000L * r + 7, m[0].memory, m[0].at(r), m[1].memory, m[1].at(r))));
        cases.add(rows("dropout backward", true, 2, 2, 2, (k, n, m, r) -> k.dropout()
                .backward(n, drop, 1.7, 5, 8, 1000L * r + 7, m[0].memory, m[0].at(r), m[1].memory, m[1].at(r))));
        // Up to 5.65, and the terms of the sine's polynomial up to 5.2: each of its roundings may be as large.
        cases.add(rows("noise", true, 6, 5.65 * 5.2, 2, (k, n, m, r) -> k.noise()
                .add(n, 1, 5, 8, 1000L * r + 7, m[0].memory, m[0].at(r), m[1].memory, m[1].at(r))));
    }

    private static void embedding(List<KernelCase> cases) {
        Operand[] operands = {of(Kind.IDS_OF_TABLE), of(Kind.TABLE), matrix(1, 1)};
        cases.add(new KernelCase("embedding lookup", true, 0, 1, operands, (k, rows, n, m) -> k.embedding()
                .lookup(rows, n, m[0].memory, 0, m[1].memory, 0, m[1].stride, m[2].memory, 0, m[2].stride)));
        cases.add(new KernelCase("embedding scatterAdd", true, 0, 1, operands, (k, rows, n, m) -> k.embedding()
                .scatterAdd(rows, n, m[0].memory, 0, m[2].memory, 0, m[2].stride, m[1].memory, 0, m[1].stride)));
    }

    /** Directions are of size 4, but for a few, and have up to a dozen roundings. */
    private static void optimizers(List<KernelCase> cases) {
        UpdateStep step = new UpdateStep(3, 0.1, 0.9, 0.8, 0.01);
        Operand[] operands = {matrix(1, 1), matrix(1, 1), new Operand(Kind.POSITIVE, 2, 1)};
        for (UpdateRule rule : Rules.ALL) {
            cases.add(new KernelCase(rule.toString(), true, 16, 4, operands, (k, rows, n, m) -> {
                for (int r = 0; r < rows; r++) {
                    k.optimizer()
                            .update(
                                    rule, step, n, m[0].memory, m[0].at(r), m[1].memory, m[1].at(r), m[2].memory,
                                    m[2].at(r), m[2].at(r) + n * m[2].type.bytes());
                }
            }));
        }
    }
}
