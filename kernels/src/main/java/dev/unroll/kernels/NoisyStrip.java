package dev.unroll.kernels;

import dev.unroll.kernels.provider.NoiseKernel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Some columns of op(B) with noise, on their way into panels. Each thread keeps the memory of one strip, which is as deep
 * as the matrix and {@link #COLUMNS} wide.
 */
final class NoisyStrip {
    private static final int COLUMNS = 128;
    private static final ThreadLocal<NoisyStrip> OF_THREAD = ThreadLocal.withInitial(NoisyStrip::new);

    private MemorySegment memory = MemorySegment.NULL;

    private NoisyStrip() {}

    static NoisyStrip ofThread() {
        return OF_THREAD.get();
    }

    /** How many columns a strip has: a multiple of the panel's, and some cache lines. */
    static int columns(int panelColumns) {
        return Math.max(1, COLUMNS / panelColumns) * panelColumns;
    }

    /** Memory for so many bytes, which the thread keeps. */
    MemorySegment memory(long bytes) {
        if (memory.byteSize() < bytes) {
            memory = Arena.ofAuto().allocate(bytes, Workspace.ALIGNMENT);
        }
        return memory;
    }

    /** Rows of B, from some columns on, with their noise, into rows of the strip. */
    static void add(
            NoiseKernel kernel, WeightNoise noise, Tensor b, int firstRow, int rows, int firstColumn, int columns,
            MemorySegment strip) {
        long bytes = b.type().bytes();
        for (int r = 0; r < rows; r++) {
            long row = firstRow + r;
            kernel.add(
                    columns, noise.sigma(), noise.seed(), noise.stream(), row * b.columns() + firstColumn,
                    b.segment(), b.rowOffset(row) + firstColumn * bytes, strip, (long) r * columns * bytes);
        }
    }
}
