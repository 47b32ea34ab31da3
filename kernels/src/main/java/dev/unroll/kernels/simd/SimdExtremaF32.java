package dev.unroll.kernels.simd;

import static dev.unroll.kernels.simd.math.VectorsF32.BYTES;
import static dev.unroll.kernels.simd.math.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.provider.ExtremaKernel;
import dev.unroll.kernels.simd.math.TailF32;
import dev.unroll.kernels.simd.math.VectorsF32;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** The largest element and its position. There is no sum, so the order of the lanes changes no bit. */
final class SimdExtremaF32 implements ExtremaKernel {
    /** The number of independent chains of comparisons, which hides their latency. */
    private static final int CHAINS = 2;

    /**
     * Compares and blends: the maximum of the Vector API follows the rules of Java for NaN and -0, which takes several
     * instructions, and the compiler did not always keep it from allocating. A comparison with NaN is false, so NaNs
     * are gathered in a separate vector.
     */
    @Override
    public double max(int n, MemorySegment x, long xOffset) {
        MemorySegment xs = VectorsF32.offHeap(x);
        FloatVector a = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        FloatVector b = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        FloatVector nan = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        int i = 0;
        for (; i <= n - CHAINS * LENGTH; i += CHAINS * LENGTH) {
            long at = xOffset + (long) i * Float.BYTES;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, at, ORDER);
            FloatVector w = FloatVector.fromMemorySegment(SPECIES, xs, at + BYTES, ORDER);
            a = a.blend(v, v.compare(VectorOperators.GT, a));
            b = b.blend(w, w.compare(VectorOperators.GT, b));
            nan = nan.blend(v, v.compare(VectorOperators.NE, v));
            nan = nan.blend(w, w.compare(VectorOperators.NE, w));
        }
        MemorySegment lanes = TailF32.ofThread().memory;
        MemorySegment to = VectorsF32.offHeap(lanes);
        a.intoMemorySegment(to, 0, ORDER);
        b.intoMemorySegment(to, BYTES, ORDER);
        nan.intoMemorySegment(to, 2 * BYTES, ORDER);
        float largest = Float.NEGATIVE_INFINITY;
        for (int lane = 0; lane < 3 * LENGTH; lane++) {
            largest = Math.max(largest, lanes.get(JAVA_FLOAT, (long) lane * Float.BYTES));
        }
        for (; i < n; i++) {
            largest = Math.max(largest, x.get(JAVA_FLOAT, xOffset + (long) i * Float.BYTES));
        }
        return largest + 0f; // -0 + 0 is 0
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

    /** Finds NaN too, which no comparison calls inside. */
    @Override
    public int indexOutside(double low, double high, int n, MemorySegment x, long xOffset) {
        MemorySegment xs = VectorsF32.offHeap(x);
        float lowest = (float) low; // vectors of them would be made on the heap where the loop is never entered
        float highest = (float) high;
        int whole = SPECIES.loopBound(n);
        for (int i = 0; i < whole; i += LENGTH) {
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, xOffset + (long) i * Float.BYTES, ORDER);
            VectorMask<Float> inside =
                    v.compare(VectorOperators.GE, lowest).and(v.compare(VectorOperators.LE, highest));
            if (!inside.allTrue()) {
                return i + inside.not().firstTrue();
            }
        }
        for (int i = whole; i < n; i++) {
            float element = x.get(JAVA_FLOAT, xOffset + (long) i * Float.BYTES);
            if (!(element >= low && element <= high)) {
                return i;
            }
        }
        return n;
    }

    /** Finds the first element that is not equal to itself. */
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
