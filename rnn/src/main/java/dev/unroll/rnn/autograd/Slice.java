package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Tensor;

/** Which rows and columns of a storage a variable is. */
record Part(long firstRow, long rows, long firstColumn, long columns) {
    private static final long ALL = -1;

    /** All of a storage, whatever its shape: a parameter's storage comes later than the parameter. */
    static final Part WHOLE = new Part(0, ALL, 0, ALL);

    /** Some rows of this part. */
    Part rows(long from, long count) {
        return new Part(firstRow + from, count, firstColumn, columns);
    }

    /** Some columns of this part. */
    Part columns(long from, long count) {
        return new Part(firstRow, rows, firstColumn + from, count);
    }

    /** All rows of the storage, the columns of this part. */
    Part allRows() {
        return new Part(0, ALL, firstColumn, columns);
    }

    Tensor of(Tensor whole) {
        Tensor some = rows == ALL || rows == whole.rows() ? whole : whole.rows(firstRow, rows);
        return columns == ALL ? some : some.columns(firstColumn, columns);
    }
}
