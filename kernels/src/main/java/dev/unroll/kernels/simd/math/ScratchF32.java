package dev.unroll.kernels.simd.math;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory of each thread for a part of a row between two loops over it. Rows are computed in parts of a fixed length, so
 * that the parts stay in the nearest cache and sums over a row are sums of the same parts at every vector width.
 */
public final class ScratchF32 {
    /** Elements of a part, a multiple of every vector's length. */
    public static final int PART = 512;

    /** Bytes from a part to the next one. */
    public static final int PART_BYTES = PART * Float.BYTES;

    private static final int PARTS = 6;
    private static final ThreadLocal<ScratchF32> OF_THREAD = ThreadLocal.withInitial(ScratchF32::new);

    /** Part {@code i} begins at {@code i * PART_BYTES}. */
    public final MemorySegment memory = Arena.ofAuto().allocate((long) PARTS * PART_BYTES, 64);

    private ScratchF32() {}

    public static ScratchF32 ofThread() {
        return OF_THREAD.get();
    }
}
