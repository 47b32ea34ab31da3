package dev.unroll.kernels;

import dev.unroll.kernels.provider.GemmKernel;
import dev.unroll.kernels.provider.GemmProblem;
import dev.unroll.kernels.provider.Provider;

/**
 * A checked matrix product during its execution: divides C into one part per thread. Each thread reuses one instance
 * for all of its calls, so that calls allocate nothing.
 */
final class GemmCall implements WorkerPool.Part {
    /** The form of a product: which operands are transposed or packed. */
    enum Form {
        NN("Gemm.nn", false, false),
        NT("Gemm.nt", false, true),
        TN("Gemm.tn", true, false),
        TT("Gemm.tt", true, true),
        PACKED("Gemm.packed", false, false);

        /** Display name used in messages. */
        final String call;

        final boolean transposeA;
        final boolean transposeB;

        Form(String call, boolean transposeA, boolean transposeB) {
            this.call = call;
            this.transposeA = transposeA;
            this.transposeB = transposeB;
        }
    }

    /**
     * The number of bytes produced by multiply-adds that is worth waking another thread for: some microseconds of one
     * thread.
     */
    private static final double WORK_OF_A_PART = 800_000;

    private static final ThreadLocal<GemmCall> OF_THREAD = ThreadLocal.withInitial(GemmCall::new);

    private final GemmProblem problem = new GemmProblem();
    private GemmKernel kernel;
    private ElementType type;
    private int parts;
    private boolean byRows;

    private GemmCall() {}

    /** Returns the calling thread's instance, with everything set but the operands. */
    static GemmCall of(Form form, boolean isHalved, double alpha, double beta, Tensor c, Epilogue epilogue) {
        GemmCall call = OF_THREAD.get();
        call.type = c.type();
        call.kernel = Provider.kernels(c.type()).gemm();
        GemmProblem problem = call.problem;
        problem.reset(form.transposeA, form.transposeB, form == Form.PACKED, isHalved);
        problem.setFactors(alpha, beta);
        problem.setC((int) c.rows(), (int) c.columns(), c.segment(), c.offset(), c.rowStride());
        Tensor bias = epilogue.bias();
        problem.setEpilogue(
                bias == null ? null : bias.segment(), bias == null ? 0 : bias.offset(), epilogue.activation());
        return call;
    }

    /** Appends operands along K. */
    void add(Tensor a, Tensor b, long depth) {
        problem.a().add(a.segment(), a.offset(), a.rowStride());
        problem.b().add(b.segment(), b.offset(), b.rowStride());
        problem.endPiece((int) depth);
    }

    void run(WorkerPool pool) {
        try {
            divide(pool.threads());
            pool.runEvenly(parts, this);
        } finally {
            problem.reset(false, false, false, false); // the thread outlives the operands
        }
    }

    /**
     * Computes the number of parts, in whole panels of columns or in rows, whichever are more: the operand that is not
     * divided, and that every part packs again, is then the smaller one.
     */
    private void divide(int threads) {
        byRows = problem.m() > problem.n();
        int units = byRows ? problem.m() : panels();
        double work = (double) problem.m() * problem.n() * problem.k() * type.bytes() / WORK_OF_A_PART;
        parts = (int) Math.max(1, Math.min(work, Math.min(threads, units)));
    }

    private int panels() {
        int width = kernel.panelColumns();
        return (int) (((long) problem.n() + width - 1) / width);
    }

    @Override
    public void run(int part) {
        if (byRows) {
            int m = problem.m();
            kernel.multiply(problem, boundary(m, part), boundary(m, part + 1), 0, problem.n());
        } else {
            int width = kernel.panelColumns();
            int from = boundary(panels(), part) * width;
            int to = (int) Math.min(problem.n(), (long) boundary(panels(), part + 1) * width);
            kernel.multiply(problem, 0, problem.m(), from, to);
        }
    }

    private int boundary(int units, int part) {
        return (int) ((long) units * part / parts);
    }
}
