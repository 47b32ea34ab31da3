package dev.unroll.kernels;

/**
 * Decides how a call is divided over threads: into as many parts as there are threads, as long as each part is worth
 * waking a thread for. Rows or columns of the output are divided, never a sum, so no bit depends on the number of
 * parts.
 */
final class Partition {
    // Cost per element in F32, in tenths of a nanosecond: measured on one core of a Zen 4 at 512 bits, 32 x 256
    // elements in its caches. For cells, per element of the state.
    static final int ADD = 1;
    static final int UPDATE = 1;
    static final int UPDATE_WITH_STATE = 4;
    static final int ACTIVATION = 3;
    static final int ACTIVATION_BACKWARD = 1;
    static final int RNN = 3;
    static final int RNN_BACKWARD = 2;
    static final int GRU = 13;
    static final int GRU_BACKWARD = 7;
    static final int LSTM = 19;
    static final int LSTM_BACKWARD = 7;
    static final int PACK = 2;
    static final int PACK_TRANSPOSED = 4;
    static final int SOFTMAX = 6;
    static final int SOFTMAX_BACKWARD = 1;
    static final int BINARY_CROSS_ENTROPY = 9;
    static final int RESIDUAL = 2;
    static final int RESIDUAL_BACKWARD = 1;
    static final int DROPOUT = 10;
    static final int NOISE = 15;
    static final int MAXOUT_BACKWARD = 2;
    static final int LP = 12;
    static final int LP_BACKWARD = 14;

    /**
     * The minimum cost of a part, in the same unit: 2.5 microseconds, several times the cost of handing it to a waiting
     * thread.
     */
    private static final long WORTH_A_PART = 24 * 1024;

    private Partition() {}

    /**
     * Returns the number of parts. A closed pool is refused, even if the work is too small for it.
     *
     * @param size the size of the divided dimension
     * @param grain parts begin at multiples of this
     * @param elements the number of elements of the whole call
     * @param cost the cost per element, from the table above
     */
    static int parts(WorkerPool pool, long size, long grain, long elements, int cost) {
        pool.checkOpen();
        long worth = elements * cost / WORTH_A_PART;
        return (int) Math.max(1, Math.min(worth, Math.min(pool.threads(), units(size, grain))));
    }

    /** Returns where a part begins; part {@code parts} is the end. */
    static long boundary(long size, long grain, int part, int parts) {
        return Math.min(size, units(size, grain) * part / parts * grain);
    }

    /** Returns the row where a part begins: {@link #boundary} with grain 1, as an int. */
    static int row(Tensor tensor, int part, int parts) {
        return (int) boundary(tensor.rows(), 1, part, parts);
    }

    /** The grain of columns and of runs of elements: a cache line, so that no two threads write to one. */
    static long grain(ElementType type) {
        return Workspace.ALIGNMENT / type.bytes();
    }

    private static long units(long size, long grain) {
        return (size + grain - 1) / grain;
    }
}
