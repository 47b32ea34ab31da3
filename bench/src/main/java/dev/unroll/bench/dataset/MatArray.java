package dev.unroll.bench.dataset;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What an array of a MATLAB 5 file begins with; its content comes behind it.
 *
 * @param kind the number of its class
 * @param isComplex whether it has an imaginary part
 * @param rows of a matrix; -1 if it has more or fewer than two dimensions
 * @param columns likewise
 * @param name empty for one inside a cell array
 */
record MatArray(int kind, boolean isComplex, int rows, int columns, String name) {
    private static final int CELL = 1;
    private static final int FIRST_NUMERIC = 6; // double, single and the integers
    private static final int LAST_NUMERIC = 15;

    private static final int COMPLEX = 0x800;
    private static final int MAX_DIMENSIONS = 32;
    private static final int MAX_NAME = 255; // MATLAB itself stops at 63

    /** Reads the beginning; of arrays of other classes only the number of the class. */
    static MatArray next(MatBytes in) throws IOException {
        int flags = MatElement.next(in, "the class of an array", MatElement.UINT32, 8, 8).getInt();
        int kind = flags & 0xFF;
        if (kind < CELL || kind > LAST_NUMERIC) {
            return new MatArray(kind, false, -1, -1, "");
        }
        ByteBuffer sizes = MatElement.next(in, "the size of an array", MatElement.INT32, 4, 4 * MAX_DIMENSIONS);
        boolean isMatrix = sizes.remaining() == 8;
        int rows = isMatrix ? sizes.getInt() : -1;
        int columns = isMatrix ? sizes.getInt() : -1;
        if (isMatrix && (rows < 0 || columns < 0)) {
            throw new IOException("an array of " + rows + " x " + columns);
        }
        ByteBuffer name = MatElement.next(in, "the name of an array", MatElement.INT8, 0, MAX_NAME);
        return new MatArray(
                kind, (flags & COMPLEX) != 0, rows, columns, StandardCharsets.ISO_8859_1.decode(name).toString());
    }

    boolean isCells() {
        return kind == CELL && rows >= 0;
    }

    boolean isNumbers() {
        return kind >= FIRST_NUMERIC && kind <= LAST_NUMERIC && rows >= 0 && !isComplex;
    }

    long count() {
        return (long) rows * columns;
    }
}
