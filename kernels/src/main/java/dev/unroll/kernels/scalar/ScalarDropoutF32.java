package dev.unroll.kernels.scalar;

import static dev.unroll.kernels.scalar.ScalarActivationF32.withoutTiny;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.provider.DropoutKernel;
import java.lang.foreign.MemorySegment;

/** Dropout, element by element. */
final class ScalarDropoutF32 implements DropoutKernel {
    private static boolean isKept(int threshold, long seed, long stream, long index) {
        return Philox4x32.word(seed, stream, index) >>> 1 >= threshold;
    }

    @Override
    public void forward(
            int n, int threshold, double scale, long seed, long stream, long index,
            MemorySegment x, long xOffset, MemorySegment y, long yOffset) {
        float factor = (float) scale;
        for (int i = 0; i < n; i++) {
            long at = (long) i * Float.BYTES;
            boolean kept = isKept(threshold, seed, stream, index + i);
            y.set(JAVA_FLOAT, yOffset + at, kept ? x.get(JAVA_FLOAT, xOffset + at) * factor : 0f);
        }
    }

    @Override
    public void backward(
            int n, int threshold, double scale, long seed, long stream, long index,
            MemorySegment dy, long dyOffset, MemorySegment dx, long dxOffset) {
        float factor = (float) scale;
        for (int i = 0; i < n; i++) {
            long at = (long) i * Float.BYTES;
            float gradient = isKept(threshold, seed, stream, index + i) ? dy.get(JAVA_FLOAT, dyOffset + at) : 0f;
            dx.set(JAVA_FLOAT, dxOffset + at, withoutTiny(dx.get(JAVA_FLOAT, dxOffset + at) + gradient * factor));
        }
    }
}
