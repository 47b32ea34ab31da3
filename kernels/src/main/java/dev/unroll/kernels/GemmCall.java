package dev.unroll.kernels;

import dev.unroll.kernels.provider.GemmKernel;
import dev.unroll.kernels.provider.GemmProblem;
import dev.unroll.kernels.provider.Provider;

/**
 * A checked matrix product during its execution: divides C into one part per thread. Each thread reuses one instance
 * for all of its calls, and a stream one for each place of its queue, so that calls allocate nothing.
 */
final class GemmCall extends StreamedCall {
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

    GemmCall() {}

    /** Returns the calling thread's instance, with everything set but the operands. */
    static GemmCall of(Form form, boolean isHalved, double alpha, double beta, Tensor c, Epilogue epilogue) {
        GemmCall call = OF_THREAD.get();
        call.set(form, isHalved, alpha, beta, c, epilogue);
        return call;
    }

    private void set(Form form, boolean isHalved, double alpha, double beta, Tensor result, Epilogue epilogue) {
        type = result.type();
        kernel = Provider.kernels(type).gemm();
        problem.reset(form.transposeA, form.transposeB, form == Form.PACKED, isHalved);
        problem.setFactors(alpha, beta);
        problem.setC(
                (int) result.rows(), (int) result.columns(), result.segment(), result.offset(), result.rowStride());
        Tensor row = epilogue.bias();
        problem.setEpilogue(row == null ? null : row.segment(), row == null ? 0 : row.offset(), epilogue.activation());
    }

    /** Appends operands along K. */
    void add(Tensor left, Tensor right, long depth) {
        problem.a().add(left.segment(), left.offset(), left.rowStride());
        problem.b().add(right.segment(), right.offset(), right.rowStride());
        problem.endPiece((int) depth);
    }

    /**
     * Hands a product with a packed matrix, which nothing in the stream writes, to the open stream of the pool, if there is
     * one and it takes the product; its operands are entered then.
     */
    static boolean streams(
            boolean isHalved, double alpha, Tensor a, Tensor packed, long depth, double beta, Tensor c,
            Epilogue epilogue,
            WorkerPool pool) {
        RowStream stream = RowStream.ofProduct(pool, c, worth(c.rows(), c.columns(), depth, c.type()));
        if (stream == null) {
            return false;
        }
        GemmCall call = stream.queue(c.rows()).nextProduct();
        String name = Form.PACKED.call;
        Tensor bias = epilogue.bias();
        if (!call.enter(name, stream, a) || !call.enter(name, stream, c) || !call.enterShared(name, stream, packed)
                || bias != null && !call.enterShared(name, stream, bias)) {
            return false;
        }
        call.set(Form.PACKED, isHalved, alpha, beta, c, epilogue);
        call.add(a, packed, depth);
        call.byRows = true;
        call.parts = stream.parts();
        return stream.submit(call);
    }

    @Override
    void forget() {
        problem.reset(false, false, false, false);
    }

    void run(WorkerPool pool) {
        try {
            divide(pool.threads());
            pool.runEvenly(parts, this);
        } finally {
            forget();
        }
    }

    /**
     * Computes the number of parts, in whole panels of columns or in rows, whichever are more: the operand that is not
     * divided, and that every part packs again, is then the smaller one.
     */
    private void divide(int threads) {
        byRows = problem.m() > problem.n();
        int units = byRows ? problem.m() : panels();
        double most = worth(problem.m(), problem.n(), problem.k(), type);
        parts = (int) Math.max(1, Math.min(most, Math.min(threads, units)));
    }

    /** The number of smallest parts that a product could be divided into. */
    private static double worth(long m, long n, long k, ElementType type) {
        return (double) m * n * k * type.bytes() / WORK_OF_A_PART;
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
