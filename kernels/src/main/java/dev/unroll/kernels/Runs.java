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

    /** A call during its execution by several threads; each thread reuses one instance for all of its calls. */
    private static final class Shared implements WorkerPool.Part {
        private static final ThreadLocal<Shared> OF_THREAD = ThreadLocal.withInitial(Shared::new);

        private KernelSet kernels;
        private Kernel kernel;
        private Activation f;
        private double alpha;
        private Tensor x;
        private Tensor y;
        private Tensor z;
        private boolean dense;
        private int parts;

        static void run(
                WorkerPool threads, int parts, KernelSet kernels, Kernel kernel, Activation f, double alpha, Tensor x,
                Tensor y, Tensor z, boolean dense) {
            Shared call = OF_THREAD.get();
            call.kernels = kernels;
            call.kernel = kernel;
            call.f = f;
            call.alpha = alpha;
            call.dense = dense;
            call.parts = parts;
            try {
                call.setOperands(x, y, z);
                threads.runEvenly(parts, call);
            } finally {
                call.setOperands(null, null, null); // the thread outlives the operands
            }
        }

        private void setOperands(Tensor first, Tensor second, Tensor third) {
            x = first;
            y = second;
            z = third;
        }

        @Override
        public void run(int part) {
            part(kernels, kernel, f, alpha, x, y, z, dense, part, parts);
        }
    }

    private Runs() {}

    /** Applies the kernel to every element of z; the three tensors are checked, and of equal shapes as matrices. */
    static void over(
            String call, Kernel kernel, int cost, Activation f, double alpha,
            Tensor x, Tensor y, Tensor z, WorkerPool pool) {
        WorkerPool threads = Operands.enter(call, pool, x, y, z);
        try {
            KernelSet kernels = Provider.kernels(z.type());
            boolean dense = x.isContiguous() && y.isContiguous() && z.isContiguous();
            int parts = dense
                    ? Partition.parts(threads, z.size(), Partition.grain(z.type()), z.size(), cost)
                    : Partition.parts(threads, z.rows(), 1, z.size(), cost);
            if (parts == 1) {
                part(kernels, kernel, f, alpha, x, y, z, dense, 0, 1);
            } else {
                Shared.run(threads, parts, kernels, kernel, f, alpha, x, y, z, dense);
            }
        } finally {
            Operands.exit(x, y, z);
        }
    }

    private static void part(
            KernelSet kernels, Kernel kernel, Activation f, double alpha,
            Tensor x, Tensor y, Tensor z, boolean dense, int part, int parts) {
        if (dense) {
            long grain = Partition.grain(z.type());
            long from = Partition.boundary(z.size(), grain, part, parts);
            long to = Partition.boundary(z.size(), grain, part + 1, parts);
            run(kernels, kernel, f, alpha, x, y, z, 0, from, to);
        } else {
            long to = Partition.boundary(z.rows(), 1, part + 1, parts);
            for (long r = Partition.boundary(z.rows(), 1, part, parts); r < to; r++) {
                run(kernels, kernel, f, alpha, x, y, z, r, 0, z.columns());
            }
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
