package dev.unroll.kernels.provider;

import java.lang.foreign.MemorySegment;

/** Searches over contiguous elements. A NaN counts as larger than every number; 0 and -0 are equal. */
public interface ExtremaKernel {
    /** The largest element: NaN if one is NaN, 0 instead of -0, negative infinity for no elements. */
    double max(int n, MemorySegment x, long xOffset);

    /**
     * The position of the first element equal to a value, or of the first NaN if the value is NaN; n if there is none.
     */
    int indexOf(double value, int n, MemorySegment x, long xOffset);

    /** The position of the first element outside low to high, as every NaN is; n if there is none. */
    int indexOutside(double low, double high, int n, MemorySegment x, long xOffset);
}
