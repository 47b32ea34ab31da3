package dev.unroll.kernels.simd;

import static dev.unroll.kernels.simd.VectorsF32.BYTES;
import static dev.unroll.kernels.simd.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.VectorsF32.SPECIES;

import dev.unroll.kernels.provider.ExtremaKernel;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** The largest element and where it is. No sum, so the order of the lanes changes no bit. */
final class SimdExtremaF32 implements ExtremaKernel {
    /** Java's maximum takes several dependent instructions, so four chains of it run beside each other. */
    private static final int CHAINS = 4;

    @Override
    public double max(int n, MemorySegment x, long xOffset) {
        MemorySegment xs = VectorsF32.offHeap(x);
        FloatVector a = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int i = 0;
        for (; i <= n - CHAINS * LENGTH; i += CHAINS * LENGTH) {
            long at = xOffset + (long) i * Float.BYTES;
            a = a.max(FloatVector.fromMemorySegment(SPECIES, xs, at, ORDER));
            b = b.max(FloatVector.fromMemorySegment(SPECIES, xs, at + BYTES, ORDER));
            c = c.max(FloatVector.fromMemorySegment(SPECIES, xs, at + 2 * BYTES, ORDER));
            d = d.max(FloatVector.fromMemorySegment(SPECIES, xs, at + 3 * BYTES, ORDER));
        }
        for (; i < SPECIES.loopBound(n); i += LENGTH) {
            a = a.max(FloatVector.fromMemorySegment(SPECIES, xs, xOffset + (long) i * Float.BYTES, ORDER));
        }
        if (i < n) {
            VectorMask<Float> mask = SPECIES.indexInRange(i, n);
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, xOffset + (long) i * Float.BYTES, ORDER, mask);
            b = b.blend(b.max(v), mask);
        }
        return a.max(b).max(c.max(d)).reduceLanes(VectorOperators.MAX);
    }

    @Override
    public int indexOf(double value, int n, MemorySegment x, long xOffset) {
        return Double.isNaN(value) ? indexOfNaN(n, x, xOffset) : indexOfNumber((float) value, n, x, xOffset);
    }

    private static int indexOfNumber(float value, int n, MemorySegment x, long xAt) {
        MemorySegment xs = VectorsF32.offHeap(x);
        FloatVector wanted = FloatVector.broadcast(SPECIES, value);
        int i = 0;
        for (; i < SPECIES.loopBound(n); i += LENGTH) {
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, xAt + (long) i * Float.BYTES, ORDER);
            VectorMask<Float> found = v.compare(VectorOperators.EQ, wanted);
            if (found.anyTrue()) {
                return i + found.firstTrue();
            }
        }
        VectorMask<Float> mask = SPECIES.indexInRange(i, n);
        FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, xAt + (long) i * Float.BYTES, ORDER, mask);
        return Math.min(n, i + v.compare(VectorOperators.EQ, wanted).and(mask).firstTrue());
    }

    /** A NaN is what is not equal to itself. */
    private static int indexOfNaN(int n, MemorySegment x, long xAt) {
        MemorySegment xs = VectorsF32.offHeap(x);
        int i = 0;
        for (; i < SPECIES.loopBound(n); i += LENGTH) {
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, xAt + (long) i * Float.BYTES, ORDER);
            VectorMask<Float> found = v.compare(VectorOperators.NE, v);
            if (found.anyTrue()) {
                return i + found.firstTrue();
            }
        }
        VectorMask<Float> mask = SPECIES.indexInRange(i, n);
        FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, xAt + (long) i * Float.BYTES, ORDER, mask);
        return Math.min(n, i + v.compare(VectorOperators.NE, v).firstTrue());
    }
}
