package dev.unroll.kernels.simd;

import static dev.unroll.kernels.simd.math.LogTable.F32.ONE_BITS;
import static dev.unroll.kernels.simd.math.NormalTable.F32.C0;
import static dev.unroll.kernels.simd.math.NormalTable.F32.C1;
import static dev.unroll.kernels.simd.math.NormalTable.F32.C10;
import static dev.unroll.kernels.simd.math.NormalTable.F32.C11;
import static dev.unroll.kernels.simd.math.NormalTable.F32.C2;
import static dev.unroll.kernels.simd.math.NormalTable.F32.C3;
import static dev.unroll.kernels.simd.math.NormalTable.F32.C4;
import static dev.unroll.kernels.simd.math.NormalTable.F32.C5;
import static dev.unroll.kernels.simd.math.NormalTable.F32.C6;
import static dev.unroll.kernels.simd.math.NormalTable.F32.C7;
import static dev.unroll.kernels.simd.math.NormalTable.F32.C8;
import static dev.unroll.kernels.simd.math.NormalTable.F32.C9;
import static dev.unroll.kernels.simd.math.NormalTable.F32.FRACTION_SHIFT;
import static dev.unroll.kernels.simd.math.NormalTable.F32.S0;
import static dev.unroll.kernels.simd.math.NormalTable.F32.S1;
import static dev.unroll.kernels.simd.math.NormalTable.F32.S10;
import static dev.unroll.kernels.simd.math.NormalTable.F32.S11;
import static dev.unroll.kernels.simd.math.NormalTable.F32.S2;
import static dev.unroll.kernels.simd.math.NormalTable.F32.S3;
import static dev.unroll.kernels.simd.math.NormalTable.F32.S4;
import static dev.unroll.kernels.simd.math.NormalTable.F32.S5;
import static dev.unroll.kernels.simd.math.NormalTable.F32.S6;
import static dev.unroll.kernels.simd.math.NormalTable.F32.S7;
import static dev.unroll.kernels.simd.math.NormalTable.F32.S8;
import static dev.unroll.kernels.simd.math.NormalTable.F32.S9;
import static dev.unroll.kernels.simd.math.PhiloxF32.GROUP;
import static dev.unroll.kernels.simd.math.ScratchF32.PART;
import static dev.unroll.kernels.simd.math.ScratchF32.PART_BYTES;
import static dev.unroll.kernels.simd.math.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.math.VectorsF32.NOTHING;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;

import dev.unroll.kernels.provider.NoiseKernel;
import dev.unroll.kernels.simd.math.LogF32;
import dev.unroll.kernels.simd.math.PhiloxF32;
import dev.unroll.kernels.simd.math.ScratchF32;
import dev.unroll.kernels.simd.math.VectorsF32;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Gaussian noise: the random words of groups of elements become normal numbers in place, in pairs by the Box-Muller
 * method; those that are in the run are added.
 */
final class SimdNoiseF32 implements NoiseKernel {
    /** The number of consecutive elements of a group, half of each pair. */
    private static final int ROW = 16;

    @Override
    public void add(
            int n, double sigma, long seed, long stream, long index,
            MemorySegment x, long xOffset, MemorySegment y, long yOffset) {
        MemorySegment scratch = ScratchF32.ofThread().memory;
        int count;
        for (int from = 0; from < n; from += count) {
            int skip = (int) (index + from) & (GROUP - 1);
            count = Math.min(PART - skip, n - from);
            int groups = (skip + count + GROUP - 1) / GROUP;
            PhiloxF32.words(groups, seed, stream, (index + from) / GROUP, scratch);
            int pairs = groups * GROUP / 2;
            fractions(pairs, scratch, PART_BYTES);
            LogF32.log(pairs, scratch, PART_BYTES, NOTHING, 0, 0, scratch, PART_BYTES);
            normals(pairs, scratch, PART_BYTES);
            long at = (long) from * Float.BYTES;
            addScaled(count, (float) sigma, scratch, skip * Float.BYTES, x, xOffset + at, y, yOffset + at);
        }
    }

    /**
     * Turns the first word of each pair into a number above 0 and up to 1, from {@code lengthsAt} on, and the second
     * one into a part of a turn, from -1/2 to 1/2, in place; both are multiples of 2^-23.
     */
    private static void fractions(int pairs, MemorySegment words, long lengthsAt) {
        MemorySegment ws = VectorsF32.offHeap(words);
        for (int i = 0; i < pairs; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            long first = (long) (2 * i - (i & (ROW - 1))) * Float.BYTES;
            long second = first + ROW * Float.BYTES;
            FloatVector a = FloatVector.fromMemorySegment(SPECIES, ws, first, ORDER)
                    .reinterpretAsInts()
                    .lanewise(VectorOperators.LSHR, 9)
                    .lanewise(VectorOperators.LSHL, FRACTION_SHIFT)
                    .lanewise(VectorOperators.OR, ONE_BITS)
                    .reinterpretAsFloats();
            FloatVector b = FloatVector.fromMemorySegment(SPECIES, ws, second, ORDER)
                    .reinterpretAsInts()
                    .lanewise(VectorOperators.LSHR, 9)
                    .lanewise(VectorOperators.LSHL, FRACTION_SHIFT)
                    .lanewise(VectorOperators.OR, ONE_BITS)
                    .reinterpretAsFloats();
            a.neg().add(2).intoMemorySegment(ws, lengthsAt + at, ORDER);
            b.sub(1.5f).intoMemorySegment(ws, second, ORDER);
        }
    }

    /** {@code sqrt(-2 log) cos(2 pi turn)} and {@code sqrt(-2 log) sin(2 pi turn)}, in the places of the words. */
    private static void normals(int pairs, MemorySegment words, long logsAt) {
        MemorySegment ws = VectorsF32.offHeap(words);
        for (int i = 0; i < pairs; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            long first = (long) (2 * i - (i & (ROW - 1))) * Float.BYTES;
            long second = first + ROW * Float.BYTES;
            FloatVector length = FloatVector.fromMemorySegment(SPECIES, ws, logsAt + at, ORDER).mul(-2).sqrt();
            FloatVector turn = FloatVector.fromMemorySegment(SPECIES, ws, second, ORDER);
            FloatVector t = turn.mul(turn);
            FloatVector cos = FloatVector.broadcast(SPECIES, C6);
            FloatVector sin = FloatVector.broadcast(SPECIES, S6);
            if (Float.BYTES == 8) { // doubles have more terms
                cos = t.fma(C11, C10)
                        .fma(t, FloatVector.broadcast(SPECIES, C9))
                        .fma(t, FloatVector.broadcast(SPECIES, C8))
                        .fma(t, FloatVector.broadcast(SPECIES, C7))
                        .fma(t, FloatVector.broadcast(SPECIES, C6));
                sin = t.fma(S11, S10)
                        .fma(t, FloatVector.broadcast(SPECIES, S9))
                        .fma(t, FloatVector.broadcast(SPECIES, S8))
                        .fma(t, FloatVector.broadcast(SPECIES, S7))
                        .fma(t, FloatVector.broadcast(SPECIES, S6));
            }
            cos = cos.fma(t, FloatVector.broadcast(SPECIES, C5))
                    .fma(t, FloatVector.broadcast(SPECIES, C4))
                    .fma(t, FloatVector.broadcast(SPECIES, C3))
                    .fma(t, FloatVector.broadcast(SPECIES, C2))
                    .fma(t, FloatVector.broadcast(SPECIES, C1))
                    .fma(t, FloatVector.broadcast(SPECIES, C0));
            sin = sin.fma(t, FloatVector.broadcast(SPECIES, S5))
                    .fma(t, FloatVector.broadcast(SPECIES, S4))
                    .fma(t, FloatVector.broadcast(SPECIES, S3))
                    .fma(t, FloatVector.broadcast(SPECIES, S2))
                    .fma(t, FloatVector.broadcast(SPECIES, S1))
                    .fma(t, FloatVector.broadcast(SPECIES, S0));
            cos.mul(length).intoMemorySegment(ws, first, ORDER);
            sin.mul(turn).mul(length).intoMemorySegment(ws, second, ORDER);
        }
    }

    /** {@code y = x + sigma z}. */
    private static void addScaled(
            int n, float sigma, MemorySegment z, long zAt, MemorySegment x, long xAt, MemorySegment y, long yAt) {
        MemorySegment zs = VectorsF32.offHeap(z);
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment ys = VectorsF32.offHeap(y);
        FloatVector factor = FloatVector.broadcast(SPECIES, sigma);
        int whole = SPECIES.loopBound(n);
        for (int i = 0; i < whole; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER);
            FloatVector.fromMemorySegment(SPECIES, zs, zAt + at, ORDER).fma(factor, v)
                    .intoMemorySegment(ys, yAt + at, ORDER);
        }
        if (whole < n) {
            long at = (long) whole * Float.BYTES;
            VectorMask<Float> mask = SPECIES.indexInRange(whole, n);
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER, mask);
            FloatVector.fromMemorySegment(SPECIES, zs, zAt + at, ORDER, mask).fma(factor, v)
                    .intoMemorySegment(ys, yAt + at, ORDER, mask);
        }
    }
}
