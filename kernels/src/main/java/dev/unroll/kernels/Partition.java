package dev.unroll.kernels;

/**
 * The rule by which a call's work is divided over threads: into as many parts as there are threads, as long as each part
 * is worth waking a thread for. What is divided are rows or columns of what is written, so no sum is divided and no bit
 * depends on it.
 */
final class Partition {
    // What an element costs in F32, in tenths of a nanosecond: measured on one core of a Zen 4 at 512 bits, 32 x 256
    // elements in its caches. For cells, an element of the state.
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

    /** What is worth a part, in the same unit: 2.5 microseconds, some times what handing it to a waiting thread costs. */
    private static final long WORTH_A_PART = 24 * 1024;

    private Partition() {}

    /**
     * The number of parts. A closed pool is refused, whether the work would come to it or not.
     *
     * @param size of the dimension that is divided
     * @param grain parts begin at multiples of this
     * @param elements of the whole call
     * @param cost of an element, from the table above
     */
    static int parts(WorkerPool pool, long size, long grain, long elements, int cost) {
        pool.checkOpen();
        long worth = elements * cost / WORTH_A_PART;
        return (int) Math.max(1, Math.min(worth, Math.min(pool.threads(), units(size, grain))));
    }

    /** Where a part begins; part {@code parts} is the end. */
    static long boundary(long size, long grain, int part, int parts) {
        return Math.min(size, units(size, grain) * part / parts * grain);
    }

    /** Rows: {@link #boundary} with grain 1, for kernels that count by ints. */
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
