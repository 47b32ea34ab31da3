package dev.unroll.kernels.simd.math;

import static dev.unroll.kernels.simd.math.VectorsF32.BYTES;
import static dev.unroll.kernels.simd.math.VectorsF32.LENGTH;
import static dev.unroll.kernels.simd.math.VectorsF32.ORDER;
import static dev.unroll.kernels.simd.math.VectorsF32.SPECIES;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * A few vectors of memory per thread, numbered by slots. The rest of a row after its last whole vector is copied there,
 * padded with zeros, and processed by the same loop as the rest of the row: one formula, no masks in loops, and the
 * same bits wherever in a row an element lies.
 */
public final class TailF32 {
    private static final int SLOTS = 24;
    private static final ThreadLocal<TailF32> OF_THREAD = ThreadLocal.withInitial(TailF32::new);

    /** The memory; slot {@code s} begins at {@code s * BYTES}. */
    public final MemorySegment memory = Arena.ofAuto().allocate((long) SLOTS * BYTES, 64);

    private TailF32() {}

    public static TailF32 ofThread() {
        return OF_THREAD.get();
    }

    /** Copies at most {@code LENGTH} elements into a slot, and zeros behind them. */
    public void load(int slot, int n, MemorySegment segment, long at) {
        MemorySegment from = VectorsF32.offHeap(segment);
        MemorySegment to = VectorsF32.offHeap(memory);
        VectorMask<Float> mask = SPECIES.indexInRange(0, n);
        FloatVector.fromMemorySegment(SPECIES, from, at, ORDER, mask).intoMemorySegment(to, (long) slot * BYTES, ORDER);
    }

    /** Copies {@code n < LENGTH} elements out of a slot. */
    public void store(int slot, int n, MemorySegment segment, long at) {
        MemorySegment from = VectorsF32.offHeap(memory);
        MemorySegment to = VectorsF32.offHeap(segment);
        VectorMask<Float> mask = SPECIES.indexInRange(0, n);
        FloatVector.fromMemorySegment(SPECIES, from, (long) slot * BYTES, ORDER).intoMemorySegment(to, at, ORDER, mask);
    }

    /** Fills a slot with one number. */
    public void fill(int slot, float value) {
        MemorySegment to = VectorsF32.offHeap(memory);
        FloatVector.broadcast(SPECIES, value).intoMemorySegment(to, (long) slot * BYTES, ORDER);
    }

    /** The number of elements after the last whole vector of a row. */
    public static int count(int n) {
        return n & (LENGTH - 1);
    }
}
