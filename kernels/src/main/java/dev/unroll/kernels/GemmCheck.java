package dev.unroll.kernels;

import java.util.List;

/** Operand checks of {@link Gemm}, made before anything is written. */
final class GemmCheck {
    private GemmCheck() {}

    /** Checks operands that lie in memory as they are. */
    static void product(GemmCall.Form form, Tensor a, Tensor b, Tensor c, Epilogue epilogue, WorkerPool pool) {
        String call = form.call;
        given(call, a, b, c, epilogue, pool);
        type(call, a, b, b.type());
        long depth = form.transposeA ? a.rows() : a.columns();
        if (form.transposeB) {
            fit(call, a, b, "columns", depth, b.columns());
        } else {
            fit(call, a, b, "rows", depth, b.rows());
        }
        size(call, a, depth);
        long rows = form.transposeA ? a.columns() : a.rows();
        result(call, a, b, c, rows, form.transposeB ? b.rows() : b.columns());
        Overlap.check(call, c, b);
        bias(call, epilogue.bias(), c);
    }

    /** Checks a product with a packed right operand. */
    static void packed(String call, Tensor a, PackedMatrix b, Tensor c, Epilogue epilogue, WorkerPool pool) {
        given(call, a, b, c, epilogue, pool);
        type(call, a, b, b.type());
        fit(call, a, b, "rows", a.columns(), b.rows());
        result(call, a, b, c, a.rows(), b.columns());
        bias(call, epilogue.bias(), c);
    }

    /** Checks operands in pieces: {@code [k_t, m]} and {@code [k_t, n]}. */
    static void sum(String call, List<Tensor> a, List<Tensor> b, Tensor c, WorkerPool pool) {
        given(call, a, b, c, Epilogue.NONE, pool);
        Checks.floating(call, "c", c);
        Checks.writable(call, "c", c);
        size(call, c, Math.max(c.rows(), c.columns()));
        if (a.size() != b.size()) {
            throw new IllegalArgumentException(
                    call + ": a has " + a.size() + " matrices and b " + b.size() + "; expected as many");
        }
        long depth = 0;
        for (int t = 0; t < a.size(); t++) {
            pair(call, t, a.get(t), b.get(t), c);
            depth += b.get(t).rows();
            size(call, b.get(t), depth);
        }
    }

    private static void pair(String call, int index, Tensor a, Tensor b, Tensor c) {
        if (a == null || b == null) {
            throw new IllegalArgumentException(call + ": " + (a == null ? "a" : "b") + "[" + index + "] is null");
        }
        type(call, c, a, a.type());
        type(call, c, b, b.type());
        if (a.columns() != c.rows() || b.columns() != c.columns() || a.rows() != b.rows()) {
            throw new IllegalArgumentException(
                    call + ": a[" + index + "] " + a + " and b[" + index + "] " + b + " do not fit c " + c
                            + "; expected [k, " + c.rows() + "] and [k, " + c.columns() + "]");
        }
        Overlap.check(call, c, a);
        Overlap.check(call, c, b);
    }

    private static void given(String call, Object a, Object b, Tensor c, Epilogue epilogue, WorkerPool pool) {
        Checks.notNull(call, "a", a);
        Checks.notNull(call, "b", b);
        Checks.notNull(call, "c", c);
        Checks.notNull(call, "epilogue", epilogue);
        Checks.notNull(call, "pool", pool);
        if (a instanceof Tensor tensor) {
            Checks.floating(call, "a", tensor);
        }
    }

    private static void type(String call, Tensor first, Object other, ElementType type) {
        if (type != first.type()) {
            throw new IllegalArgumentException(
                    call + ": " + first + " and " + other + " must have one element type");
        }
    }

    private static void fit(String call, Tensor a, Object b, String rowsOrColumns, long depthOfA, long depthOfB) {
        if (depthOfA != depthOfB) {
            throw new IllegalArgumentException(
                    call + ": b " + b + " does not fit a " + a + "; expected " + depthOfA + " " + rowsOrColumns);
        }
    }

    private static void result(String call, Tensor a, Object b, Tensor c, long rows, long columns) {
        type(call, a, c, c.type());
        if (c.rows() != rows || c.columns() != columns) {
            throw new IllegalArgumentException(
                    call + ": c " + c + " does not fit the product of " + a + " and " + b + "; expected [" + rows + ", "
                            + columns + "]");
        }
        size(call, c, Math.max(rows, columns));
        Checks.writable(call, "c", c);
        Overlap.check(call, c, a);
    }

    private static void bias(String call, Tensor bias, Tensor c) {
        if (bias != null) {
            Checks.input(call, "bias", bias, 1, c.columns(), c);
            Overlap.check(call, c, bias);
        }
    }

    private static void size(String call, Tensor tensor, long size) {
        if (size > Gemm.MAX_SIZE) {
            throw new IllegalArgumentException(call + ": " + tensor + " has more rows or columns than " + Gemm.MAX_SIZE
                    + "; multiply parts of it");
        }
    }
}
