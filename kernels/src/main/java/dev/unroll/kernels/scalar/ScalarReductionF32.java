package dev.unroll.kernels.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.provider.ReductionKernel;
import java.lang.foreign.MemorySegment;

/** Sums of one chunk, in double. */
final class ScalarReductionF32 implements ReductionKernel {
    @Override
    public double sum(int n, MemorySegment x, long xOffset) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += x.get(JAVA_FLOAT, xOffset + (long) i * Float.BYTES);
        }
        return sum;
    }

    @Override
    public double sumOfSquares(int n, MemorySegment x, long xOffset) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            double element = x.get(JAVA_FLOAT, xOffset + (long) i * Float.BYTES);
            sum += element * element;
        }
        return sum;
    }
}
