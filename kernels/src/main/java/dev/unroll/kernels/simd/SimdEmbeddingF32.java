package dev.unroll.kernels.simd;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.unroll.kernels.provider.EmbeddingKernel;
import dev.unroll.kernels.simd.math.SimdElementwiseF32;
import java.lang.foreign.MemorySegment;

/** Rows of a table, one after the other. */
final class SimdEmbeddingF32 implements EmbeddingKernel {
    @Override
    public void lookup(
            int count, int columns, MemorySegment ids, long idsOffset,
            MemorySegment table, long tableOffset, long ldt,
            MemorySegment y, long yOffset, long ldy) {
        for (int i = 0; i < count; i++) {
            int id = ids.get(JAVA_INT, idsOffset + (long) i * Integer.BYTES);
            long from = tableOffset + id * ldt * Float.BYTES;
            MemorySegment.copy(table, from, y, yOffset + i * ldy * Float.BYTES, (long) columns * Float.BYTES);
        }
    }

    @Override
    public void scatterAdd(
            int count, int columns, MemorySegment ids, long idsOffset,
            MemorySegment dy, long dyOffset, long lddy,
            MemorySegment dTable, long dTableOffset, long ldt) {
        for (int i = 0; i < count; i++) {
            int id = ids.get(JAVA_INT, idsOffset + (long) i * Integer.BYTES);
            long at = dTableOffset + id * ldt * Float.BYTES;
            SimdElementwiseF32.addRow(columns, dy, dyOffset + i * lddy * Float.BYTES, dTable, at, dTable, at);
        }
    }
}
