package dev.unroll.kernels;

import dev.unroll.kernels.provider.Provider;
import dev.unroll.kernels.provider.ReductionKernel;
import java.lang.foreign.MemorySegment;

/**
 * Sums over all elements. The elements are summed in chunks of 4096, counted from the tensor's first element, or from
 * the first of every row where rows have gaps between them; the sums of the chunks are added in double, in their order.
 * So the result has the same bits whatever the number of threads.
 *
 * <p>Both methods throw {@link IllegalArgumentException} for null and integers, and {@link IllegalStateException} for a
 * tensor that was released.
 */
public final class Reductions {
    private static final int CHUNK = 4096;

    private Reductions() {}

    /** A kernel over one chunk, as a constant. */
    private interface Kernel {
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

    private static double reduce(String call, Kernel kernel, Tensor x, WorkerPool pool) {
        Check.notNull(call, "pool", pool);
        Check.floating(call, "x", x);
        long chunks = runs(x) * chunksOfRun(x);
        if (chunks > Gemm.MAX_SIZE) {
            throw new IllegalArgumentException(call + ": " + x + " is too large for one sum; sum parts of it");
        }
        WorkerPool threads = Entry.enter(call, pool, x);
        try {
            ReductionKernel kernels = Provider.kernels(x.type()).reduction();
            int parts = Partition.parts(threads, chunks, 1, x.size(), Partition.ADD);
            return parts == 1 ? sum(kernels, kernel, x, chunks) : sum(kernels, kernel, x, chunks, threads, parts);
        } finally {
            x.exit();
        }
    }

    private static double sum(ReductionKernel kernels, Kernel kernel, Tensor x, long chunks) {
        double sum = 0;
        for (long i = 0; i < chunks; i++) {
            sum += chunk(kernels, kernel, x, i);
        }
        return sum;
    }

    private static double sum(
            ReductionKernel kernels, Kernel kernel, Tensor x, long chunks, WorkerPool threads, int parts) {
        double[] sums = new double[(int) chunks];
        threads.run(parts, part -> {
            int to = (int) Partition.boundary(chunks, 1, part + 1, parts);
            for (int i = (int) Partition.boundary(chunks, 1, part, parts); i < to; i++) {
                sums[i] = chunk(kernels, kernel, x, i);
            }
        });
        double sum = 0;
        for (double chunk : sums) {
            sum += chunk;
        }
        return sum;
    }

    private static double chunk(ReductionKernel kernels, Kernel kernel, Tensor x, long index) {
        long chunksOfRun = chunksOfRun(x);
        long from = index % chunksOfRun * CHUNK;
        int n = (int) Math.min(CHUNK, length(x) - from);
        return kernel.sum(kernels, n, x.segment(), x.rowOffset(index / chunksOfRun) + from * x.type().bytes());
    }

    private static long runs(Tensor x) {
        return x.isContiguous() ? 1 : x.rows();
    }

    private static long length(Tensor x) {
        return x.isContiguous() ? x.size() : x.columns();
    }

    private static long chunksOfRun(Tensor x) {
        return (length(x) + CHUNK - 1) / CHUNK;
    }
}
