package dev.unroll.kernels;

import dev.unroll.kernels.provider.Provider;
import dev.unroll.kernels.provider.ReductionKernel;
import java.lang.foreign.MemorySegment;

/**
 * Sums over all elements. Chunks of a fixed size are summed by the kernels, and the sums of chunks in double in their
 * order, so that the result has the same bits whatever the number of threads.
 *
 * <p>Both methods throw {@link IllegalArgumentException} for null and integers, and {@link IllegalStateException} for a
 * tensor that was released.
 */
public final class Reductions {
    private static final int CHUNK = 4096;

    private Reductions() {}

    /** A kernel over one chunk, as a constant. */
    private interface Chunk {
        double sum(ReductionKernel kernel, int n, MemorySegment x, long xAt);
    }

    /**
     * {@code sum_i x_i}.
     *
     * @param x any shape
     * @param pool threads to share the work
     * @return the sum, 0 for no elements
     */
    public static double sum(Tensor x, WorkerPool pool) {
        return reduce("Reductions.sum", ReductionKernel::sum, x, pool);
    }

    /**
     * {@code sum_i x_i^2}, the square of the norm.
     *
     * @param x any shape
     * @param pool threads to share the work
     * @return the sum, 0 for no elements
     */
    public static double sumOfSquares(Tensor x, WorkerPool pool) {
        return reduce("Reductions.sumOfSquares", ReductionKernel::sumOfSquares, x, pool);
    }

    private static double reduce(String call, Chunk chunk, Tensor x, WorkerPool pool) {
        Check.notNull(call, pool);
        ElementType type = Check.floating(call, x);
        x.enter(call);
        try {
            ReductionKernel kernel = Provider.kernels(type).reduction();
            long rows = x.isContiguous() ? 1 : x.rows();
            long columns = x.isContiguous() ? x.size() : x.columns();
            long chunksOfRow = (columns + CHUNK - 1) / CHUNK;
            int chunks = Math.toIntExact(rows * chunksOfRow);
            int parts = Partition.parts(pool, chunks, Math.min(columns, CHUNK), 1);
            if (parts == 1) {
                double sum = 0;
                for (int i = 0; i < chunks; i++) {
                    sum += chunk(chunk, kernel, x, i, columns, chunksOfRow);
                }
                return sum;
            }
            double[] sums = new double[chunks];
            pool.run(parts, part -> {
                int to = Partition.boundary(chunks, part + 1, parts);
                for (int i = Partition.boundary(chunks, part, parts); i < to; i++) {
                    sums[i] = chunk(chunk, kernel, x, i, columns, chunksOfRow);
                }
            });
            double sum = 0;
            for (double part : sums) {
                sum += part;
            }
            return sum;
        } finally {
            x.exit();
        }
    }

    private static double chunk(
            Chunk chunk, ReductionKernel kernel, Tensor x, int index, long columns, long chunksOfRow) {
        long from = index % chunksOfRow * CHUNK;
        int n = (int) Math.min(CHUNK, columns - from);
        long at = x.rowOffset(index / chunksOfRow) + from * x.type().bytes();
        return chunk.sum(kernel, n, x.segment(), at);
    }
}
