package dev.unroll.kernels;

import dev.unroll.kernels.provider.KernelSet;
import dev.unroll.kernels.provider.Provider;

/**
 * An element-wise call during its execution by several threads. Each thread reuses one instance for all of its calls, and a
 * stream one for each place of its queue, so that calls allocate nothing.
 */
final class RunsCall extends StreamedCall {
    private static final ThreadLocal<RunsCall> OF_THREAD = ThreadLocal.withInitial(RunsCall::new);

    private KernelSet kernels;
    private Runs.Kernel kernel;
    private Activation f;
    private double alpha;
    private Tensor x;
    private Tensor y;
    private Tensor z;
    private boolean dense;
    /** Whether parts are rows, as in a stream, also where there are no gaps between rows. */
    private boolean byRows;
    private int parts;

    RunsCall() {}

    /** Runs all parts of a call whose operands are entered. */
    static void run(
            WorkerPool threads, int parts, KernelSet kernels, Runs.Kernel kernel, Activation f, double alpha, Tensor x,
            Tensor y, Tensor z, boolean dense) {
        RunsCall call = OF_THREAD.get();
        call.set(kernels, kernel, f, alpha, parts, dense, false);
        try {
            call.setOperands(x, y, z);
            threads.runEvenly(parts, call);
        } finally {
            call.forget();
        }
    }

    /** Hands a call to the open stream of the pool, if there is one and it takes the call; its operands are entered then. */
    static boolean streams(
            String name, WorkerPool pool, Runs.Kernel kernel, Activation f, double alpha, Tensor x, Tensor y,
            Tensor z) {
        RowStream stream = RowStream.of(pool, z);
        if (stream == null) {
            return false;
        }
        RunsCall call = stream.queue(z.rows()).nextRuns();
        if (!call.enter(name, stream, x) || !call.enter(name, stream, y) || !call.enter(name, stream, z)) {
            return false;
        }
        call.setOperands(x, y, z);
        call.set(
                Provider.kernels(z.type()), kernel, f, alpha, stream.parts(), Runs.areDense(x, y, z), true);
        return stream.submit(call);
    }

    private void set(
            KernelSet newKernels, Runs.Kernel newKernel, Activation newF, double newAlpha, int count, boolean isDense,
            boolean isByRows) {
        kernels = newKernels;
        kernel = newKernel;
        f = newF;
        alpha = newAlpha;
        parts = count;
        dense = isDense;
        byRows = isByRows;
    }

    private void setOperands(Tensor first, Tensor second, Tensor third) {
        x = first;
        y = second;
        z = third;
    }

    @Override
    public void run(int part) {
        if (byRows) {
            Runs.rows(kernels, kernel, f, alpha, x, y, z, dense, part, parts);
        } else {
            Runs.part(kernels, kernel, f, alpha, x, y, z, dense, part, parts);
        }
    }

    @Override
    void forget() {
        setOperands(null, null, null);
    }
}
