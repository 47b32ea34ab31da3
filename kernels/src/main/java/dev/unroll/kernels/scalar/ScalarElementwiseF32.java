package dev.unroll.kernels.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.provider.ElementwiseKernel;
import java.lang.foreign.MemorySegment;

/** Element-wise arithmetic, element by element. */
final class ScalarElementwiseF32 implements ElementwiseKernel {
    @Override
    public void add(
            int n, MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset) {
        for (int i = 0; i < n; i++) {
            long at = (long) i * Float.BYTES;
            z.set(JAVA_FLOAT, zOffset + at, x.get(JAVA_FLOAT, xOffset + at) + y.get(JAVA_FLOAT, yOffset + at));
        }
    }

    @Override
    public void multiply(
            int n, MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset) {
        for (int i = 0; i < n; i++) {
            long at = (long) i * Float.BYTES;
            z.set(JAVA_FLOAT, zOffset + at, x.get(JAVA_FLOAT, xOffset + at) * y.get(JAVA_FLOAT, yOffset + at));
        }
    }

    @Override
    public void multiplyAdd(
            int n, MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset) {
        for (int i = 0; i < n; i++) {
            long at = (long) i * Float.BYTES;
            float product = x.get(JAVA_FLOAT, xOffset + at) * y.get(JAVA_FLOAT, yOffset + at);
            z.set(JAVA_FLOAT, zOffset + at, z.get(JAVA_FLOAT, zOffset + at) + product);
        }
    }

    @Override
    public void axpy(int n, double alpha, MemorySegment x, long xOffset, MemorySegment y, long yOffset) {
        float factor = (float) alpha;
        for (int i = 0; i < n; i++) {
            long at = (long) i * Float.BYTES;
            y.set(JAVA_FLOAT, yOffset + at, y.get(JAVA_FLOAT, yOffset + at) + factor * x.get(JAVA_FLOAT, xOffset + at));
        }
    }

    @Override
    public void lerp(
            int n, double alpha, MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z,
            long zOffset) {
        float factor = (float) alpha;
        for (int i = 0; i < n; i++) {
            long at = (long) i * Float.BYTES;
            float from = x.get(JAVA_FLOAT, xOffset + at);
            z.set(JAVA_FLOAT, zOffset + at, from + factor * (y.get(JAVA_FLOAT, yOffset + at) - from));
        }
    }

    @Override
    public void scale(int n, double alpha, MemorySegment x, long xOffset) {
        float factor = (float) alpha;
        for (int i = 0; i < n; i++) {
            long at = xOffset + (long) i * Float.BYTES;
            x.set(JAVA_FLOAT, at, factor * x.get(JAVA_FLOAT, at));
        }
    }

    @Override
    public void addColumnSums(
            int rows, int columns, MemorySegment x, long xOffset, long ldx, MemorySegment y, long yOffset) {
        for (int j = 0; j < columns; j++) {
            long at = (long) j * Float.BYTES;
            float sum = 0f;
            for (int r = 0; r < rows; r++) {
                sum += x.get(JAVA_FLOAT, xOffset + r * ldx * Float.BYTES + at);
            }
            y.set(JAVA_FLOAT, yOffset + at, y.get(JAVA_FLOAT, yOffset + at) + sum);
        }
    }
}
