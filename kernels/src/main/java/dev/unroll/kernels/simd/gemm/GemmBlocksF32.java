package dev.unroll.kernels.simd.gemm;

import dev.unroll.kernels.simd.math.VectorsF32;

/**
 * The block sizes of a matrix product, in elements. A tile of C is a few rows by {@link #PANEL} columns; a panel of B
 * is {@link #PANEL} columns by one block of depth; a block of B is some panels. Measured on Zen 4 with 1 MiB of
 * second-level cache, where depths of 256 to 512 and blocks of 0.75 to 2 MiB differ by 5% at most.
 */
final class GemmBlocksF32 {
    /** The number of columns of a tile: two vectors, so that every broadcast of A serves two multiply-adds. */
    static final int PANEL = 2 * VectorsF32.LENGTH;

    /** The number of bytes of one row of a panel of B. */
    static final int PANEL_BYTES = 2 * VectorsF32.BYTES;

    /** The maximum depth of a block, 384 floats. Bits depend on it: one value, whatever the vector width. */
    static final int MAX_DEPTH = 1536 / Float.BYTES;

    /**
     * The number of elements between packed rows of A: a constant, and an odd number of cache lines, to use all sets of
     * a cache.
     */
    static final int LDA = MAX_DEPTH + 64 / Float.BYTES;

    /**
     * The number of bytes of a block of B, read again for every row of tiles: the lower the tiles, the faster its cache
     * has to be.
     */
    static final int BLOCK_BYTES = VectorsF32.BYTES == 64 ? 3 << 19 : 1 << 19;

    /**
     * The maximum number of rows of A for which a B that is not transposed is read in place. At 32 x 1024 x 256 that
     * took the product from 73% of peak to 94%; at 256 rows it makes no difference, above it is slower.
     */
    static final int MAX_ROWS_IN_PLACE = 192;

    /**
     * The maximum number of rows of a transposed A that are transposed before all else, in whole squares of a vector by a
     * vector, of which a tile has a part: 0.8 MB on the heap per thread, once.
     */
    static final int MAX_ROWS_TRANSPOSED = 512;

    /** The number of rows of the highest tile: 24 sums of the 32 registers of 512 bit vectors, or 12 of 16. */
    static final int MAX_HEIGHT = VectorsF32.BYTES == 64 ? 12 : 6;

    /** The height of the lowest tile with at least so many rows. Tiles are few, for each is a method. */
    private static final int[] HEIGHTS = {1, 1, 2, 4, 4, 5, 6, 8, 8, 10, 10, 12, 12};

    /**
     * The number of panels that a tile covers at once, by its height. With few rows one panel has fewer sums than
     * multiply-adds are in flight, and too short a run of each row of B to stream it: one row of an unpacked B of 1024
     * columns took 12% of peak with one panel and 38% with four, two rows 27% and 70%.
     */
    private static final int[] PANELS_AT_ONCE = VectorsF32.BYTES == 64
            ? new int[] {1, 4, 4, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1}
            : new int[] {1, 4, 1, 1, 1, 1, 1};

    private GemmBlocksF32() {}

    /** The depth of one block for {@code k > 0}: equal parts of at most {@link #MAX_DEPTH}. */
    static int depth(int k) {
        return part(k, MAX_DEPTH);
    }

    /** The number of columns of a block of B of some depth: whole panels. */
    static int columns(int depth) {
        return Math.max(1, BLOCK_BYTES / (depth * PANEL_BYTES)) * PANEL;
    }

    /** The number of columns of a block of B that is widened from halves: a quarter, which stays close to the core. */
    static int widenedColumns(int depth) {
        return Math.max(1, BLOCK_BYTES / 4 / (depth * PANEL_BYTES)) * PANEL;
    }

    /** The height of the next tile, dividing the remaining rows evenly over tiles. */
    static int height(int left) {
        return HEIGHTS[part(left, MAX_HEIGHT)];
    }

    /** The number of panels that a tile of some height covers at once. */
    static int panelsAtOnce(int height) {
        return PANELS_AT_ONCE[height];
    }

    /** The number of panels of some columns. */
    static int panels(int columns) {
        return (int) (((long) columns + PANEL - 1) / PANEL);
    }

    private static int part(int size, int most) {
        int parts = (int) (((long) size + most - 1) / most);
        return (int) (((long) size + parts - 1) / parts);
    }
}
