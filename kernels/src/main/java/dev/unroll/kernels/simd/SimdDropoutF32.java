package dev.unroll.kernels.simd;

import static dev.unroll.kernels.simd.math.PhiloxF32.GROUP;
import static dev.unroll.kernels.simd.math.ScratchF32.PART;
import static dev.unroll.kernels.simd.math.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;
import static dev.unroll.kernels.simd.math.VectorsF32.TINY;

import dev.unroll.kernels.provider.DropoutKernel;
import dev.unroll.kernels.simd.math.PhiloxF32;
import dev.unroll.kernels.simd.math.ScratchF32;
import dev.unroll.kernels.simd.math.VectorsF32;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Dropout: generates the random words of groups of elements, then processes those that are in the run. */
final class SimdDropoutF32 implements DropoutKernel {
    @Override
    public void forward(
            int n, int threshold, double scale, long seed, long stream, long index,
            MemorySegment x, long xOffset, MemorySegment y, long yOffset) {
        MemorySegment words = ScratchF32.ofThread().memory;
        int count;
        for (int from = 0; from < n; from += count) {
            int skip = (int) (index + from) & (GROUP - 1);
            count = Math.min(PART - skip, n - from);
            PhiloxF32.words((skip + count + GROUP - 1) / GROUP, seed, stream, (index + from) / GROUP, words);
            long at = (long) from * Float.BYTES;
            keep(count, threshold, (float) scale, words, skip * Float.BYTES, x, xOffset + at, y, yOffset + at);
        }
    }

    private static void keep(
            int n, int threshold, float scale, MemorySegment words, long wordsAt,
            MemorySegment x, long xAt, MemorySegment y, long yAt) {
        MemorySegment ws = VectorsF32.offHeap(words);
        MemorySegment xs = VectorsF32.offHeap(x);
        MemorySegment ys = VectorsF32.offHeap(y);
        int whole = SPECIES.loopBound(n);
        for (int i = 0; i < whole; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            IntVector word = FloatVector.fromMemorySegment(SPECIES, ws, wordsAt + at, ORDER).reinterpretAsInts();
            VectorMask<Float> dropped =
                    word.lanewise(VectorOperators.LSHR, 1).compare(VectorOperators.LT, threshold).cast(SPECIES);
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER);
            v.mul(scale).blend(0, dropped).intoMemorySegment(ys, yAt + at, ORDER);
        }
        if (whole < n) {
            long at = (long) whole * Float.BYTES;
            VectorMask<Float> mask = SPECIES.indexInRange(whole, n);
            IntVector word = FloatVector.fromMemorySegment(SPECIES, ws, wordsAt + at, ORDER, mask).reinterpretAsInts();
            VectorMask<Float> dropped =
                    word.lanewise(VectorOperators.LSHR, 1).compare(VectorOperators.LT, threshold).cast(SPECIES);
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, xs, xAt + at, ORDER, mask);
            v.mul(scale).blend(0, dropped).intoMemorySegment(ys, yAt + at, ORDER, mask);
        }
    }

    @Override
    public void backward(
            int n, int threshold, double scale, long seed, long stream, long index,
            MemorySegment dy, long dyOffset, MemorySegment dx, long dxOffset) {
        MemorySegment words = ScratchF32.ofThread().memory;
        int count;
        for (int from = 0; from < n; from += count) {
            int skip = (int) (index + from) & (GROUP - 1);
            count = Math.min(PART - skip, n - from);
            PhiloxF32.words((skip + count + GROUP - 1) / GROUP, seed, stream, (index + from) / GROUP, words);
            long at = (long) from * Float.BYTES;
            addKept(count, threshold, (float) scale, words, skip * Float.BYTES, dy, dyOffset + at, dx, dxOffset + at);
        }
    }

    private static void addKept(
            int n, int threshold, float scale, MemorySegment words, long wordsAt,
            MemorySegment dy, long dyAt, MemorySegment dx, long dxAt) {
        MemorySegment ws = VectorsF32.offHeap(words);
        MemorySegment dys = VectorsF32.offHeap(dy);
        MemorySegment dxs = VectorsF32.offHeap(dx);
        FloatVector factor = FloatVector.broadcast(SPECIES, scale);
        int whole = SPECIES.loopBound(n);
        for (int i = 0; i < whole; i += LENGTH) {
            long at = (long) i * Float.BYTES;
            IntVector word = FloatVector.fromMemorySegment(SPECIES, ws, wordsAt + at, ORDER).reinterpretAsInts();
            VectorMask<Float> dropped =
                    word.lanewise(VectorOperators.LSHR, 1).compare(VectorOperators.LT, threshold).cast(SPECIES);
            FloatVector gradient = FloatVector.fromMemorySegment(SPECIES, dys, dyAt + at, ORDER).blend(0, dropped);
            FloatVector sum = gradient.fma(factor, FloatVector.fromMemorySegment(SPECIES, dxs, dxAt + at, ORDER));
            sum.blend(0, sum.abs().compare(VectorOperators.LT, TINY)).intoMemorySegment(dxs, dxAt + at, ORDER);
        }
        if (whole < n) {
            long at = (long) whole * Float.BYTES;
            VectorMask<Float> mask = SPECIES.indexInRange(whole, n);
            IntVector word = FloatVector.fromMemorySegment(SPECIES, ws, wordsAt + at, ORDER, mask).reinterpretAsInts();
            VectorMask<Float> dropped =
                    word.lanewise(VectorOperators.LSHR, 1).compare(VectorOperators.LT, threshold).cast(SPECIES);
            FloatVector gradient =
                    FloatVector.fromMemorySegment(SPECIES, dys, dyAt + at, ORDER, mask).blend(0, dropped);
            FloatVector sum = gradient.fma(factor, FloatVector.fromMemorySegment(SPECIES, dxs, dxAt + at, ORDER, mask));
            sum.blend(0, sum.abs().compare(VectorOperators.LT, TINY)).intoMemorySegment(dxs, dxAt + at, ORDER, mask);
        }
    }
}
