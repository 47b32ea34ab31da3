package dev.unroll.kernels;

import dev.unroll.kernels.provider.ElementwiseKernel;
import dev.unroll.kernels.provider.Provider;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Selects and adds rows by a mask: for sequences that have ended the old state is kept, and what was computed for them
 * is ignored, even NaN.
 */
public final class Rows {
    private Rows() {}

    /**
     * {@code y[i] = mask[i] ? a[i] : b[i]}.
     *
     * @param mask {@code [m]} of I32, 0 for false, anything else for true
     * @param a {@code [m, n]}
     * @param b {@code [m, n]}
     * @param y {@code [m, n]}, written
     * @param pool threads to share the work, each some rows
     */
    public static void select(Tensor mask, Tensor a, Tensor b, Tensor y, WorkerPool pool) {
        String call = "Rows.select";
        Checks.notNull(call, "pool", pool);
        Checks.floatingMatrix(call, "a", a);
        Checks.input(call, "b", b, a.rows(), a.columns(), a);
        Checks.output(call, "y", y, a.rows(), a.columns(), a);
        Checks.ids(call, "mask", mask, a.rows(), a);
        Overlap.check(call, y, mask, a, b);
        WorkerPool threads = Operands.enter(call, pool, mask, a, b, y);
        try {
            int parts = Partition.parts(threads, a.rows(), 1, a.size(), Partition.ADD);
            if (parts == 1) {
                select(mask, a, b, y, 0, 1);
            } else {
                threads.runEvenly(parts, part -> select(mask, a, b, y, part, parts));
            }
        } finally {
            Operands.exit(mask, a, b, y);
        }
    }

    private static void select(Tensor mask, Tensor a, Tensor b, Tensor y, int part, int parts) {
        long bytes = a.columns() * a.type().bytes();
        for (int i = Partition.row(a, part, parts); i < Partition.row(a, part + 1, parts); i++) {
            Tensor chosen = isSet(mask, i) ? a : b;
            MemorySegment.copy(chosen.segment(), chosen.rowOffset(i), y.segment(), y.rowOffset(i), bytes);
        }
    }

    /**
     * {@code y[i] += x[i]} for the rows chosen by the mask; other rows of x are not read.
     *
     * @param mask {@code [m]} of I32
     * @param chosen true to add the rows whose mask is not 0, false to add the others
     * @param x {@code [m, n]}
     * @param y {@code [m, n]}, added to
     * @param pool threads to share the work, each some rows
     */
    public static void addWhere(Tensor mask, boolean chosen, Tensor x, Tensor y, WorkerPool pool) {
        String call = "Rows.addWhere";
        Checks.notNull(call, "pool", pool);
        Checks.floatingMatrix(call, "x", x);
        Checks.output(call, "y", y, x.rows(), x.columns(), x);
        Checks.ids(call, "mask", mask, x.rows(), x);
        Overlap.check(call, y, mask, x);
        WorkerPool threads = Operands.enter(call, pool, mask, x, y);
        try {
            int parts = Partition.parts(threads, x.rows(), 1, x.size(), Partition.ADD);
            if (parts == 1) {
                addWhere(mask, chosen, x, y, 0, 1);
            } else {
                threads.runEvenly(parts, part -> addWhere(mask, chosen, x, y, part, parts));
            }
        } finally {
            Operands.exit(mask, x, y);
        }
    }

    private static void addWhere(Tensor mask, boolean chosen, Tensor x, Tensor y, int part, int parts) {
        ElementwiseKernel kernel = Provider.kernels(x.type()).elementwise();
        int columns = (int) x.columns();
        for (int i = Partition.row(x, part, parts); i < Partition.row(x, part + 1, parts); i++) {
            if (isSet(mask, i) == chosen) {
                kernel.axpy(columns, 1, x.segment(), x.rowOffset(i), y.segment(), y.rowOffset(i));
            }
        }
    }

    private static boolean isSet(Tensor mask, long i) {
        return mask.segment().get(ValueLayout.JAVA_INT, mask.offset() + i * Integer.BYTES) != 0;
    }
}
