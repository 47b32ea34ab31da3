package dev.unroll.kernels;

import dev.unroll.kernels.provider.GemmKernel;
import dev.unroll.kernels.provider.NoiseKernel;
import dev.unroll.kernels.provider.Provider;
import java.lang.foreign.MemorySegment;

/**
 * A checked call that packs a matrix, on its way to the threads: each packs some panels. A thread has one for all of its
 * calls, so that calls allocate nothing.
 */
final class PackCall implements WorkerPool.Part {
    private static final ThreadLocal<PackCall> OF_THREAD = ThreadLocal.withInitial(PackCall::new);

    private GemmKernel kernel;
    private boolean transpose;
    private int k;
    private int n;
    private Tensor matrix;
    private WeightNoise noise;
    private Tensor packed;
    private int parts;

    private PackCall() {}

    static PackCall ofThread() {
        return OF_THREAD.get();
    }

    /** Packs op(matrix), which is {@code [rows, columns]}, with noise unless that is null. */
    void run(
            boolean isTransposed, int rows, int columns, Tensor from, WeightNoise noiseOrNull, Tensor to,
            WorkerPool pool) {
        kernel = Provider.kernels(from.type()).gemm();
        transpose = isTransposed;
        k = rows;
        n = columns;
        matrix = from;
        noise = noiseOrNull;
        packed = to;
        int cost = (isTransposed ? Partition.PACK_TRANSPOSED : Partition.PACK) + (noise == null ? 0 : Partition.NOISE);
        parts = Partition.parts(pool, n, kernel.panelColumns(), from.size(), cost);
        try {
            pool.run(parts, this);
        } finally {
            noise = null;
            matrix = null; // the thread outlives the operands
            packed = null;
        }
    }

    @Override
    public void run(int part) {
        int from = (int) Partition.boundary(n, kernel.panelColumns(), part, parts);
        int to = (int) Partition.boundary(n, kernel.panelColumns(), part + 1, parts);
        if (noise == null) {
            kernel.pack(
                    transpose, k, n, from, to, matrix.segment(), matrix.offset(), matrix.rowStride(),
                    packed.segment(), packed.offset());
        } else {
            int step = NoisyStrip.columns(kernel.panelColumns());
            for (int first = from; first < to; first += step) {
                packNoisy(first, Math.min(to, first + step));
            }
        }
    }

    /** The strip stands for the matrix: its beginning lies where the first of its columns would. */
    private void packNoisy(int first, int last) {
        int count = last - first;
        long bytes = matrix.type().bytes();
        MemorySegment strip = NoisyStrip.ofThread().memory((long) k * count * bytes);
        NoiseKernel noises = Provider.kernels(matrix.type()).noise();
        if (transpose) {
            NoisyStrip.add(noises, noise, matrix, first, count, 0, k, strip);
            kernel.pack(true, k, n, first, last, strip, -bytes * first * k, k, packed.segment(), packed.offset());
        } else {
            NoisyStrip.add(noises, noise, matrix, 0, k, first, count, strip);
            kernel.pack(false, k, n, first, last, strip, -bytes * first, count, packed.segment(), packed.offset());
        }
    }
}
