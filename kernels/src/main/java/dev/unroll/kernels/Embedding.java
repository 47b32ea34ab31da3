package dev.unroll.kernels;

import dev.unroll.kernels.provider.EmbeddingKernel;
import dev.unroll.kernels.provider.Provider;

/**
 * Rows of a table chosen by id, and the gradient of the table.
 *
 * <p>Both methods throw {@link IllegalArgumentException} for null, for types or shapes that do not fit, for an id that is
 * no row of the table and for an output in read-only memory, and {@link IllegalStateException} for tensors that were
 * released; nothing is written then.
 */
public final class Embedding {
    private Embedding() {}

    /**
     * {@code y[i] = table[id_i]}.
     *
     * @param ids {@code [m]} of I32, each from 0 to v - 1
     * @param table {@code [v, n]}
     * @param y {@code [m, n]}, written
     * @param pool threads to share the work
     */
    public static void lookup(Tensor ids, Tensor table, Tensor y, WorkerPool pool) {
        String call = "Embedding.lookup";
        Check.notNull(call, pool);
        ElementType type = Check.floating(call, table, y);
        Check.idTensor(call, ids, y.rows(), y);
        Check.matrix(call, y, ids.size(), table.columns(), table);
        Check.output(call, y);
        Check.enter(call, ids, table, y);
        try {
            Check.ids(call, ids, table.rows());
            EmbeddingKernel kernel = Provider.kernels(type).embedding();
            int parts = Partition.parts(pool, y.rows(), y.columns(), 1);
            pool.run(parts, part -> {
                int from = Partition.boundary(y.rows(), part, parts);
                int count = Partition.boundary(y.rows(), part + 1, parts) - from;
                kernel.lookup(
                        count, (int) y.columns(), ids.segment(), ids.offset() + from * ids.type().bytes(),
                        table.segment(), table.offset(), table.rowStride(),
                        y.segment(), y.rowOffset(from), y.rowStride());
            });
        } finally {
            Check.exit(ids, table, y);
        }
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
        Check.notNull(call, pool);
        ElementType type = Check.floating(call, dy, dTable);
        Check.idTensor(call, ids, dy.rows(), dy);
        Check.matrix(call, dy, ids.size(), dTable.columns(), dTable);
        Check.output(call, dTable);
        Check.enter(call, ids, dy, dTable);
        try {
            Check.ids(call, ids, dTable.rows());
            EmbeddingKernel kernel = Provider.kernels(type).embedding();
            int parts = Partition.parts(pool, dy.columns(), dy.rows(), 1);
            pool.run(parts, part -> {
                int from = Partition.boundary(dy.columns(), part, parts);
                int columns = Partition.boundary(dy.columns(), part + 1, parts) - from;
                long at = from * type.bytes();
                kernel.scatterAdd(
                        (int) ids.size(), columns, ids.segment(), ids.offset(),
                        dy.segment(), dy.offset() + at, dy.rowStride(),
                        dTable.segment(), dTable.offset() + at, dTable.rowStride());
            });
        } finally {
            Check.exit(ids, dy, dTable);
        }
    }
}
