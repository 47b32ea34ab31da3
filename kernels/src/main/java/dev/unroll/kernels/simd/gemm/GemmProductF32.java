package dev.unroll.kernels.simd.gemm;

import static dev.unroll.kernels.simd.gemm.GemmBlocksF32.LDA;
import static dev.unroll.kernels.simd.gemm.GemmBlocksF32.MAX_HEIGHT;
import static dev.unroll.kernels.simd.gemm.GemmBlocksF32.PANEL;
import static dev.unroll.kernels.simd.gemm.GemmBlocksF32.PANEL_BYTES;
import static dev.unroll.kernels.simd.math.VectorsF32.BYTES;

import dev.unroll.kernels.provider.GemmOperand;
import dev.unroll.kernels.provider.GemmProblem;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One matrix product during its execution: its operands, the memory for packing them, and the loops around the
 * micro-kernel, from the outermost: blocks of columns, blocks of depth, rows of tiles, tiles. Each thread reuses one
 * instance for all of its products.
 *
 * <p>BLIS (Van Zee and van de Geijn, 2015) proceeds down a column of tiles, this along a row of them: the rows of C are
 * then written in order, which the hardware prefetches, and A is packed for one row of tiles just before it is read,
 * into 20 kB of the nearest cache. At 1120 x 1024 x 256, where C comes from beyond the caches, that took the product
 * from 86% of peak to 92%.
 */
final class GemmProductF32 {
    private static final ThreadLocal<GemmProductF32> OF_THREAD = ThreadLocal.withInitial(GemmProductF32::new);

    private final GemmPackingF32 packing = new GemmPackingF32();
    private final float[] packedA = new float[MAX_HEIGHT * LDA];
    private float[] transposedA = new float[0];
    private final float[] tile = new float[MAX_HEIGHT * PANEL];
    private MemorySegment packedB;

    private GemmProblem problem;
    private int firstRow;
    private int m;
    private int k;
    private float alpha;
    private MemorySegment c;
    private long rowBytesOfC;

    /** The current block of depth: whether it is the first or the last, and the piece of A and B in which it begins. */
    private float beta;

    private boolean isLast;
    private boolean isTransposedOnce;
    private int piece;

    /**
     * The current block of B: its memory, the distance between its panels, and between the rows of a panel, and whether
     * they are halves.
     */
    private MemorySegment panels;

    private long panelsAt;
    private long panelStep;
    private long panelRow;
    private boolean isHalved;

    private GemmProductF32() {}

    static GemmProductF32 ofThread() {
        return OF_THREAD.get();
    }

    GemmPackingF32 packing() {
        return packing;
    }

    /** Returns memory for one block of B. */
    MemorySegment block() {
        if (packedB == null) {
            packedB = Arena.ofAuto().allocate(GemmBlocksF32.BLOCK_BYTES, 64);
        }
        return packedB;
    }

    /** Computes some rows of the columns {@code from} (of a packed B: the first of a panel) to {@code to} of C. */
    void run(GemmProblem whole, int row, int rows, int from, int to) {
        problem = whole;
        firstRow = row;
        m = rows;
        k = whole.k();
        alpha = (float) whole.alpha();
        c = whole.c();
        rowBytesOfC = whole.cStride() * Float.BYTES;
        try {
            isTransposedOnce = problem.a().isTransposed() && m <= GemmBlocksF32.MAX_ROWS_TRANSPOSED;
            if (isTransposedOnce) {
                depthBlocks(from, to);
            } else {
                columnBlocks(from, to);
            }
        } finally {
            problem = null; // the thread outlives the operands
            panels = null;
            c = null;
        }
    }

    private void columnBlocks(int from, int to) {
        int step = blockColumns();
        for (int j = from, columns; j < to; j += columns) {
            columns = Math.min(step, to - j);
            for (int p = 0, depth; p < k; p += depth) {
                depth = beginDepth(p);
                block(p, depth, j, columns);
            }
        }
    }

    /** The same with the depth outermost, so that every element of A is transposed once, and not for every block. */
    private void depthBlocks(int from, int to) {
        int step = blockColumns();
        for (int p = 0, depth; p < k; p += depth) {
            depth = beginDepth(p);
            transposeA(p, depth);
            for (int j = from, columns; j < to; j += columns) {
                columns = Math.min(step, to - j);
                block(p, depth, j, columns);
            }
        }
    }

    private int blockColumns() {
        int depth = GemmBlocksF32.depth(k);
        return problem.b().isHalved() ? GemmBlocksF32.widenedColumns(depth) : GemmBlocksF32.columns(depth);
    }

    /** Begins the block of depth that begins at p, and returns how deep it is. */
    private int beginDepth(int p) {
        int depth = Math.min(GemmBlocksF32.depth(k), k - p);
        piece = p == 0 ? 0 : piece;
        beta = p == 0 ? (float) problem.beta() : 1;
        isLast = p + depth == k;
        while (problem.start(piece + 1) <= p) {
            piece++;
        }
        return depth;
    }

    private void block(int p, int depth, int j, int columns) {
        if (problem.b().isHalved()) {
            useHalves(p, depth, j, columns);
            rows(p, depth, j, columns);
        } else if (problem.b().isPacked()) {
            usePacked(p, depth, j);
            rows(p, depth, j, columns);
        } else {
            int whole = canReadInPlace(p + depth) ? columns / PANEL * PANEL : 0;
            useInPlace(p, j);
            rows(p, depth, j, whole);
            packAndUse(p, depth, j + whole, columns - whole);
            rows(p, depth, j + whole, columns - whole);
        }
    }

    private boolean canReadInPlace(int end) {
        return !problem.b().isTransposed() && m <= GemmBlocksF32.MAX_ROWS_IN_PLACE && end <= problem.start(piece + 1);
    }

    private void usePacked(int p, int depth, int j) {
        GemmOperand b = problem.b();
        long before = (long) p * GemmBlocksF32.panels(problem.n()) + (long) depth * (j / PANEL);
        use(b.segment(0), b.offset(0) + before * PANEL_BYTES, (long) depth * PANEL_BYTES, PANEL_BYTES);
    }

    /** Few rows read the halves as they are; for many they are widened once. */
    private void useHalves(int p, int depth, int j, int columns) {
        GemmOperand b = problem.b();
        long panelBytes = (long) depth * BYTES;
        long at = b.offset(0) + ((long) p * GemmBlocksF32.panels(problem.n()) + (long) depth * (j / PANEL)) * BYTES;
        if (m <= GemmHalfTilesF32.MAX_ROWS) {
            use(b.segment(0), at, panelBytes, BYTES);
            isHalved = true;
            return;
        }
        for (int panel = 0; panel < GemmBlocksF32.panels(columns); panel++) {
            GemmHalvesF32.widen(depth, b.segment(0), at + panel * panelBytes, block(), 2 * panel * panelBytes);
        }
        use(block(), 0, 2 * panelBytes, PANEL_BYTES);
    }

    private void useInPlace(int p, int j) {
        GemmOperand b = problem.b();
        use(b.segment(piece), offset(b, piece, p, j), PANEL_BYTES, b.stride(piece) * Float.BYTES);
    }

    private void packAndUse(int p, int depth, int j, int columns) {
        if (columns == 0) {
            return;
        }
        GemmOperand b = problem.b();
        long panelBytes = (long) depth * PANEL_BYTES;
        for (int t = piece, from = p; from < p + depth; t++) {
            int count = Math.min(problem.start(t + 1), p + depth) - from;
            long at = offset(b, t, from, j);
            long to = (long) (from - p) * PANEL_BYTES;
            if (b.isTransposed()) {
                packing.transposedPanels(count, columns, b.segment(t), at, b.stride(t), block(), to, panelBytes);
            } else {
                packing.panels(count, columns, b.segment(t), at, b.stride(t), block(), to, panelBytes);
            }
            from += count;
        }
        use(block(), 0, panelBytes, PANEL_BYTES);
    }

    private void use(MemorySegment segment, long at, long panelBytes, long rowBytes) {
        isHalved = false;
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
            int height = isHalved ? GemmHalfTilesF32.height(m - i) : GemmBlocksF32.height(m - i);
            rows = Math.min(height, m - i);
            if (isTransposedOnce) {
                takeTransposed(i, rows, depth);
            } else {
                packA(packedA, i, rows, p, depth);
            }
            long cAt = problem.offsetInC(firstRow + i, j, Float.BYTES);
            if (isHalved) {
                halfTiles(height, rows, columns, depth, cAt);
            } else {
                tiles(height, rows, columns, depth, cAt);
            }
            if (isLast) {
                GemmEpilogueF32.apply(problem, rows, j, columns, cAt);
            }
        }
    }

    private void packA(float[] packed, int i, int rows, int p, int depth) {
        GemmOperand a = problem.a();
        for (int t = piece, from = p; from < p + depth; t++) {
            int count = Math.min(problem.start(t + 1), p + depth) - from;
            long at = offset(a, t, from, firstRow + i);
            if (a.isTransposed()) {
                packing.columns(rows, count, a.segment(t), at, a.stride(t), packed, from - p);
            } else {
                packing.rows(rows, count, a.segment(t), at, a.stride(t), packed, from - p);
            }
            from += count;
        }
    }

    private void transposeA(int p, int depth) {
        if (transposedA.length < m * LDA) {
            transposedA = new float[m * LDA];
        }
        packA(transposedA, 0, m, p, depth);
    }

    private void takeTransposed(int i, int rows, int depth) {
        for (int r = 0; r < rows; r++) {
            System.arraycopy(transposedA, (i + r) * LDA, packedA, r * LDA, depth);
        }
    }

    /** The offset of the element at p, along K, and at another position, along M or N, of a piece of an operand. */
    private long offset(GemmOperand x, int t, int p, int other) {
        long along = p - problem.start(t);
        boolean alongRow = x.isTransposed() == (x == problem.b());
        long elements = alongRow ? other * x.stride(t) + along : along * x.stride(t) + other;
        return x.offset(t) + elements * Float.BYTES;
    }

    /** Computes the tiles of some rows; a tile may be higher than the rows are many. */
    private void tiles(int height, int rows, int columns, int depth, long cAt) {
        int count = GemmBlocksF32.panels(columns);
        int wide = GemmBlocksF32.panelsAtOnce(height);
        int panel = 0;
        for (; wide > 1 && panel + wide <= count; panel += wide) {
            long at = panelsAt + panel * panelStep;
            GemmWideTilesF32.multiply(height, depth, packedA, panels, at, panelStep, panelRow, tile);
            for (int i = 0; i < wide; i++) {
                update(rows, columns, panel + i, i * height * PANEL, cAt);
            }
        }
        for (; panel < count; panel++) {
            GemmTilesF32.multiply(height, depth, packedA, panels, panelsAt + panel * panelStep, panelRow, tile);
            update(rows, columns, panel, 0, cAt);
        }
    }

    /** Where the panels do not divide evenly, the last tile computes some a second time and drops them. */
    private void halfTiles(int height, int rows, int columns, int depth, long cAt) {
        int count = GemmBlocksF32.panels(columns);
        int wide = GemmHalfTilesF32.panelsAtOnce(height, count);
        for (int panel = 0; panel < count; panel += wide) {
            int first = Math.min(panel, count - wide);
            long at = panelsAt + first * panelStep;
            GemmHalfTilesF32.multiply(height, wide, depth, packedA, panels, at, panelStep, tile);
            for (int i = panel - first; i < wide; i++) {
                update(rows, columns, first + i, i * height * PANEL, cAt);
            }
        }
    }

    private void update(int rows, int columns, int panel, int tileAt, long cAt) {
        int width = Math.min(PANEL, columns - panel * PANEL);
        long at = cAt + (long) panel * PANEL_BYTES;
        if (beta == 0) {
            GemmUpdateF32.overwrite(rows, width, alpha, tile, tileAt, c, at, rowBytesOfC);
        } else {
            GemmUpdateF32.add(rows, width, alpha, tile, tileAt, beta, c, at, rowBytesOfC);
        }
    }
}
