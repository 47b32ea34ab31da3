package dev.unroll.kernels.provider;

import java.lang.foreign.MemorySegment;

/** Searches over contiguous elements. A NaN counts as larger than every number; 0 and -0 are equal. */
public interface ExtremaKernel {
    /** The largest element: NaN if one is NaN, 0 instead of -0, negative infinity for no elements. */
    double max(int n, MemorySegment x, long xOffset);

    /** The position of the first element that is equal to a value, or that is NaN if that is; n if none is. */
    int indexOf(double value, int n, MemorySegment x, long xOffset);

    /** The position of the first element that is not from low to high, as no NaN is; n if all are. */
    int indexOutside(double low, double high, int n, MemorySegment x, long xOffset);
}
