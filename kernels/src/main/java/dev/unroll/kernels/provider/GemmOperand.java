package dev.unroll.kernels.provider;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The left or the right operand of a {@link GemmProblem}: one matrix, or several that follow each other along K. The
 * object is filled anew for every product, so that products allocate nothing.
 */
public final class GemmOperand {
    private boolean transposed;
    private boolean packed;
    private int count;
    private MemorySegment[] segments = new MemorySegment[1];
    private long[] offsets = new long[1];
    private long[] strides = new long[1];

    /** An operand without memory. */
    public GemmOperand() {}

    /**
     * Begins anew, without memory.
     *
     * @param isTransposed whether op(X) is the transpose of what lies in memory
     * @param isPacked whether a kernel packed it beforehand
     */
    public void reset(boolean isTransposed, boolean isPacked) {
        transposed = isTransposed;
        packed = isPacked;
        Arrays.fill(segments, 0, count, null); // the thread outlives the operands
        count = 0;
    }

    /**
     * Adds a matrix, behind those before it along K.
     *
     * @param segment where it lies
     * @param offset of its first element, in bytes
     * @param stride elements between rows in memory; of no meaning where it is packed
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

    /** Whether op(X) is the transpose of what lies in memory. */
    public boolean isTransposed() {
        return transposed;
    }

    /** Whether a kernel packed it beforehand; then it is one matrix. */
    public boolean isPacked() {
        return packed;
    }

    /** Where a matrix lies. */
    public MemorySegment segment(int index) {
        return segments[index];
    }

    /** The byte where a matrix begins. */
    public long offset(int index) {
        return offsets[index];
    }

    /** Elements from row to row of a matrix in memory. */
    public long stride(int index) {
        return strides[index];
    }
}
