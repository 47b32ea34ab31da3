package dev.unroll.kernels.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.provider.GemmKernel;
import dev.unroll.kernels.provider.GemmOperand;
import dev.unroll.kernels.provider.GemmProblem;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Matrix products, written for clarity: {@code c = beta c}, then {@code c += (alpha a[i,p]) b[p,j]} in ascending p,
 * then {@code c = f(c + bias[j])}. A packed B is op(B) row by row, in full size also if its elements are rounded to
 * halves. Products and sums are rounded separately: {@code
 * Math.fma} is very slow without hardware support.
 *
 * <p>Tiles are computed in arrays. Off-heap memory is fast to copy in every virtual machine, but an access to a single
 * element is a call in those without the compiler C2: twenty times slower than all the rest.
 */
public final class ScalarGemmF32 implements GemmKernel {
    private static final int ROWS = 16;
    private static final int COLUMNS = 256;
    private static final int DEPTH = 64;

    private static final ThreadLocal<Tile> OF_THREAD = ThreadLocal.withInitial(Tile::new);

    private final ScalarActivationF32 activation = new ScalarActivationF32();

    /** Creates a kernel; all of them are alike. */
    public ScalarGemmF32() {}

    @Override
    public void multiply(GemmProblem problem, int firstRow, int lastRow, int firstColumn, int lastColumn) {
        Tile tile = OF_THREAD.get();
        for (int i = firstRow; i < lastRow; i += ROWS) {
            for (int j = firstColumn; j < lastColumn; j += COLUMNS) {
                compute(tile, problem, i, Math.min(ROWS, lastRow - i), j, Math.min(COLUMNS, lastColumn - j));
            }
        }
    }

    private void compute(Tile tile, GemmProblem problem, int i, int rows, int j, int columns) {
        tile.begin(problem, i, rows, j, columns);
        // As in BLAS, A and B are not read if alpha is 0.
        int pieces = (float) problem.alpha() == 0 ? 0 : problem.pieces();
        for (int piece = 0; piece < pieces; piece++) {
            int k = problem.start(piece + 1) - problem.start(piece);
            for (int p = 0; p < k; p += DEPTH) {
                tile.add(problem, piece, p, Math.min(DEPTH, k - p));
            }
        }
        tile.end(problem);
        for (int r = 0; problem.activation() != null && r < rows; r++) {
            long at = problem.offsetInC(i + r, j, Float.BYTES);
            activation.forward(problem.activation(), columns, problem.c(), at, problem.c(), at);
        }
    }

    /** A part of C, and the parts of A and B that are added to it next. */
    private static final class Tile {
        private final float[] c = new float[ROWS * COLUMNS];
        private final float[] a = new float[DEPTH * ROWS]; // transposed
        private final float[] b = new float[DEPTH * COLUMNS];
        private final float[] line = new float[Math.max(DEPTH, COLUMNS)];

        private int firstRow;
        private int rows;
        private int firstColumn;
        private int columns;

        void begin(GemmProblem problem, int i, int rowCount, int j, int columnCount) {
            firstRow = i;
            rows = rowCount;
            firstColumn = j;
            columns = columnCount;
            float beta = (float) problem.beta();
            for (int r = 0; r < rows; r++) {
                int row = r * COLUMNS;
                if (beta == 0) {
                    Arrays.fill(c, row, row + columns, 0);
                    continue;
                }
                MemorySegment.copy(problem.c(), JAVA_FLOAT, offset(problem, r), c, row, columns);
                for (int at = row; at < row + columns; at++) {
                    c[at] *= beta;
                }
            }
        }

        private long offset(GemmProblem problem, int row) {
            return problem.offsetInC(firstRow + row, firstColumn, Float.BYTES);
        }

        void add(GemmProblem problem, int piece, int p, int depth) {
            GemmOperand left = problem.a();
            long aStride = left.stride(piece);
            long aAt = left.isTransposed() ? p * aStride + firstRow : firstRow * aStride + p;
            load(a, ROWS, depth, rows, !left.isTransposed(), left.segment(piece), left.offset(piece), aAt, aStride);
            GemmOperand right = problem.b();
            long bStride = right.isPacked() ? problem.n() : right.stride(piece);
            long bAt = right.isTransposed() ? firstColumn * bStride + p : p * bStride + firstColumn;
            load(b, COLUMNS, depth, columns, right.isTransposed(), right.segment(piece), right.offset(piece), bAt,
                    bStride);
            float alpha = (float) problem.alpha();
            for (int q = 0; q < depth; q++) {
                for (int r = 0; r < rows; r++) {
                    addRow(columns, alpha * a[q * ROWS + r], b, q * COLUMNS, c, r * COLUMNS);
                }
            }
        }

        private static void addRow(int n, float factor, float[] x, int xAt, float[] y, int yAt) {
            for (int j = 0; j < n; j++) {
                float product = factor * x[xAt + j];
                y[yAt + j] += product;
            }
        }

        /** Copies lines of a matrix, or of its transpose, the first of which begins at an element, to an array. */
        private void load(
                float[] to, int width, int lines, int length, boolean transpose,
                MemorySegment from, long offset, long first, long stride) {
            long at = offset + first * Float.BYTES;
            long step = stride * Float.BYTES;
            if (!transpose) {
                for (int l = 0; l < lines; l++) {
                    MemorySegment.copy(from, JAVA_FLOAT, at + l * step, to, l * width, length);
                }
                return;
            }
            for (int i = 0; i < length; i++) {
                MemorySegment.copy(from, JAVA_FLOAT, at + i * step, line, 0, lines);
                for (int l = 0; l < lines; l++) {
                    to[l * width + i] = line[l];
                }
            }
        }

        /** Adds the bias and writes the sums. */
        void end(GemmProblem problem) {
            if (problem.bias() != null) {
                long at = problem.biasOffset() + (long) firstColumn * Float.BYTES;
                MemorySegment.copy(problem.bias(), JAVA_FLOAT, at, line, 0, columns);
            }
            for (int r = 0; r < rows; r++) {
                int row = r * COLUMNS;
                for (int j = 0; problem.bias() != null && j < columns; j++) {
                    c[row + j] += line[j];
                }
                MemorySegment.copy(c, row, problem.c(), JAVA_FLOAT, offset(problem, r), columns);
            }
        }
    }

    @Override
    public int panelColumns() {
        return 1;
    }

    @Override
    public long packedBytes(int k, int n, boolean halved) {
        return (long) k * n * Float.BYTES;
    }

    @Override
    public void pack(
            boolean transposeB, boolean halved, int k, int n, int firstColumn, int lastColumn,
            MemorySegment b, long bOffset, long bStride, MemorySegment packed, long pOffset) {
        copy(transposeB, k, n, firstColumn, lastColumn, b, bOffset, bStride, packed, pOffset);
        for (int p = 0; halved && p < k; p++) {
            for (int j = firstColumn; j < lastColumn; j++) {
                long at = pOffset + ((long) p * n + j) * Float.BYTES;
                packed.set(JAVA_FLOAT, at, ScalarHalfF32.round(packed.get(JAVA_FLOAT, at)));
            }
        }
    }

    private static void copy(
            boolean transposeB, int k, int n, int firstColumn, int lastColumn,
            MemorySegment b, long bOffset, long bStride, MemorySegment packed, long pOffset) {
        long row = bStride * Float.BYTES;
        for (int p = 0; p < k; p++) {
            long to = pOffset + ((long) p * n + firstColumn) * Float.BYTES;
            if (!transposeB) {
                long from = bOffset + p * row + (long) firstColumn * Float.BYTES;
                MemorySegment.copy(b, from, packed, to, (long) (lastColumn - firstColumn) * Float.BYTES);
                continue;
            }
            for (int j = firstColumn; j < lastColumn; j++) {
                packed.set(JAVA_FLOAT, to, b.get(JAVA_FLOAT, bOffset + (long) p * Float.BYTES + j * row));
                to += Float.BYTES;
            }
        }
    }
}
