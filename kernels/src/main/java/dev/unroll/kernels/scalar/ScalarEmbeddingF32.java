package dev.unroll.kernels.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.unroll.kernels.provider.EmbeddingKernel;
import java.lang.foreign.MemorySegment;

/** Rows of a table, one after the other. */
final class ScalarEmbeddingF32 implements EmbeddingKernel {
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
            for (int j = 0; j < columns; j++) {
                long at = dTableOffset + (id * ldt + j) * Float.BYTES;
                float gradient = dy.get(JAVA_FLOAT, dyOffset + (i * lddy + j) * Float.BYTES);
                dTable.set(JAVA_FLOAT, at, dTable.get(JAVA_FLOAT, at) + gradient);
            }
        }
    }
}
