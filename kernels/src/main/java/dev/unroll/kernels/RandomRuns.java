package dev.unroll.kernels;

import dev.unroll.kernels.provider.KernelSet;
import dev.unroll.kernels.provider.Provider;
import java.lang.foreign.MemorySegment;

/**
 * Applies random kernels to whole tensors: divides them into runs of contiguous elements, and the runs over threads.
 * The index of an element counts the elements of the matrix row by row, whatever gaps lie between the rows.
 */
final class RandomRuns {
    /** The maximum number of elements per kernel call: an int, with room to round up. */
    private static final int LONGEST = 1 << 30;

    /** A kernel over a run of elements; a constant, so that calls allocate nothing. */
    interface Kernel {
        void run(
                KernelSet kernels, double amount, long seed, long stream, long index, int n,
                MemorySegment x, long xAt, MemorySegment y, long yAt);
    }

    private RandomRuns() {}

    /** Applies the kernel to every element of two checked tensors of equal shapes as matrices. */
    static void over(
            String call, Kernel kernel, int cost, double amount, long seed, long stream, Tensor x, Tensor y,
            WorkerPool pool) {
        WorkerPool threads = Operands.enter(call, pool, x, y);
        try {
            KernelSet kernels = Provider.kernels(y.type());
            boolean dense = x.isContiguous() && y.isContiguous();
            int parts = dense
                    ? Partition.parts(threads, y.size(), Partition.grain(y.type()), y.size(), cost)
                    : Partition.parts(threads, y.rows(), 1, y.size(), cost);
            if (parts == 1) {
                part(kernels, kernel, amount, seed, stream, x, y, dense, 0, 1);
            } else {
                threads.runEvenly(parts, part -> part(kernels, kernel, amount, seed, stream, x, y, dense, part, parts));
            }
        } finally {
            Operands.exit(x, y);
        }
    }

    private static void part(
            KernelSet kernels, Kernel kernel, double amount, long seed, long stream, Tensor x, Tensor y,
            boolean dense, int part, int parts) {
        if (dense) {
            long grain = Partition.grain(y.type());
            long from = Partition.boundary(y.size(), grain, part, parts);
            long to = Partition.boundary(y.size(), grain, part + 1, parts);
            run(kernels, kernel, amount, seed, stream, x, y, 0, from, to);
        } else {
            long to = Partition.boundary(y.rows(), 1, part + 1, parts);
            for (long r = Partition.boundary(y.rows(), 1, part, parts); r < to; r++) {
                run(kernels, kernel, amount, seed, stream, x, y, r, 0, y.columns());
            }
        }
    }

    /** Processes elements counted from the beginning of a row. */
    private static void run(
            KernelSet kernels, Kernel kernel, double amount, long seed, long stream, Tensor x, Tensor y,
            long row, long from, long to) {
        long bytes = y.type().bytes();
        for (long at = from; at < to; at += LONGEST) {
            int n = (int) Math.min(LONGEST, to - at);
            kernel.run(
                    kernels, amount, seed, stream, row * y.columns() + at, n,
                    x.segment(), x.rowOffset(row) + at * bytes, y.segment(), y.rowOffset(row) + at * bytes);
        }
    }
}
