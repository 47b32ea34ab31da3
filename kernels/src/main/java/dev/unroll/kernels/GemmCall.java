package dev.unroll.kernels;

import dev.unroll.kernels.provider.GemmKernel;
import dev.unroll.kernels.provider.Provider;

/**
 * A checked matrix product on its way to the threads: which part of C each of them computes. A thread has one for all
 * of its calls, so that calls allocate nothing.
 */
final class GemmCall implements WorkerPool.Part {
    /** Which operands are transposed or packed. */
    enum Form {
        NN("Gemm.nn", false, false),
        NT("Gemm.nt", false, true),
        TN("Gemm.tn", true, false),
        PACKED("Gemm.packed", false, false);

        /** What messages call it. */
        final String call;

        final boolean transposeA;
        final boolean transposeB;

        Form(String call, boolean transposeA, boolean transposeB) {
            this.call = call;
            this.transposeA = transposeA;
            this.transposeB = transposeB;
        }
    }

    /** Multiplications and additions that are worth waking another thread for: some microseconds of one. */
    private static final double WORK_OF_A_PART = 400_000;

    private static final ThreadLocal<GemmCall> OF_THREAD = ThreadLocal.withInitial(GemmCall::new);

    private GemmKernel kernel;
    private Form form;
    private Tensor a;
    private Tensor b;
    private Tensor c;
    private int m;
    private int n;
    private int k;
    private double alpha;
    private double beta;
    private int parts;
    private boolean byRows;

    private GemmCall() {}

    static GemmCall ofThread() {
        return OF_THREAD.get();
    }

    void run(
            Form kind, double factor, Tensor first, Tensor second,
            double factorOfC, Tensor result, int depth, WorkerPool pool) {
        form = kind;
        kernel = Provider.kernels(first.type()).gemm();
        a = first;
        b = second;
        c = result;
        m = (int) result.rows();
        n = (int) result.columns();
        k = depth;
        alpha = factor;
        beta = factorOfC;
        divide(pool.threads());
        try {
            pool.run(parts, this);
        } finally {
            a = null; // the thread outlives the operands
            b = null;
            c = null;
        }
    }

    /**
     * As many parts as there is work for, of whole panels of columns or of rows, whichever are more: the operand that
     * is not divided, and that every part packs again, is then the smaller one.
     */
    private void divide(int threads) {
        byRows = m > n;
        int units = byRows ? m : panels();
        double work = 2.0 * m * n * k / WORK_OF_A_PART;
        parts = (int) Math.max(1, Math.min(work, Math.min(threads, units)));
    }

    private int panels() {
        int width = kernel.panelColumns();
        return (int) (((long) n + width - 1) / width);
    }

    @Override
    public void run(int part) {
        if (byRows) {
            rows(boundary(m, part), boundary(m, part + 1));
        } else {
            int width = kernel.panelColumns();
            int from = boundary(panels(), part) * width;
            int to = (int) Math.min(n, (long) boundary(panels(), part + 1) * width);
            columns(from, to);
        }
    }

    private int boundary(int units, int part) {
        return (int) ((long) units * part / parts);
    }

    private void rows(int from, int to) {
        long aOffset = a.offset() + from * (form.transposeA ? 1 : a.rowStride()) * a.type().bytes();
        long cOffset = c.offset() + from * c.rowStride() * c.type().bytes();
        if (form == Form.PACKED) {
            kernel.gemmPacked(
                    false, to - from, n, k, 0, n, alpha,
                    a.segment(), aOffset, a.rowStride(), b.segment(), b.offset(),
                    beta, c.segment(), cOffset, c.rowStride());
        } else {
            kernel.gemm(
                    form.transposeA, form.transposeB, to - from, n, k, alpha,
                    a.segment(), aOffset, a.rowStride(), b.segment(), b.offset(), b.rowStride(),
                    beta, c.segment(), cOffset, c.rowStride());
        }
    }

    private void columns(int from, int to) {
        if (form == Form.PACKED) {
            kernel.gemmPacked(
                    false, m, n, k, from, to, alpha,
                    a.segment(), a.offset(), a.rowStride(), b.segment(), b.offset(),
                    beta, c.segment(), c.offset(), c.rowStride());
        } else {
            long bOffset = b.offset() + from * (form.transposeB ? b.rowStride() : 1) * b.type().bytes();
            kernel.gemm(
                    form.transposeA, form.transposeB, m, to - from, k, alpha,
                    a.segment(), a.offset(), a.rowStride(), b.segment(), bOffset, b.rowStride(),
                    beta, c.segment(), c.offset() + from * c.type().bytes(), c.rowStride());
        }
    }
}
