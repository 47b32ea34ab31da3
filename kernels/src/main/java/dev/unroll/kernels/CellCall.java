package dev.unroll.kernels;

import java.util.Arrays;

/**
 * A checked call of a recurrent cell during its execution by several threads, each some rows. Each thread reuses one
 * instance for all of its calls, and a stream one for each place of its queue, so that calls allocate nothing.
 */
final class CellCall extends StreamedCall {
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

    CellCall() {}

    /**
     * Hands a call to the open stream of the pool, if there is one and it takes the call; its operands are entered then.
     * Those of one row are the same for all rows, and nothing in the stream writes them.
     */
    static boolean streams(
            String name, WorkerPool pool, Work work, Activation f, Tensor a, Tensor b, Tensor c, Tensor d, Tensor e,
            Tensor g, Tensor h) {
        RowStream stream = RowStream.of(pool, a);
        if (stream == null) {
            return false;
        }
        CellCall call = stream.queue(a.rows()).nextCell();
        call.set(work, f, stream.parts(), a, b, c, d, e, g, h);
        return call.enter(name, stream) && stream.submit(call);
    }

    private boolean enter(String name, RowStream stream) {
        for (Tensor operand : operands) {
            if (operand != null && !(operand.rows() == 1
                    ? enterShared(name, stream, operand)
                    : enter(name, stream, operand))) {
                return false;
            }
        }
        return true;
    }

    @Override
    void forget() {
        Arrays.fill(operands, null);
    }

    /** Runs all parts; operands and the activation that the work ignores are null. */
    static void run(
            WorkerPool threads, int parts, Work work, Activation f, Tensor a, Tensor b, Tensor c, Tensor d, Tensor e,
            Tensor g, Tensor h) {
        CellCall call = OF_THREAD.get();
        call.set(work, f, parts, a, b, c, d, e, g, h);
        try {
            threads.runEvenly(parts, call);
        } finally {
            call.forget();
        }
    }

    private void set(
            Work newWork, Activation f, int count, Tensor a, Tensor b, Tensor c, Tensor d, Tensor e, Tensor g,
            Tensor h) {
        operands[0] = a;
        operands[1] = b;
        operands[2] = c;
        operands[3] = d;
        operands[4] = e;
        operands[5] = g;
        operands[6] = h;
        work = newWork;
        activation = f;
        parts = count;
    }

    @Override
    public void run(int part) {
        work.run(operands, activation, part, parts);
    }
}
