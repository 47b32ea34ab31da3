package dev.unroll.bench.peak;

import dev.unroll.kernels.WorkerPool;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Copies memory to memory, again and again, with the widest vectors of the processor: the bandwidth of the level of the
 * memory in which that much fits. Each thread copies its share; a byte counts as it is read and as it is written.
 */
public final class CopyLoop extends Peak implements AutoCloseable {
    private static final VectorSpecies<Byte> SPECIES = ByteVector.SPECIES_PREFERRED;
    private static final int STEP = 4 * SPECIES.length();

    private final Arena arena = Arena.ofShared();
    private final MemorySegment from;
    private final MemorySegment to;
    private final int bytes;

    /**
     * A loop.
     *
     * @param bytes read and written by one round, in all; as many as the work does that is compared with it
     */
    public CopyLoop(long bytes) {
        this.bytes = Math.toIntExact(bytes / 2);
        this.from = arena.allocate(this.bytes + STEP, 64).fill((byte) 1);
        this.to = arena.allocate(this.bytes + STEP, 64);
    }

    @Override
    public long run(WorkerPool pool, long count) {
        int share = Math.max(STEP, bytes / pool.threads() / STEP * STEP);
        pool.run(pool.threads(), part -> {
            int start = Math.min(part * share, bytes - bytes % STEP);
            for (long i = 0; i < count; i++) {
                copy(from, to, start, share);
            }
        });
        return 2L * share * pool.threads() * count;
    }

    /** Four vectors a turn, as the unrolled loops of the kernels do. */
    private static void copy(MemorySegment from, MemorySegment to, int start, int bytes) {
        ByteOrder order = ByteOrder.nativeOrder();
        int width = SPECIES.length();
        for (int i = start; i < start + bytes; i += STEP) {
            ByteVector a = ByteVector.fromMemorySegment(SPECIES, from, i, order);
            ByteVector b = ByteVector.fromMemorySegment(SPECIES, from, i + width, order);
            ByteVector c = ByteVector.fromMemorySegment(SPECIES, from, i + 2 * width, order);
            ByteVector d = ByteVector.fromMemorySegment(SPECIES, from, i + 3 * width, order);
            a.intoMemorySegment(to, i, order);
            b.intoMemorySegment(to, i + width, order);
            c.intoMemorySegment(to, i + 2 * width, order);
            d.intoMemorySegment(to, i + 3 * width, order);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
