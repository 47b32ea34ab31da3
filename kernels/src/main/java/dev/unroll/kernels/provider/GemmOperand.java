package dev.unroll.kernels.provider;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The left or right operand of a {@link GemmProblem}: one matrix, or several that follow each other along K. The object
 * is reused for every product, so that products allocate nothing.
 */
public final class GemmOperand {
    private boolean transposed;
    private boolean packed;
    private boolean halved;
    private int count;
    private MemorySegment[] segments = new MemorySegment[1];
    private long[] offsets = new long[1];
    private long[] strides = new long[1];

    /** Creates an operand without memory. */
    public GemmOperand() {}

    /**
     * Resets to an operand without memory.
     *
     * @param isTransposed whether op(X) is the transpose of the matrix in memory
     * @param isPacked whether a kernel packed it beforehand
     * @param isHalved whether it was packed in halves
     */
    public void reset(boolean isTransposed, boolean isPacked, boolean isHalved) {
        transposed = isTransposed;
        packed = isPacked;
        halved = isHalved;
        Arrays.fill(segments, 0, count, null); // the thread outlives the operands
        count = 0;
    }

    /**
     * Appends a matrix along K.
     *
     * @param segment the memory of the matrix
     * @param offset of its first element, in bytes
     * @param stride elements between rows in memory; ignored if packed
     */
    public void add(MemorySegment segment, long offset, long stride) {
        if (count == segments.length) {
            segments = Arrays.copyOf(segments, 2 * count);
            offsets = Arrays.copyOf(offsets, 2 * count);
            strides = Arrays.copyOf(strides, 2 * count);
        }
        segments[count] = segment;
        offsets[count] = offset;
        strides[count] = stride;
        count++;
    }

    /** Whether op(X) is the transpose of the matrix in memory. */
    public boolean isTransposed() {
        return transposed;
    }

    /** Whether a kernel packed it beforehand; then it is one matrix. */
    public boolean isPacked() {
        return packed;
    }

    /** Whether a kernel packed the upper halves of its elements, as {@link GemmKernel#pack} defines them. */
    public boolean isHalved() {
        return halved;
    }

    /** The memory of a matrix. */
    public MemorySegment segment(int index) {
        return segments[index];
    }

    /** The offset of a matrix in bytes. */
    public long offset(int index) {
        return offsets[index];
    }

    /** The number of elements between rows of a matrix in memory. */
    public long stride(int index) {
        return strides[index];
    }
}
