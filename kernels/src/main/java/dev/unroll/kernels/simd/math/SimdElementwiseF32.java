package dev.unroll.kernels.simd.math;

import static dev.unroll.kernels.simd.math.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;

import dev.unroll.kernels.provider.ElementwiseKernel;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Element-wise arithmetic: whole vectors, then the rest under a mask. */
public final class SimdElementwiseF32 implements ElementwiseKernel {
    @Override
    public void add(
            int n, MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset) {
        addRow(n, x, xOffset, y, yOffset, z, zOffset);
    }

    /** {@code z = x + y}. */
    public static void addRow(int n, MemorySegment x, long xAt, MemorySegment y, long yAt, MemorySegment z, long zAt) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment ys = VectorsF32.offHeap(y);
        MemorySegment zs = VectorsF32.offHeap(z);
        int whole = SPECIES.loopBound(n);
        for (int i = 0; i < whole; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector a = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER);
            FloatVector b = FloatVector.fromMemorySegment(SPECIES, ys, yAt + at, ORDER);
            a.add(b).intoMemorySegment(zs, zAt + at, ORDER);
        }
        if (whole < n) {
            long at = (long) whole * Float.BYTES;
            VectorMask<Float> mask = SPECIES.indexInRange(whole, n);
            FloatVector a = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER, mask);
            FloatVector b = FloatVector.fromMemorySegment(SPECIES, ys, yAt + at, ORDER, mask);
            a.add(b).intoMemorySegment(zs, zAt + at, ORDER, mask);
        }
    }

    @Override
    public void multiply(
            int n, MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset) {
        multiplyRow(n, x, xOffset, y, yOffset, z, zOffset);
    }

    /** {@code z = x y}. */
    public static void multiplyRow(int n, MemorySegment x, long xAt, MemorySegment y, long yAt, MemorySegment z,
            long zAt) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment ys = VectorsF32.offHeap(y);
        MemorySegment zs = VectorsF32.offHeap(z);
        int whole = SPECIES.loopBound(n);
        for (int i = 0; i < whole; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector a = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER);
            FloatVector b = FloatVector.fromMemorySegment(SPECIES, ys, yAt + at, ORDER);
            a.mul(b).intoMemorySegment(zs, zAt + at, ORDER);
        }
        if (whole < n) {
            long at = (long) whole * Float.BYTES;
            VectorMask<Float> mask = SPECIES.indexInRange(whole, n);
            FloatVector a = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER, mask);
            FloatVector b = FloatVector.fromMemorySegment(SPECIES, ys, yAt + at, ORDER, mask);
            a.mul(b).intoMemorySegment(zs, zAt + at, ORDER, mask);
        }
    }

    @Override
    public void multiplyAdd(
            int n, MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment ys = VectorsF32.offHeap(y);
        MemorySegment zs = VectorsF32.offHeap(z);
        int whole = SPECIES.loopBound(n);
        for (int i = 0; i < whole; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector a = FloatVector.fromMemorySegment(SPECIES, xs, xOffset + at, ORDER);
            FloatVector b = FloatVector.fromMemorySegment(SPECIES, ys, yOffset + at, ORDER);
            FloatVector sum = FloatVector.fromMemorySegment(SPECIES, zs, zOffset + at, ORDER);
            a.fma(b, sum).intoMemorySegment(zs, zOffset + at, ORDER);
        }
        if (whole < n) {
            long at = (long) whole * Float.BYTES;
            VectorMask<Float> mask = SPECIES.indexInRange(whole, n);
            FloatVector a = FloatVector.fromMemorySegment(SPECIES, xs, xOffset + at, ORDER, mask);
            FloatVector b = FloatVector.fromMemorySegment(SPECIES, ys, yOffset + at, ORDER, mask);
            FloatVector sum = FloatVector.fromMemorySegment(SPECIES, zs, zOffset + at, ORDER, mask);
            a.fma(b, sum).intoMemorySegment(zs, zOffset + at, ORDER, mask);
        }
    }

    @Override
    public void axpy(int n, double alpha, MemorySegment x, long xOffset, MemorySegment y, long yOffset) {
        axpyRow(n, (float) alpha, x, xOffset, y, yOffset);
    }

    /** {@code y += alpha x}. */
    public static void axpyRow(int n, float alpha, MemorySegment x, long xAt, MemorySegment y, long yAt) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment ys = VectorsF32.offHeap(y);
        FloatVector factor = FloatVector.broadcast(SPECIES, alpha);
        int whole = SPECIES.loopBound(n);
        for (int i = 0; i < whole; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector a = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER);
            FloatVector sum = FloatVector.fromMemorySegment(SPECIES, ys, yAt + at, ORDER);
            a.fma(factor, sum).intoMemorySegment(ys, yAt + at, ORDER);
        }
        if (whole < n) {
            long at = (long) whole * Float.BYTES;
            VectorMask<Float> mask = SPECIES.indexInRange(whole, n);
            FloatVector a = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER, mask);
            FloatVector sum = FloatVector.fromMemorySegment(SPECIES, ys, yAt + at, ORDER, mask);
            a.fma(factor, sum).intoMemorySegment(ys, yAt + at, ORDER, mask);
        }
    }

    @Override
    public void lerp(
            int n, double alpha, MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z,
            long zOffset) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment ys = VectorsF32.offHeap(y);
        MemorySegment zs = VectorsF32.offHeap(z);
        FloatVector factor = FloatVector.broadcast(SPECIES, (float) alpha);
        int whole = SPECIES.loopBound(n);
        for (int i = 0; i < whole; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector a = FloatVector.fromMemorySegment(SPECIES, xs, xOffset + at, ORDER);
            FloatVector b = FloatVector.fromMemorySegment(SPECIES, ys, yOffset + at, ORDER);
            b.sub(a).fma(factor, a).intoMemorySegment(zs, zOffset + at, ORDER);
        }
        if (whole < n) {
            long at = (long) whole * Float.BYTES;
            VectorMask<Float> mask = SPECIES.indexInRange(whole, n);
            FloatVector a = FloatVector.fromMemorySegment(SPECIES, xs, xOffset + at, ORDER, mask);
            FloatVector b = FloatVector.fromMemorySegment(SPECIES, ys, yOffset + at, ORDER, mask);
            b.sub(a).fma(factor, a).intoMemorySegment(zs, zOffset + at, ORDER, mask);
        }
    }

    @Override
    public void scale(int n, double alpha, MemorySegment x, long xOffset) {
        scaleRow(n, (float) alpha, x, xOffset);
    }

    /** {@code x *= alpha}. */
    public static void scaleRow(int n, float alpha, MemorySegment x, long xAt) {
        MemorySegment xs = VectorsF32.offHeap(x);
        int whole = SPECIES.loopBound(n);
        for (int i = 0; i < whole; i += LENGTH) {
            long at = xAt + (long) i * Float.BYTES;
            FloatVector.fromMemorySegment(SPECIES, xs, at, ORDER).mul(alpha).intoMemorySegment(xs, at, ORDER);
        }
        if (whole < n) {
            long at = xAt + (long) whole * Float.BYTES;
            VectorMask<Float> mask = SPECIES.indexInRange(whole, n);
            FloatVector.fromMemorySegment(SPECIES, xs, at, ORDER, mask).mul(alpha)
                    .intoMemorySegment(xs, at, ORDER, mask);
        }
    }

    /** {@code x = 0} where {@code |x| < 1e-30}. */
    public static void zeroTiny(int n, MemorySegment x, long xAt) {
        MemorySegment xs = VectorsF32.offHeap(x);
        int whole = SPECIES.loopBound(n);
        for (int i = 0; i < whole; i += LENGTH) {
            long at = xAt + (long) i * Float.BYTES;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, at, ORDER);
            v.blend(0, v.abs().compare(VectorOperators.LT, VectorsF32.TINY)).intoMemorySegment(xs, at, ORDER);
        }
        if (whole < n) {
            long at = xAt + (long) whole * Float.BYTES;
            VectorMask<Float> mask = SPECIES.indexInRange(whole, n);
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, at, ORDER, mask);
            v.blend(0, v.abs().compare(VectorOperators.LT, VectorsF32.TINY)).intoMemorySegment(xs, at, ORDER, mask);
        }
    }

    /** Adds row after row to y, which stays in the nearest cache while x is read once and in order. */
    @Override
    public void addColumnSums(
            int rows, int columns, MemorySegment x, long xOffset, long ldx, MemorySegment y, long yOffset) {
        for (int r = 0; r < rows; r++) {
            addRow(columns, x, xOffset + r * ldx * Float.BYTES, y, yOffset, y, yOffset);
        }
    }
}
