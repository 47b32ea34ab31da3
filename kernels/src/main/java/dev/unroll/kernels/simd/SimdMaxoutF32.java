package dev.unroll.kernels.simd;

import static dev.unroll.kernels.simd.math.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;
import static dev.unroll.kernels.simd.math.VectorsF32.TINY;

import dev.unroll.kernels.provider.MaxoutKernel;
import dev.unroll.kernels.simd.math.VectorsF32;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Maxout, row by row: whole vectors of units, then the rest under a mask. */
final class SimdMaxoutF32 implements MaxoutKernel {
    @Override
    public void forward(
            int rows, int units, int pieces,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment y, long yOffset, long ldy) {
        for (int r = 0; r < rows; r++) {
            largest(units, pieces, x, xOffset + r * ldx * Float.BYTES, y, yOffset + r * ldy * Float.BYTES);
        }
    }

    /** Keeps NaN: a comparison with NaN is false, so an old NaN stays, and a new one is taken separately. */
    private static void largest(int units, int pieces, MemorySegment x, long xAt, MemorySegment y, long yAt) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment ys = VectorsF32.offHeap(y);
        long block = (long) units * Float.BYTES;
        int whole = SPECIES.loopBound(units);
        for (int j = 0; j < whole; j += LENGTH) {
            long at = (long) j * Float.BYTES;
            FloatVector largest = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER);
            for (int i = 1; i < pieces; i++) {
                FloatVector piece = FloatVector.fromMemorySegment(SPECIES, xs, xAt + i * block + at, ORDER);
                largest = largest.blend(piece, piece.compare(VectorOperators.GT, largest));
                largest = largest.blend(piece, piece.compare(VectorOperators.NE, piece));
            }
            largest.intoMemorySegment(ys, yAt + at, ORDER);
        }
        if (whole < units) {
            long at = (long) whole * Float.BYTES;
            VectorMask<Float> mask = SPECIES.indexInRange(whole, units);
            FloatVector largest = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER, mask);
            for (int i = 1; i < pieces; i++) {
                FloatVector piece = FloatVector.fromMemorySegment(SPECIES, xs, xAt + i * block + at, ORDER, mask);
                largest = largest.blend(piece, piece.compare(VectorOperators.GT, largest));
                largest = largest.blend(piece, piece.compare(VectorOperators.NE, piece));
            }
            largest.intoMemorySegment(ys, yAt + at, ORDER, mask);
        }
    }

    @Override
    public void backward(
            int rows, int units, int pieces,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment y, long yOffset, long ldy,
            MemorySegment dy, long dyOffset, long lddy,
            MemorySegment dx, long dxOffset, long lddx) {
        for (int r = 0; r < rows; r++) {
            addToWinners(
                    units, pieces, x, xOffset + r * ldx * Float.BYTES, y, yOffset + r * ldy * Float.BYTES,
                    dy, dyOffset + r * lddy * Float.BYTES, dx, dxOffset + r * lddx * Float.BYTES);
        }
    }

    private static void addToWinners(
            int units, int pieces, MemorySegment x, long xAt, MemorySegment y, long yAt, MemorySegment dy, long dyAt,
            MemorySegment dx, long dxAt) {
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment ys = VectorsF32.offHeap(y);
        MemorySegment dys = VectorsF32.offHeap(dy);
        MemorySegment dxs = VectorsF32.offHeap(dx);
        long block = (long) units * Float.BYTES;
        FloatVector zero = FloatVector.zero(SPECIES);
        int whole = SPECIES.loopBound(units);
        for (int j = 0; j < whole; j += LENGTH) {
            long at = (long) j * Float.BYTES;
            FloatVector largest = FloatVector.fromMemorySegment(SPECIES, ys, yAt + at, ORDER);
            FloatVector gradient = FloatVector.fromMemorySegment(SPECIES, dys, dyAt + at, ORDER);
            for (int i = 0; i < pieces; i++) {
                long piece = i * block + at;
                FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, xAt + piece, ORDER);
                VectorMask<Float> wins = v.eq(largest).or(v.compare(VectorOperators.NE, v));
                FloatVector sum = FloatVector.fromMemorySegment(SPECIES, dxs, dxAt + piece, ORDER)
                        .add(zero.blend(gradient, wins));
                sum.blend(0, sum.abs().compare(VectorOperators.LT, TINY)).intoMemorySegment(dxs, dxAt + piece, ORDER);
                gradient = gradient.blend(0, wins); // only the first winner gets it
            }
        }
        if (whole < units) {
            long at = (long) whole * Float.BYTES;
            VectorMask<Float> mask = SPECIES.indexInRange(whole, units);
            FloatVector largest = FloatVector.fromMemorySegment(SPECIES, ys, yAt + at, ORDER, mask);
            FloatVector gradient = FloatVector.fromMemorySegment(SPECIES, dys, dyAt + at, ORDER, mask);
            for (int i = 0; i < pieces; i++) {
                long piece = i * block + at;
                FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, xAt + piece, ORDER, mask);
                VectorMask<Float> wins = v.eq(largest).or(v.compare(VectorOperators.NE, v));
                FloatVector sum = FloatVector.fromMemorySegment(SPECIES, dxs, dxAt + piece, ORDER, mask)
                        .add(zero.blend(gradient, wins));
                sum.blend(0, sum.abs().compare(VectorOperators.LT, TINY))
                        .intoMemorySegment(dxs, dxAt + piece, ORDER, mask);
                gradient = gradient.blend(0, wins);
            }
        }
    }
}
