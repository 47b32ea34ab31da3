package dev.unroll.kernels.simd;

import static dev.unroll.kernels.simd.GemmBlocksF32.LDA;
import static dev.unroll.kernels.simd.GemmBlocksF32.MAX_HEIGHT;
import static dev.unroll.kernels.simd.GemmBlocksF32.PANEL;
import static dev.unroll.kernels.simd.GemmBlocksF32.PANEL_BYTES;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One matrix product while it runs: its operands, the memory for packing them, and the loops around the micro-kernel,
 * from the outermost: blocks of columns, blocks of depth, rows of tiles, tiles. Each thread has one and uses it for all
 * of its products.
 *
 * <p>BLIS (Van Zee and van de Geijn, 2015) goes down a column of tiles, this along a row of them: the rows of C are then
 * written in order, which the hardware prefetches, and A is packed for one row of tiles just before it is read, into
 * 20 kB of the nearest cache. At 1120 x 1024 x 256, where C comes from beyond the caches, that took the product from 86%
 * of peak to 92%.
 */
final class GemmProductF32 {
    private static final ThreadLocal<GemmProductF32> OF_THREAD = ThreadLocal.withInitial(GemmProductF32::new);

    private final GemmPackingF32 packing = new GemmPackingF32();
    private final float[] packedA = new float[MAX_HEIGHT * LDA];
    private final float[] tile = new float[MAX_HEIGHT * PANEL];
    private MemorySegment packedB;

    private int m;
    private int k;
    private float alpha;
    private float beta;
    private boolean transposeA;
    private MemorySegment a;
    private long aOffset;
    private long lda;
    private boolean transposeB;
    private MemorySegment b;
    private long bOffset;
    private long ldb;
    /** Panels in all of a B that came packed; 0 if it has to be packed here. */
    private int panelsOfB;
    private MemorySegment c;
    private long cOffset;
    private long rowBytesOfC;

    /** The block of B at work: where it is, from one of its panels to the next, and from row to row of a panel. */
    private MemorySegment panels;

    private long panelsAt;
    private long panelStep;
    private long panelRow;

    private GemmProductF32() {}

    static GemmProductF32 ofThread() {
        return OF_THREAD.get();
    }

    GemmPackingF32 packing() {
        return packing;
    }

    void setA(boolean transpose, MemorySegment segment, long offset, long leadingDimension) {
        transposeA = transpose;
        a = segment;
        aOffset = offset;
        lda = leadingDimension;
    }

    void setB(boolean transpose, MemorySegment segment, long offset, long leadingDimension) {
        transposeB = transpose;
        b = segment;
        bOffset = offset;
        ldb = leadingDimension;
        panelsOfB = 0;
    }

    void setPackedB(int panels, MemorySegment segment, long offset) {
        b = segment;
        bOffset = offset;
        panelsOfB = panels;
    }

    void setC(MemorySegment segment, long offset, long leadingDimension) {
        c = segment;
        cOffset = offset;
        rowBytesOfC = leadingDimension * Float.BYTES;
    }

    /** Computes columns {@code from} (of a packed B: the first of a panel) to {@code to} of C. */
    void run(int rows, int from, int to, int depth, float factor, float factorOfC) {
        m = rows;
        k = depth;
        alpha = factor;
        beta = factorOfC;
        try {
            columnBlocks(from, to);
        } finally {
            a = null; // the thread outlives the operands
            b = null;
            panels = null;
            c = null;
        }
    }

    private void columnBlocks(int from, int to) {
        int step = GemmBlocksF32.columns(GemmBlocksF32.depth(k));
        for (int j = from, columns; j < to; j += columns) {
            columns = Math.min(step, to - j);
            depthBlocks(j, columns);
        }
    }

    private void depthBlocks(int j, int columns) {
        int step = GemmBlocksF32.depth(k);
        for (int p = 0, depth; p < k; p += depth) {
            depth = Math.min(step, k - p);
            if (panelsOfB > 0) {
                usePacked(p, depth, j);
                rows(p, depth, j, columns);
            } else {
                int whole = transposeB || m > GemmBlocksF32.MAX_ROWS_IN_PLACE ? 0 : columns / PANEL * PANEL;
                useInPlace(p, j);
                rows(p, depth, j, whole);
                packAndUse(p, depth, j + whole, columns - whole);
                rows(p, depth, j + whole, columns - whole);
            }
        }
    }

    private void usePacked(int p, int depth, int j) {
        long before = (long) p * panelsOfB + (long) depth * (j / PANEL);
        use(b, bOffset + before * PANEL_BYTES, depth * PANEL_BYTES, PANEL_BYTES);
    }

    private void useInPlace(int p, int j) {
        use(b, bOffset + (p * ldb + j) * Float.BYTES, PANEL_BYTES, ldb * Float.BYTES);
    }

    private void packAndUse(int p, int depth, int j, int columns) {
        if (packedB == null) {
            packedB = Arena.ofAuto().allocate(GemmBlocksF32.BLOCK_BYTES, 64);
        }
        if (transposeB) {
            packing.transposedPanels(depth, columns, b, bOffset + (j * ldb + p) * Float.BYTES, ldb, packedB, 0);
        } else {
            packing.panels(depth, columns, b, bOffset + (p * ldb + j) * Float.BYTES, ldb, packedB, 0);
        }
        use(packedB, 0, depth * PANEL_BYTES, PANEL_BYTES);
    }

    private void use(MemorySegment segment, long at, long panelBytes, long rowBytes) {
        panels = segment;
        panelsAt = at;
        panelStep = panelBytes;
        panelRow = rowBytes;
    }

    private void rows(int p, int depth, int j, int columns) {
        if (columns == 0) {
            return;
        }
        for (int i = 0, rows; i < m; i += rows) {
            int height = GemmBlocksF32.height(m - i);
            rows = Math.min(height, m - i);
            packA(i, rows, p, depth);
            long cAt = cOffset + i * rowBytesOfC + (long) j * Float.BYTES;
            tiles(height, rows, columns, depth, p == 0 ? beta : 1, cAt);
        }
    }

    private void packA(int i, int rows, int p, int depth) {
        if (transposeA) {
            packing.columns(rows, depth, a, aOffset + (p * lda + i) * Float.BYTES, lda, packedA);
        } else {
            packing.rows(rows, depth, a, aOffset + (i * lda + p) * Float.BYTES, lda, packedA);
        }
    }

    /** The tiles of some rows; the tile may be higher than they are many. */
    private void tiles(int height, int rows, int columns, int depth, float factorOfC, long cAt) {
        for (int panel = 0; panel < GemmBlocksF32.panels(columns); panel++) {
            GemmTilesF32.multiply(height, depth, packedA, panels, panelsAt + panel * panelStep, panelRow, tile);
            int width = Math.min(PANEL, columns - panel * PANEL);
            long at = cAt + (long) panel * PANEL_BYTES;
            if (factorOfC == 0) {
                GemmUpdateF32.overwrite(rows, width, alpha, tile, c, at, rowBytesOfC);
            } else {
                GemmUpdateF32.add(rows, width, alpha, tile, factorOfC, c, at, rowBytesOfC);
            }
        }
    }
}
