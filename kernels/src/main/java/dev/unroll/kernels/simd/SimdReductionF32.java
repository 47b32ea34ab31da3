package dev.unroll.kernels.simd;

import static dev.unroll.kernels.simd.math.VectorsF32.BYTES;
import static dev.unroll.kernels.simd.math.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.provider.ReductionKernel;
import dev.unroll.kernels.simd.math.TailF32;
import dev.unroll.kernels.simd.math.VectorsF32;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Sums in double over 16 lanes at every vector width: if a vector has fewer, there is one pass over the chunk per two
 * vectors of lanes. The lanes are then added as a tree.
 */
final class SimdReductionF32 implements ReductionKernel {
    private static final int LANES = 16;

    /** Where, behind the lanes, the rest of a row is copied to. */
    private static final int REST = LANES * Double.BYTES;

    private static final VectorSpecies<Double> DOUBLES = VectorSpecies.of(double.class, SPECIES.vectorShape());
    private static final int COUNT = DOUBLES.length();

    /** The species with as many elements as a vector has doubles, for a cast. */
    private static final VectorSpecies<Float> ELEMENTS =
            VectorSpecies.of(float.class, VectorShape.forBitSize(COUNT * Float.SIZE));

    /** Whether lanes are summed one by one: the compiler does not keep half a vector of 128 bits in a register. */
    private static final boolean ONE_BY_ONE = ELEMENTS.vectorBitSize() < 128;

    @Override
    public double sum(int n, MemorySegment x, long xOffset) {
        return sumRow(n, x, xOffset);
    }

    /** {@code sum_i x[i]}. */
    static double sumRow(int n, MemorySegment x, long xAt) {
        MemorySegment lanes = TailF32.ofThread().memory;
        for (int lane = 0; ONE_BY_ONE && lane < LANES; lane++) {
            double sum = 0;
            for (int i = lane; i < n; i += LANES) {
                sum += x.get(JAVA_FLOAT, xAt + (long) i * Float.BYTES);
            }
            lanes.set(JAVA_DOUBLE, (long) lane * Double.BYTES, sum);
        }
        for (int lane = 0; !ONE_BY_ONE && lane < LANES; lane += 2 * COUNT) {
            sumOfLanes(lane, n, x, xAt, lanes);
        }
        return tree(lanes);
    }

    private static void sumOfLanes(int lane, int n, MemorySegment x, long xAt, MemorySegment lanes) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment to = VectorsF32.offHeap(lanes);
        DoubleVector low = DoubleVector.zero(DOUBLES);
        DoubleVector high = DoubleVector.zero(DOUBLES);
        int i = lane;
        for (; i <= n - 2 * COUNT; i += LANES) {
            long at = xAt + (long) i * Float.BYTES;
            FloatVector a = FloatVector.fromMemorySegment(ELEMENTS, xs, at, ORDER);
            FloatVector b = FloatVector.fromMemorySegment(ELEMENTS, xs, at + COUNT * Float.BYTES, ORDER);
            low = low.add(a.castShape(DOUBLES, 0));
            high = high.add(b.castShape(DOUBLES, 0));
        }
        if (i < n) {
            padRest(n - i, x, xAt + (long) i * Float.BYTES);
            FloatVector a = FloatVector.fromMemorySegment(ELEMENTS, to, REST, ORDER);
            FloatVector b = FloatVector.fromMemorySegment(ELEMENTS, to, REST + COUNT * Float.BYTES, ORDER);
            low = low.add(a.castShape(DOUBLES, 0));
            high = high.add(b.castShape(DOUBLES, 0));
        }
        low.intoMemorySegment(to, (long) lane * Double.BYTES, ORDER);
        high.intoMemorySegment(to, (long) (lane + COUNT) * Double.BYTES, ORDER);
    }

    /**
     * Copies the elements that do not fill two vectors of lanes behind the lanes, followed by zeros. A masked load of
     * half a vector would do without the copy, but is interpreted with operations on vectors of that width; these spoil
     * the profiles of the JDK's methods for every other kernel, which then allocates vectors.
     */
    private static void padRest(int n, MemorySegment x, long xAt) {
        TailF32 tail = TailF32.ofThread();
        for (int from = 0; from < 2 * COUNT; from += LENGTH) {
            tail.load((REST + from * Float.BYTES) / BYTES, n - from, x, xAt + from * Float.BYTES);
        }
    }

    @Override
    public double sumOfSquares(int n, MemorySegment x, long xOffset) {
        return sumOfSquaresRow(n, x, xOffset);
    }

    /** {@code sum_i x[i]^2}. */
    static double sumOfSquaresRow(int n, MemorySegment x, long xAt) {
        MemorySegment lanes = TailF32.ofThread().memory;
        for (int lane = 0; ONE_BY_ONE && lane < LANES; lane++) {
            double sum = 0;
            for (int i = lane; i < n; i += LANES) {
                double element = x.get(JAVA_FLOAT, xAt + (long) i * Float.BYTES);
                sum = Math.fma(element, element, sum);
            }
            lanes.set(JAVA_DOUBLE, (long) lane * Double.BYTES, sum);
        }
        for (int lane = 0; !ONE_BY_ONE && lane < LANES; lane += 2 * COUNT) {
            sumOfSquaresOfLanes(lane, n, x, xAt, lanes);
        }
        return tree(lanes);
    }

    private static void sumOfSquaresOfLanes(int lane, int n, MemorySegment x, long xAt, MemorySegment lanes) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment to = VectorsF32.offHeap(lanes);
        DoubleVector low = DoubleVector.zero(DOUBLES);
        DoubleVector high = DoubleVector.zero(DOUBLES);
        int i = lane;
        for (; i <= n - 2 * COUNT; i += LANES) {
            long at = xAt + (long) i * Float.BYTES;
            FloatVector a = FloatVector.fromMemorySegment(ELEMENTS, xs, at, ORDER);
            FloatVector b = FloatVector.fromMemorySegment(ELEMENTS, xs, at + COUNT * Float.BYTES, ORDER);
            DoubleVector c = (DoubleVector) a.castShape(DOUBLES, 0);
            DoubleVector d = (DoubleVector) b.castShape(DOUBLES, 0);
            low = c.fma(c, low);
            high = d.fma(d, high);
        }
        if (i < n) {
            padRest(n - i, x, xAt + (long) i * Float.BYTES);
            FloatVector a = FloatVector.fromMemorySegment(ELEMENTS, to, REST, ORDER);
            FloatVector b = FloatVector.fromMemorySegment(ELEMENTS, to, REST + COUNT * Float.BYTES, ORDER);
            DoubleVector c = (DoubleVector) a.castShape(DOUBLES, 0);
            DoubleVector d = (DoubleVector) b.castShape(DOUBLES, 0);
            low = c.fma(c, low);
            high = d.fma(d, high);
        }
        low.intoMemorySegment(to, (long) lane * Double.BYTES, ORDER);
        high.intoMemorySegment(to, (long) (lane + COUNT) * Double.BYTES, ORDER);
    }

    private static double tree(MemorySegment lanes) {
        return (quarter(lanes, 0) + quarter(lanes, 2)) + (quarter(lanes, 1) + quarter(lanes, 3));
    }

    private static double quarter(MemorySegment lanes, int lane) {
        return (lane(lanes, lane) + lane(lanes, lane + 8)) + (lane(lanes, lane + 4) + lane(lanes, lane + 12));
    }

    private static double lane(MemorySegment lanes, int lane) {
        return lanes.get(JAVA_DOUBLE, (long) lane * Double.BYTES);
    }
}
