package dev.unroll.kernels;

import dev.unroll.kernels.provider.KernelSet;
import dev.unroll.kernels.provider.Provider;
import java.lang.foreign.MemorySegment;

/**
 * Applies element-wise kernels to whole tensors: divides them into runs of contiguous elements, and the runs over
 * threads. Tensors without gaps are one run, divided at cache lines; otherwise every row is a run, and rows are
 * divided.
 */
final class Runs {
    /** The maximum number of elements per kernel call: an int, with room to round up. */
    private static final int LONGEST = 1 << 30;

    /**
     * A kernel over n elements of three runs, some of which it may ignore; a constant, so that calls allocate nothing.
     */
    interface Kernel {
        void run(
                KernelSet kernels, Activation f, double alpha, int n,
                MemorySegment x, long xAt, MemorySegment y, long yAt, MemorySegment z, long zAt);
    }

    private Runs() {}

    /** Applies the kernel to every element of z; the three tensors are checked, and of equal shapes as matrices. */
    static void over(
            String call, Kernel kernel, int cost, Activation f, double alpha,
            Tensor x, Tensor y, Tensor z, WorkerPool pool) {
        if (RunsCall.streams(call, pool, kernel, f, alpha, x, y, z)) {
            return;
        }
        WorkerPool threads = Operands.enter(call, pool, x, y, z);
        try {
            KernelSet kernels = Provider.kernels(z.type());
            boolean dense = areDense(x, y, z);
            int parts = dense
                    ? Partition.parts(threads, z.size(), Partition.grain(z.type()), z.size(), cost)
                    : Partition.parts(threads, z.rows(), 1, z.size(), cost);
            if (parts == 1) {
                part(kernels, kernel, f, alpha, x, y, z, dense, 0, 1);
            } else {
                RunsCall.run(threads, parts, kernels, kernel, f, alpha, x, y, z, dense);
            }
        } finally {
            Operands.exit(x, y, z);
        }
    }

    static boolean areDense(Tensor x, Tensor y, Tensor z) {
        return x.isContiguous() && y.isContiguous() && z.isContiguous();
    }

    /** Some rows. */
    static void rows(
            KernelSet kernels, Kernel kernel, Activation f, double alpha,
            Tensor x, Tensor y, Tensor z, boolean dense, int part, int parts) {
        long from = Partition.boundary(z.rows(), 1, part, parts);
        long to = Partition.boundary(z.rows(), 1, part + 1, parts);
        if (dense) {
            run(kernels, kernel, f, alpha, x, y, z, from, 0, (to - from) * z.columns());
        }
        for (long r = from; r < to && !dense; r++) {
            run(kernels, kernel, f, alpha, x, y, z, r, 0, z.columns());
        }
    }

    static void part(
            KernelSet kernels, Kernel kernel, Activation f, double alpha,
            Tensor x, Tensor y, Tensor z, boolean dense, int part, int parts) {
        if (dense) {
            long grain = Partition.grain(z.type());
            long from = Partition.boundary(z.size(), grain, part, parts);
            long to = Partition.boundary(z.size(), grain, part + 1, parts);
            run(kernels, kernel, f, alpha, x, y, z, 0, from, to);
        } else {
            rows(kernels, kernel, f, alpha, x, y, z, false, part, parts);
        }
    }

    /** Processes elements counted from the beginning of a row. */
    private static void run(
            KernelSet kernels, Kernel kernel, Activation f, double alpha,
            Tensor x, Tensor y, Tensor z, long row, long from, long to) {
        long bytes = z.type().bytes();
        for (long at = from; at < to; at += LONGEST) {
            int n = (int) Math.min(LONGEST, to - at);
            kernel.run(
                    kernels, f, alpha, n,
                    x.segment(), x.rowOffset(row) + at * bytes,
                    y.segment(), y.rowOffset(row) + at * bytes,
                    z.segment(), z.rowOffset(row) + at * bytes);
        }
    }
}
