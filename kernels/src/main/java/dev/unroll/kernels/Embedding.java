package dev.unroll.kernels;

import dev.unroll.kernels.provider.EmbeddingKernel;
import dev.unroll.kernels.provider.Provider;

/**
 * Rows of a table chosen by id, and their gradient. Tensors count as the matrices of their rows; all of one call have one
 * floating type, but for the ids.
 *
 * <p>Both methods throw {@link IllegalArgumentException} for null, for types or shapes that do not fit, for an id that is
 * no row of the table, for an output in read-only memory or in memory that it shares with an input, and
 * {@link IllegalStateException} for tensors that were released; nothing is written then.
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
        Check.notNull(call, "pool", pool);
        Check.floatingMatrix(call, "table", table);
        Check.floatingMatrix(call, "y", y);
        Check.output(call, "y", y, y.rows(), table.columns(), table);
        Check.ids(call, "ids", ids, y.rows(), y);
        Overlap.check(call, y, table);
        WorkerPool threads = Entry.enter(call, pool, ids, table, y);
        try {
            Check.range(call, "ids", ids, table.rows());
            EmbeddingKernel kernel = Provider.kernels(y.type()).embedding();
            int parts = Partition.parts(threads, y.rows(), 1, y.size(), Partition.ADD);
            if (parts == 1) {
                lookup(kernel, ids, table, y, 0, 1);
            } else {
                threads.run(parts, part -> lookup(kernel, ids, table, y, part, parts));
            }
        } finally {
            Entry.exit(ids, table, y);
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
     * {@code dTable[id_i] += dy[i]}, in the order of i: the same bits every time, however often an id comes.
     *
     * @param ids {@code [m]} of I32, each from 0 to v - 1
     * @param dy {@code [m, n]}
     * @param dTable {@code [v, n]}, added to
     * @param pool threads to share the work, each some columns
     */
    public static void scatterAdd(Tensor ids, Tensor dy, Tensor dTable, WorkerPool pool) {
        String call = "Embedding.scatterAdd";
        Check.notNull(call, "pool", pool);
        Check.floatingMatrix(call, "dy", dy);
        Check.floatingMatrix(call, "dTable", dTable);
        Check.output(call, "dTable", dTable, dTable.rows(), dy.columns(), dy);
        Check.ids(call, "ids", ids, dy.rows(), dy);
        Overlap.check(call, dTable, dy);
        WorkerPool threads = Entry.enter(call, pool, ids, dy, dTable);
        try {
            Check.range(call, "ids", ids, dTable.rows());
            EmbeddingKernel kernel = Provider.kernels(dy.type()).embedding();
            int parts = Partition.parts(threads, dy.columns(), Partition.grain(dy.type()), dy.size(), Partition.ADD);
            if (parts == 1) {
                scatterAdd(kernel, ids, dy, dTable, 0, 1);
            } else {
                threads.run(parts, part -> scatterAdd(kernel, ids, dy, dTable, part, parts));
            }
        } finally {
            Entry.exit(ids, dy, dTable);
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
}
