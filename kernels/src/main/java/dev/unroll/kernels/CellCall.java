package dev.unroll.kernels;

import java.util.Arrays;

/**
 * A checked call of a recurrent cell during its execution by several threads, each some rows. Each thread reuses one
 * instance for all of its calls, so that calls allocate nothing.
 */
final class CellCall implements WorkerPool.Part {
    private static final int MOST_OPERANDS = 7;

    private static final ThreadLocal<CellCall> OF_THREAD = ThreadLocal.withInitial(CellCall::new);

    private final Tensor[] operands = new Tensor[MOST_OPERANDS];
    private Work work;
    private Activation activation;
    private int parts;

    /** Computes some rows; a constant, so that calls allocate nothing. */
    @FunctionalInterface
    interface Work {
        void run(Tensor[] operands, Activation f, int part, int parts);
    }

    private CellCall() {}

    /** Runs all parts; operands and the activation that the work ignores are null. */
    static void run(
            WorkerPool threads, int parts, Work work, Activation f, Tensor a, Tensor b, Tensor c, Tensor d, Tensor e,
            Tensor g, Tensor h) {
        CellCall call = OF_THREAD.get();
        Tensor[] operands = call.operands;
        operands[0] = a;
        operands[1] = b;
        operands[2] = c;
        operands[3] = d;
        operands[4] = e;
        operands[5] = g;
        operands[6] = h;
        call.work = work;
        call.activation = f;
        call.parts = parts;
        try {
            threads.runEvenly(parts, call);
        } finally {
            Arrays.fill(operands, null); // the thread outlives the operands
        }
    }

    @Override
    public void run(int part) {
        work.run(operands, activation, part, parts);
    }
}
