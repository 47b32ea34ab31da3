package dev.unroll.kernels.simd;

import static dev.unroll.kernels.simd.math.ScratchF32.PART;
import static dev.unroll.kernels.simd.math.ScratchF32.PART_BYTES;
import static dev.unroll.kernels.simd.math.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.math.VectorsF32.NOTHING;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;
import static dev.unroll.kernels.simd.math.VectorsF32.TINY;

import dev.unroll.kernels.provider.LpKernel;
import dev.unroll.kernels.simd.math.ExpF32;
import dev.unroll.kernels.simd.math.LogF32;
import dev.unroll.kernels.simd.math.ScratchF32;
import dev.unroll.kernels.simd.math.SimdElementwiseF32;
import dev.unroll.kernels.simd.math.TailF32;
import dev.unroll.kernels.simd.math.VectorsF32;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Lp units, row by row and some hundred units at a time: short loops over scratch memory in the nearest cache, where
 * rows are padded with zeros to whole vectors. Powers are {@code q^p = e^(p log q)}, with magnitudes q relative to the
 * largest one or to the mean.
 */
final class SimdLpF32 implements LpKernel {
    // Layout of the scratch memory
    private static final int ORDERS = 0;
    private static final int UNIT = PART_BYTES;
    private static final int SUM = 2 * PART_BYTES;
    private static final int RATIO = 3 * PART_BYTES;
    private static final int LOG = 4 * PART_BYTES;
    private static final int POWER = 5 * PART_BYTES;

    @Override
    public void forward(
            int rows, int units, int pieces, long pieceStride,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment orders, long ordersOffset,
            MemorySegment y, long yOffset, long ldy) {
        MemorySegment scratch = ScratchF32.ofThread().memory;
        long stride = pieceStride * Float.BYTES;
        for (int from = 0; from < units; from += PART) {
            int n = Math.min(PART, units - from);
            long at = (long) from * Float.BYTES;
            load(n, orders, ordersOffset + at, scratch, ORDERS);
            for (int r = 0; r < rows; r++) {
                long xAt = xOffset + r * ldx * Float.BYTES + at;
                largest(n, pieces, stride, x, xAt, scratch);
                for (int i = 0; i < pieces; i++) {
                    ratio(n, x, xAt + i * stride, scratch);
                    LogF32.log(n, scratch, RATIO, NOTHING, 0, 0, scratch, LOG);
                    SimdElementwiseF32.multiplyRow(n, scratch, LOG, scratch, ORDERS, scratch, LOG);
                    ExpF32.exp(n, scratch, LOG, NOTHING, 0, 0, scratch, i == 0 ? SUM : POWER);
                    if (i > 0) {
                        SimdElementwiseF32.addRow(n, scratch, POWER, scratch, SUM, scratch, SUM);
                    }
                }
                SimdElementwiseF32.scaleRow(n, 1f / pieces, scratch, SUM);
                LogF32.log(n, scratch, SUM, NOTHING, 0, 0, scratch, LOG);
                divide(n, scratch);
                ExpF32.exp(n, scratch, LOG, NOTHING, 0, 0, scratch, POWER);
                SimdElementwiseF32.multiplyRow(
                        n, scratch, UNIT, scratch, POWER, y, yOffset + r * ldy * Float.BYTES + at);
            }
        }
    }

    /** Copies n elements into the scratch memory, padded with zeros. */
    private static void load(int n, MemorySegment from, long at, MemorySegment scratch, long to) {
        MemorySegment fs = VectorsF32.offHeap(from);
        MemorySegment ss = VectorsF32.offHeap(scratch);
        int whole = SPECIES.loopBound(n);
        for (int j = 0; j < whole; j += LENGTH) {
            long offset = (long) j * Float.BYTES;
            FloatVector.fromMemorySegment(SPECIES, fs, at + offset, ORDER).intoMemorySegment(ss, to + offset, ORDER);
        }
        if (whole < n) {
            long offset = (long) whole * Float.BYTES;
            VectorMask<Float> mask = SPECIES.indexInRange(whole, n);
            FloatVector.fromMemorySegment(SPECIES, fs, at + offset, ORDER, mask)
                    .intoMemorySegment(ss, to + offset, ORDER);
        }
    }

    /** {@code unit = max_i |x_i|}, NaN if one is: beside zeros too, which count as no unit. */
    private static void largest(int n, int pieces, long stride, MemorySegment x, long xAt, MemorySegment scratch) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment ss = VectorsF32.offHeap(scratch);
        int whole = SPECIES.loopBound(n);
        for (int j = 0; j < whole; j += LENGTH) {
            long at = (long) j * Float.BYTES;
            FloatVector largest = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER).abs();
            for (int i = 1; i < pieces; i++) {
                FloatVector size = FloatVector.fromMemorySegment(SPECIES, xs, xAt + i * stride + at, ORDER).abs();
                largest = largest.blend(size, size.compare(VectorOperators.GT, largest));
                largest = largest.blend(size, size.compare(VectorOperators.NE, size));
            }
            largest.intoMemorySegment(ss, UNIT + at, ORDER);
        }
        if (whole < n) {
            long at = (long) whole * Float.BYTES;
            VectorMask<Float> mask = SPECIES.indexInRange(whole, n);
            FloatVector largest = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER, mask).abs();
            for (int i = 1; i < pieces; i++) {
                FloatVector size = FloatVector.fromMemorySegment(SPECIES, xs, xAt + i * stride + at, ORDER, mask).abs();
                largest = largest.blend(size, size.compare(VectorOperators.GT, largest));
                largest = largest.blend(size, size.compare(VectorOperators.NE, size));
            }
            largest.intoMemorySegment(ss, UNIT + at, ORDER);
        }
    }

    /** {@code ratio = |x| / unit}, but at least the smallest number that has a logarithm, even if the unit is 0. */
    private static void ratio(int n, MemorySegment x, long xAt, MemorySegment scratch) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment ss = VectorsF32.offHeap(scratch);
        FloatVector least = FloatVector.broadcast(SPECIES, Float.MIN_NORMAL);
        int whole = SPECIES.loopBound(n);
        for (int j = 0; j < whole; j += LENGTH) {
            long at = (long) j * Float.BYTES;
            FloatVector unit = FloatVector.fromMemorySegment(SPECIES, ss, UNIT + at, ORDER);
            FloatVector q = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER).abs().div(unit);
            q.blend(least, q.compare(VectorOperators.LT, least).or(unit.eq(0)))
                    .intoMemorySegment(ss, RATIO + at, ORDER);
        }
        if (whole < n) {
            long at = (long) whole * Float.BYTES;
            VectorMask<Float> mask = SPECIES.indexInRange(whole, n);
            FloatVector unit = FloatVector.fromMemorySegment(SPECIES, ss, UNIT + at, ORDER);
            FloatVector q = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER, mask).abs().div(unit);
            q.blend(least, q.compare(VectorOperators.LT, least).or(unit.eq(0)))
                    .intoMemorySegment(ss, RATIO + at, ORDER);
        }
    }

    /** {@code log /= p}. */
    private static void divide(int n, MemorySegment scratch) {
        MemorySegment ss = VectorsF32.offHeap(scratch);
        for (int j = 0; j < n; j += LENGTH) {
            long at = (long) j * Float.BYTES;
            FloatVector p = FloatVector.fromMemorySegment(SPECIES, ss, ORDERS + at, ORDER);
            FloatVector.fromMemorySegment(SPECIES, ss, LOG + at, ORDER).div(p)
                    .intoMemorySegment(ss, LOG + at, ORDER);
        }
    }

    @Override
    public void backward(
            int rows, int units, int pieces, long pieceStride,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment orders, long ordersOffset,
            MemorySegment y, long yOffset, long ldy,
            MemorySegment dy, long dyOffset, long lddy,
            MemorySegment dx, long dxOffset, long lddx,
            MemorySegment dOrders, long dOrdersOffset) {
        MemorySegment scratch = ScratchF32.ofThread().memory;
        long stride = pieceStride * Float.BYTES;
        for (int from = 0; from < units; from += PART) {
            int n = Math.min(PART, units - from);
            long at = (long) from * Float.BYTES;
            load(n, orders, ordersOffset + at, scratch, ORDERS);
            for (int r = 0; r < rows; r++) {
                long xAt = xOffset + r * ldx * Float.BYTES + at;
                long dyAt = dyOffset + r * lddy * Float.BYTES + at;
                long dxAt = dxOffset + r * lddx * Float.BYTES + at;
                load(n, y, yOffset + r * ldy * Float.BYTES + at, scratch, UNIT);
                clearSum(n, scratch);
                for (int i = 0; i < pieces; i++) {
                    ratio(n, x, xAt + i * stride, scratch);
                    LogF32.log(n, scratch, RATIO, NOTHING, 0, 0, scratch, LOG);
                    multiplyOrderLessOne(n, scratch);
                    ExpF32.exp(n, scratch, POWER, NOTHING, 0, 0, scratch, POWER);
                    sumOfLogs(n, scratch);
                    addToPiece(n, 1f / pieces, scratch, x, xAt + i * stride, dy, dyAt, dx, dxAt + i * stride);
                }
                addToOrders(n, 1f / pieces, scratch, dy, dyAt, dOrders, dOrdersOffset + at);
            }
        }
    }

    private static void clearSum(int n, MemorySegment scratch) {
        MemorySegment ss = VectorsF32.offHeap(scratch);
        FloatVector zero = FloatVector.zero(SPECIES);
        for (int j = 0; j < n; j += LENGTH) {
            zero.intoMemorySegment(ss, SUM + (long) j * Float.BYTES, ORDER);
        }
    }

    /** {@code power = (p - 1) log}. */
    private static void multiplyOrderLessOne(int n, MemorySegment scratch) {
        MemorySegment ss = VectorsF32.offHeap(scratch);
        for (int j = 0; j < n; j += LENGTH) {
            long at = (long) j * Float.BYTES;
            FloatVector p = FloatVector.fromMemorySegment(SPECIES, ss, ORDERS + at, ORDER);
            FloatVector.fromMemorySegment(SPECIES, ss, LOG + at, ORDER).mul(p.sub(1))
                    .intoMemorySegment(ss, POWER + at, ORDER);
        }
    }

    /** {@code sum += ratio power log}, that is q^p log q. */
    private static void sumOfLogs(int n, MemorySegment scratch) {
        MemorySegment ss = VectorsF32.offHeap(scratch);
        for (int j = 0; j < n; j += LENGTH) {
            long at = (long) j * Float.BYTES;
            FloatVector q = FloatVector.fromMemorySegment(SPECIES, ss, RATIO + at, ORDER);
            FloatVector power = FloatVector.fromMemorySegment(SPECIES, ss, POWER + at, ORDER);
            FloatVector log = FloatVector.fromMemorySegment(SPECIES, ss, LOG + at, ORDER);
            FloatVector sum = FloatVector.fromMemorySegment(SPECIES, ss, SUM + at, ORDER);
            q.mul(power).fma(log, sum).intoMemorySegment(ss, SUM + at, ORDER);
        }
    }

    /** {@code dx += share dy sign(x) power}; tiny sums become 0. */
    private static void addToPiece(
            int n, float share, MemorySegment scratch, MemorySegment x, long xAt, MemorySegment dy, long dyAt,
            MemorySegment dx, long dxAt) {
        int left = TailF32.count(n);
        int whole = n - left;
        addToVectors(whole, share, scratch, POWER, x, xAt, dy, dyAt, dx, dxAt);
        if (left > 0) {
            TailF32 tail = TailF32.ofThread();
            MemorySegment t = tail.memory;
            long at = (long) whole * Float.BYTES;
            tail.load(0, left, x, xAt + at);
            tail.load(1, left, dy, dyAt + at);
            tail.load(2, left, dx, dxAt + at);
            addToVectors(
                    LENGTH, share, scratch, POWER + at, t, 0, t, VectorsF32.BYTES, t, 2 * VectorsF32.BYTES);
            tail.store(2, left, dx, dxAt + at);
        }
    }

    private static void addToVectors(
            int n, float share, MemorySegment powers, long powersAt, MemorySegment x, long xAt,
            MemorySegment dy, long dyAt, MemorySegment dx, long dxAt) {
        MemorySegment ps = VectorsF32.offHeap(powers);
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment dys = VectorsF32.offHeap(dy);
        MemorySegment dxs = VectorsF32.offHeap(dx);
        for (int j = 0; j < n; j += LENGTH) {
            long at = (long) j * Float.BYTES;
            FloatVector power = FloatVector.fromMemorySegment(SPECIES, ps, powersAt + at, ORDER);
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER);
            FloatVector gradient = FloatVector.fromMemorySegment(SPECIES, dys, dyAt + at, ORDER).mul(share);
            FloatVector slope = power.blend(power.neg(), v.compare(VectorOperators.LT, 0)).blend(0, v.eq(0));
            FloatVector sum = slope.fma(gradient, FloatVector.fromMemorySegment(SPECIES, dxs, dxAt + at, ORDER));
            sum.blend(0, sum.abs().compare(VectorOperators.LT, TINY)).intoMemorySegment(dxs, dxAt + at, ORDER);
        }
    }

    /** {@code dp += share dy unit / p sum}; tiny sums become 0. */
    private static void addToOrders(
            int n, float share, MemorySegment scratch, MemorySegment dy, long dyAt, MemorySegment dp, long dpAt) {
        MemorySegment ss = VectorsF32.offHeap(scratch);
        MemorySegment dys = VectorsF32.offHeap(dy);
        MemorySegment dps = VectorsF32.offHeap(dp);
        int whole = SPECIES.loopBound(n);
        for (int j = 0; j < whole; j += LENGTH) {
            long at = (long) j * Float.BYTES;
            FloatVector factor = FloatVector.fromMemorySegment(SPECIES, ss, UNIT + at, ORDER)
                    .div(FloatVector.fromMemorySegment(SPECIES, ss, ORDERS + at, ORDER))
                    .mul(FloatVector.fromMemorySegment(SPECIES, dys, dyAt + at, ORDER).mul(share));
            FloatVector sum = FloatVector.fromMemorySegment(SPECIES, ss, SUM + at, ORDER)
                    .fma(factor, FloatVector.fromMemorySegment(SPECIES, dps, dpAt + at, ORDER));
            sum.blend(0, sum.abs().compare(VectorOperators.LT, TINY)).intoMemorySegment(dps, dpAt + at, ORDER);
        }
        if (whole < n) {
            long at = (long) whole * Float.BYTES;
            VectorMask<Float> mask = SPECIES.indexInRange(whole, n);
            FloatVector factor = FloatVector.fromMemorySegment(SPECIES, ss, UNIT + at, ORDER)
                    .div(FloatVector.fromMemorySegment(SPECIES, ss, ORDERS + at, ORDER))
                    .mul(FloatVector.fromMemorySegment(SPECIES, dys, dyAt + at, ORDER, mask).mul(share));
            FloatVector sum = FloatVector.fromMemorySegment(SPECIES, ss, SUM + at, ORDER)
                    .fma(factor, FloatVector.fromMemorySegment(SPECIES, dps, dpAt + at, ORDER, mask));
            sum.blend(0, sum.abs().compare(VectorOperators.LT, TINY)).intoMemorySegment(dps, dpAt + at, ORDER, mask);
        }
    }
}
