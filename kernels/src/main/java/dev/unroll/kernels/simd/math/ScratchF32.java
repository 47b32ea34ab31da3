package dev.unroll.kernels.simd.math;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Scratch memory per thread for a part of a row between two loops over it. Rows are processed in parts of a fixed
 * length, so that the parts stay in the nearest cache and sums over a row are sums of the same parts at every vector
 * width.
 */
public final class ScratchF32 {
    /** The number of elements of a part, a multiple of every vector length. */
    public static final int PART = 512;

    /** The number of bytes between parts. */
    public static final int PART_BYTES = PART * Float.BYTES;

    private static final int PARTS = 6;
    private static final ThreadLocal<ScratchF32> OF_THREAD = ThreadLocal.withInitial(ScratchF32::new);

    /** The memory; part {@code i} begins at {@code i * PART_BYTES}. */
    public final MemorySegment memory = Arena.ofAuto().allocate((long) PARTS * PART_BYTES, 64);

    private ScratchF32() {}

    public static ScratchF32 ofThread() {
        return OF_THREAD.get();
    }
}
