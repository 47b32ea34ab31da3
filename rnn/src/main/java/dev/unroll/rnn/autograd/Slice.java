package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Tensor;

/** The rows and columns of a {@link Storage} that a variable views. */
record Slice(long firstRow, long rows, long firstColumn, long columns) {
    private static final long ALL = -1;

    /** All of a storage, whatever its shape: a parameter gets its storage later than its slice. */
    static final Slice WHOLE = new Slice(0, ALL, 0, ALL);

    /** Some rows of this slice. */
    Slice rows(long from, long count) {
        return new Slice(firstRow + from, count, firstColumn, columns);
    }

    /** Some columns of this slice. */
    Slice columns(long from, long count) {
        return new Slice(firstRow, rows, firstColumn + from, count);
    }

    boolean isRows(Slice of, long from, long count) {
        return firstRow == of.firstRow + from && rows == count && firstColumn == of.firstColumn
                && columns == of.columns;
    }

    boolean isColumns(Slice of, long from, long count) {
        return firstRow == of.firstRow && rows == of.rows && firstColumn == of.firstColumn + from && columns == count;
    }

    boolean isAllRows(Slice of) {
        return firstRow == 0 && rows == ALL && firstColumn == of.firstColumn && columns == of.columns;
    }

    /**
     * Whether the rows are all, or one of equal blocks of several rows, one after the other from the first row on. A single row
     * may be a row of any of them.
     */
    boolean isWholeBlock() {
        return rows == ALL || rows > 1 && firstRow % rows == 0;
    }

    /** All rows of the storage, the columns of this slice. */
    Slice allRows() {
        return new Slice(0, ALL, firstColumn, columns);
    }

    /** The same slice of a storage of this shape, with its numbers of rows and columns. */
    Slice within(Tensor whole) {
        return new Slice(firstRow, rows == ALL ? whole.rows() : rows, firstColumn,
                columns == ALL ? whole.columns() : columns);
    }

    Tensor of(Tensor whole) {
        Tensor some = rows == ALL || rows == whole.rows() ? whole : whole.rows(firstRow, rows);
        return columns == ALL ? some : some.columns(firstColumn, columns);
    }
}
