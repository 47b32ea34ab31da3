package dev.unroll.kernels.provider;

import dev.unroll.kernels.Activation;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A matrix product as kernels read it: {@code C = f(alpha op(A) op(B) + beta C + bias)}, where op(A) is {@code m x k},
 * op(B) {@code k x n} and C {@code m x n}. Offsets are bytes, strides elements between rows. The object is reused for
 * every product, so that products allocate nothing; it is not changed while threads compute parts of the product.
 */
public final class GemmProblem {
    private final GemmOperand a = new GemmOperand();
    private final GemmOperand b = new GemmOperand();
    private int pieces;
    /** The positions where pieces begin along K, and where the last one ends. */
    private int[] starts = new int[2];

    private int m;
    private int n;
    private double alpha;
    private double beta;
    private MemorySegment c;
    private long cOffset;
    private long cStride;
    private MemorySegment bias;
    private long biasOffset;
    private Activation activation;

    /** Creates an empty product. */
    public GemmProblem() {}

    /** Resets to operands without memory, no bias and no nonlinearity. */
    public void reset(boolean transposeA, boolean transposeB, boolean packedB, boolean halvedB) {
        a.reset(transposeA, false, false);
        b.reset(transposeB, packedB, halvedB);
        pieces = 0;
        starts[0] = 0;
        c = null;
        setEpilogue(null, 0, null);
    }

    /** Sets the factors of the product and of C. */
    public void setFactors(double factorOfProduct, double factorOfC) {
        alpha = factorOfProduct;
        beta = factorOfC;
    }

    /** Sets the sizes and the memory of the result. */
    public void setC(int rows, int columns, MemorySegment segment, long offset, long stride) {
        m = rows;
        n = columns;
        c = segment;
        cOffset = offset;
        cStride = stride;
    }

    /** Sets the epilogue: adding a row of n elements, or null, and a nonlinearity, or null. */
    public void setEpilogue(MemorySegment row, long rowOffset, Activation f) {
        bias = row;
        biasOffset = rowOffset;
        activation = f;
    }

    /** Ends a piece that was appended to both operands: the next {@code depth} of K. */
    public void endPiece(int depth) {
        if (pieces + 1 == starts.length) {
            starts = Arrays.copyOf(starts, 2 * starts.length);
        }
        starts[pieces + 1] = starts[pieces] + depth;
        pieces++;
    }

    /** The left operand. */
    public GemmOperand a() {
        return a;
    }

    /** The right operand. */
    public GemmOperand b() {
        return b;
    }

    /** The number of rows of op(A) and C. */
    public int m() {
        return m;
    }

    /** The number of columns of op(B) and C. */
    public int n() {
        return n;
    }

    /** The depth of the sums. */
    public int k() {
        return starts[pieces];
    }

    /** The number of matrices of each operand. */
    public int pieces() {
        return pieces;
    }

    /** The position where a piece begins along K; for {@link #pieces()}, where the last one ends. */
    public int start(int piece) {
        return starts[piece];
    }

    /** The factor of the product; if 0, A and B are not read. */
    public double alpha() {
        return alpha;
    }

    /** The factor of the old C; if 0, C is not read. */
    public double beta() {
        return beta;
    }

    /** The memory of the result. */
    public MemorySegment c() {
        return c;
    }

    /** The offset of an element of C in bytes. */
    public long offsetInC(int row, int column, int bytes) {
        return cOffset + (row * cStride + column) * bytes;
    }

    /** The number of elements between rows of C. */
    public long cStride() {
        return cStride;
    }

    /** The bias, a row of n elements added to every row, or null. */
    public MemorySegment bias() {
        return bias;
    }

    /** The offset of the bias in bytes. */
    public long biasOffset() {
        return biasOffset;
    }

    /** The nonlinearity applied to the sum, or null. */
    public Activation activation() {
        return activation;
    }

    /** Whether there is a bias or a nonlinearity. */
    public boolean hasEpilogue() {
        return bias != null || activation != null;
    }
}
