package dev.unroll.kernels.provider;

import java.lang.foreign.MemorySegment;

/** Rows of a table chosen by id. Ids are I32, already checked; leading dimensions are elements, offsets bytes. */
public interface EmbeddingKernel {
    /** {@code y[i] = table[id_i]}. */
    void lookup(
            int count, int columns, MemorySegment ids, long idsOffset,
            MemorySegment table, long tableOffset, long ldt,
            MemorySegment y, long yOffset, long ldy);

    /** {@code dTable[id_i] += dy[i]}, in the order of i. */
    void scatterAdd(
            int count, int columns, MemorySegment ids, long idsOffset,
            MemorySegment dy, long dyOffset, long lddy,
            MemorySegment dTable, long dTableOffset, long ldt);
}
