package dev.unroll.kernels.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.provider.ExtremaKernel;
import java.lang.foreign.MemorySegment;

/** The largest element and its position. */
final class ScalarExtremaF32 implements ExtremaKernel {
    @Override
    public double max(int n, MemorySegment x, long xOffset) {
        float largest = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            largest = Math.max(largest, x.get(JAVA_FLOAT, xOffset + (long) i * Float.BYTES));
        }
        return largest + 0f; // -0 + 0 is 0
    }

    @Override
    public int indexOf(double value, int n, MemorySegment x, long xOffset) {
        boolean isNaN = Double.isNaN(value);
        for (int i = 0; i < n; i++) {
            float element = x.get(JAVA_FLOAT, xOffset + (long) i * Float.BYTES);
            if (isNaN ? Float.isNaN(element) : element == value) {
                return i;
            }
        }
        return n;
    }

    @Override
    public int indexOutside(double low, double high, int n, MemorySegment x, long xOffset) {
        for (int i = 0; i < n; i++) {
            float element = x.get(JAVA_FLOAT, xOffset + (long) i * Float.BYTES);
            if (!(element >= low && element <= high)) {
                return i;
            }
        }
        return n;
    }
}
