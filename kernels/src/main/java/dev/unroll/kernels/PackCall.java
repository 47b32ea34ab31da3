package dev.unroll.kernels;

import dev.unroll.kernels.provider.GemmKernel;
import dev.unroll.kernels.provider.Provider;

/**
 * A checked call that packs a matrix, during its execution: each thread packs some panels. Each thread reuses one
 * instance for all of its calls, so that calls allocate nothing.
 */
final class PackCall implements WorkerPool.Part {
    private static final ThreadLocal<PackCall> OF_THREAD = ThreadLocal.withInitial(PackCall::new);

    private GemmKernel kernel;
    private boolean transpose;
    private boolean halved;
    private int k;
    private int n;
    private Tensor matrix;
    private Tensor packed;
    private int parts;

    private PackCall() {}

    static PackCall ofThread() {
        return OF_THREAD.get();
    }

    /** Packs op(matrix), which is {@code [rows, columns]}. */
    void run(
            boolean isTransposed, boolean isHalved, int rows, int columns, Tensor from, Tensor to, WorkerPool pool) {
        kernel = Provider.kernels(from.type()).gemm();
        transpose = isTransposed;
        halved = isHalved;
        k = rows;
        n = columns;
        matrix = from;
        packed = to;
        int cost = isTransposed ? Partition.PACK_TRANSPOSED : Partition.PACK;
        parts = Partition.parts(pool, n, kernel.panelColumns(), from.size(), cost);
        try {
            pool.runEvenly(parts, this);
        } finally {
            matrix = null; // the thread outlives the operands
            packed = null;
        }
    }

    @Override
    public void run(int part) {
        int from = (int) Partition.boundary(n, kernel.panelColumns(), part, parts);
        int to = (int) Partition.boundary(n, kernel.panelColumns(), part + 1, parts);
        kernel.pack(
                transpose, halved, k, n, from, to, matrix.segment(), matrix.offset(), matrix.rowStride(),
                packed.segment(), packed.offset());
    }
}
