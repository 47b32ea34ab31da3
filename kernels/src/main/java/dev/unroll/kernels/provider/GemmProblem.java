package dev.unroll.kernels.provider;

import dev.unroll.kernels.Activation;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A matrix product as kernels read it: {@code C = f(alpha op(A) op(B) + beta C + bias)}, where op(A) is {@code m x k},
 * op(B) {@code k x n} and C {@code m x n}. Offsets are bytes, strides elements between rows. It is filled anew for every
 * product, so that products allocate nothing; while threads compute its parts, nobody changes it.
 */
public final class GemmProblem {
    private final GemmOperand a = new GemmOperand();
    private final GemmOperand b = new GemmOperand();
    private int pieces;
    /** Where pieces begin along K, and where the last one ends. */
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

    /** A product of nothing. */
    public GemmProblem() {}

    /** Begins anew: operands without memory, no bias and no nonlinearity. */
    public void reset(boolean transposeA, boolean transposeB, boolean packedB) {
        a.reset(transposeA, false);
        b.reset(transposeB, packedB);
        pieces = 0;
        starts[0] = 0;
        c = null;
        setEpilogue(null, 0, null);
    }

    /** Says what becomes of the product. */
    public void setFactors(double factorOfProduct, double factorOfC) {
        alpha = factorOfProduct;
        beta = factorOfC;
    }

    /** Says where the result goes. */
    public void setC(int rows, int columns, MemorySegment segment, long offset, long stride) {
        m = rows;
        n = columns;
        c = segment;
        cOffset = offset;
        cStride = stride;
    }

    /** Says what is done to the sum: adding a row of n elements, or null, and a nonlinearity, or null. */
    public void setEpilogue(MemorySegment row, long rowOffset, Activation f) {
        bias = row;
        biasOffset = rowOffset;
        activation = f;
    }

    /** Ends a piece that was added to both operands: the next {@code depth} of K. */
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

    /** Rows of op(A) and C. */
    public int m() {
        return m;
    }

    /** Columns of op(B) and C. */
    public int n() {
        return n;
    }

    /** The depth of the sums. */
    public int k() {
        return starts[pieces];
    }

    /** How many matrices each operand is. */
    public int pieces() {
        return pieces;
    }

    /** Where a piece begins along K; of {@link #pieces()}, where the last one ends. */
    public int start(int piece) {
        return starts[piece];
    }

    /** The factor of the product; 0: A and B are not read. */
    public double alpha() {
        return alpha;
    }

    /** The factor of what C held; 0: C is not read. */
    public double beta() {
        return beta;
    }

    /** Where the result goes. */
    public MemorySegment c() {
        return c;
    }

    /** Where an element of C is. */
    public long offsetInC(int row, int column, int bytes) {
        return cOffset + (row * cStride + column) * bytes;
    }

    /** Elements from row to row of C. */
    public long cStride() {
        return cStride;
    }

    /** A row of n elements that is added to every row, or null. */
    public MemorySegment bias() {
        return bias;
    }

    /** The byte where that row begins. */
    public long biasOffset() {
        return biasOffset;
    }

    /** What is applied to the sum, or null. */
    public Activation activation() {
        return activation;
    }

    /** Whether anything is done to the sum. */
    public boolean hasEpilogue() {
        return bias != null || activation != null;
    }
}
