package dev.unroll.kernels;

import dev.unroll.kernels.provider.EmbeddingKernel;
import dev.unroll.kernels.provider.Provider;
import java.lang.foreign.ValueLayout;

/**
 * Rows of a table looked up by id, and their gradient. The gradient is zero in all other rows, which {@link
 * Reductions#normOfRows}, {@link Optimizers#updateRows} and {@link #clearRows} leave out.
 *
 * <p>All methods also throw {@link IllegalArgumentException} for an id that is not a row of the table.
 */
public final class Embedding {
    private Embedding() {}

    /**
     * {@code y[i] = table[id_i]}.
     *
     * @param ids {@code [m]} of I32, each from 0 to v - 1
     * @param table {@code [v, n]}
     * @param y {@code [m, n]}, written
     * @param pool threads to share the work, each some rows
     */
    public static void lookup(Tensor ids, Tensor table, Tensor y, WorkerPool pool) {
        String call = "Embedding.lookup";
        Checks.notNull(call, "pool", pool);
        Checks.floatingMatrix(call, "table", table);
        Checks.floatingMatrix(call, "y", y);
        Checks.output(call, "y", y, y.rows(), table.columns(), table);
        Checks.ids(call, "ids", ids, y.rows(), y);
        Overlap.check(call, y, ids, table);
        WorkerPool threads = Operands.enter(call, pool, ids, table, y);
        try {
            Checks.range(call, "ids", ids, table.rows());
            EmbeddingKernel kernel = Provider.kernels(y.type()).embedding();
            int parts = Partition.parts(threads, y.rows(), 1, y.size(), Partition.ADD);
            if (parts == 1) {
                lookup(kernel, ids, table, y, 0, 1);
            } else {
                threads.runEvenly(parts, part -> lookup(kernel, ids, table, y, part, parts));
            }
        } finally {
            Operands.exit(ids, table, y);
        }
    }

    private static void lookup(EmbeddingKernel kernel, Tensor ids, Tensor table, Tensor y, int part, int parts) {
        int from = Partition.row(y, part, parts);
        int count = Partition.row(y, part + 1, parts) - from;
        kernel.lookup(
                count, (int) y.columns(), ids.segment(), ids.offset() + (long) from * Integer.BYTES,
                table.segment(), table.offset(), table.rowStride(),
                y.segment(), y.rowOffset(from), y.rowStride());
    }

    /**
     * {@code dTable[id_i] += dy[i]}, in the order of i: the same bits every time, however often an id occurs.
     *
     * @param ids {@code [m]} of I32, each from 0 to v - 1
     * @param dy {@code [m, n]}
     * @param dTable {@code [v, n]}, added to
     * @param pool threads to share the work, each some columns
     */
    public static void scatterAdd(Tensor ids, Tensor dy, Tensor dTable, WorkerPool pool) {
        String call = "Embedding.scatterAdd";
        Checks.notNull(call, "pool", pool);
        Checks.floatingMatrix(call, "dy", dy);
        Checks.floatingMatrix(call, "dTable", dTable);
        Checks.output(call, "dTable", dTable, dTable.rows(), dy.columns(), dy);
        Checks.ids(call, "ids", ids, dy.rows(), dy);
        Overlap.check(call, dTable, ids, dy);
        WorkerPool threads = Operands.enter(call, pool, ids, dy, dTable);
        try {
            Checks.range(call, "ids", ids, dTable.rows());
            EmbeddingKernel kernel = Provider.kernels(dy.type()).embedding();
            int parts = Partition.parts(threads, dy.columns(), Partition.grain(dy.type()), dy.size(), Partition.ADD);
            if (parts == 1) {
                scatterAdd(kernel, ids, dy, dTable, 0, 1);
            } else {
                threads.runEvenly(parts, part -> scatterAdd(kernel, ids, dy, dTable, part, parts));
            }
        } finally {
            Operands.exit(ids, dy, dTable);
        }
    }

    private static void scatterAdd(
            EmbeddingKernel kernel, Tensor ids, Tensor dy, Tensor dTable, int part, int parts) {
        long grain = Partition.grain(dy.type());
        long from = Partition.boundary(dy.columns(), grain, part, parts);
        long to = Partition.boundary(dy.columns(), grain, part + 1, parts);
        long at = from * dy.type().bytes();
        kernel.scatterAdd(
                (int) ids.size(), (int) (to - from), ids.segment(), ids.offset(),
                dy.segment(), dy.offset() + at, dy.rowStride(),
                dTable.segment(), dTable.offset() + at, dTable.rowStride());
    }

    /**
     * {@code table[id_i] = 0}.
     *
     * @param ids {@code [k]} of I32, each from 0 to v - 1
     * @param table {@code [v, n]}, written
     */
    public static void clearRows(Tensor ids, Tensor table) {
        String call = "Embedding.clearRows";
        Checks.floating(call, "table", table);
        Checks.writable(call, "table", table);
        Checks.ids(call, "ids", ids);
        Overlap.check(call, table, ids);
        Operands.enter(call, WorkerPool.caller(), ids, table);
        try {
            Checks.range(call, "ids", ids, table.rows());
            long bytes = table.columns() * table.type().bytes();
            for (long i = 0; i < ids.size(); i++) {
                int id = ids.segment().get(ValueLayout.JAVA_INT, ids.offset() + i * Integer.BYTES);
                table.segment().asSlice(table.rowOffset(id), bytes).fill((byte) 0);
            }
        } finally {
            Operands.exit(ids, table);
        }
    }
}
