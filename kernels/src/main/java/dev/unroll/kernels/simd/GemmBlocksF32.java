package dev.unroll.kernels.simd;

/**
 * The sizes of a matrix product's blocks, in elements. A tile of C is a few rows by {@link #PANEL} columns; a panel of
 * B is {@link #PANEL} columns by one block of depth; a block of A is some rows by one block of depth.
 */
final class GemmBlocksF32 {
    /** Columns of a tile: two vectors, so that every broadcast of A serves two multiply-adds. */
    static final int PANEL = 2 * VectorsF32.LENGTH;

    /** Bytes of one row of a panel of B. */
    static final int PANEL_BYTES = 2 * VectorsF32.BYTES;

    /** The most that one block of depth sums. Bits depend on it: one value, whatever the vector width. */
    static final int MAX_DEPTH = 384;

    /** Elements between packed rows of A: a constant, and one cache line more than a power of two, to use all sets. */
    static final int LDA = MAX_DEPTH + 16;

    /** Bytes of a block of B: to be read from a second-level cache again for every tile's rows. */
    private static final int BLOCK_BYTES = 1 << 20;

    /** With 32 registers 12 rows leave room for 24 sums; with 16 registers 6 rows for 12. */
    static final int MAX_TILE = VectorsF32.BYTES == 64 ? 12 : 6;

    private GemmBlocksF32() {}

    /** How much of the depth {@code k > 0} one block sums: equal parts of at most {@link #MAX_DEPTH}. */
    static int depth(int k) {
        return part(k, MAX_DEPTH);
    }

    /** How many columns a block of B of some depth has: whole panels. */
    static int columns(int depth) {
        return Math.max(1, BLOCK_BYTES / (depth * PANEL_BYTES)) * PANEL;
    }

    /** How many rows the next tile has, dividing the rows that are left evenly over tiles. */
    static int tile(int left) {
        int rows = part(left, MAX_TILE);
        return rows <= 2 ? rows : (rows + 1) & -2;
    }

    /** How many panels some columns take. */
    static int panels(int columns) {
        return (int) (((long) columns + PANEL - 1) / PANEL);
    }

    private static int part(int size, int most) {
        int parts = (int) (((long) size + most - 1) / most);
        return (int) (((long) size + parts - 1) / parts);
    }
}
