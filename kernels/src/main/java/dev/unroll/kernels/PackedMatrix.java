package dev.unroll.kernels;

import dev.unroll.kernels.provider.Provider;

/**
 * The right operand of a matrix product, copied into the order in which {@link Gemm#packed} reads it: for weights that
 * are packed once per update and multiplied at every time step. Pack again when the weights have changed.
 *
 * <p>One that is kept as {@linkplain #bfloat16 bfloat16} takes half the memory, and half the time to read where a product
 * of few rows waits for it. The elements are rounded while packing; the arithmetic stays that of F32.
 */
public final class PackedMatrix {
    private final int rows;
    private final int columns;
    private final ElementType type;
    private final boolean isBfloat16;
    private final Tensor storage;
    private boolean isPacked;

    private PackedMatrix(int rows, int columns, ElementType type, boolean isBfloat16, Tensor storage) {
        this.rows = rows;
        this.columns = columns;
        this.type = type;
        this.isBfloat16 = isBfloat16;
        this.storage = storage;
    }

    /**
     * Allocates memory for a matrix, to be packed with {@link #pack} or {@link #packTransposed} any number of times.
     *
     * @param workspace where to allocate
     * @param k rows
     * @param n columns
     * @param type of the elements
     * @return an empty matrix {@code [k, n]}
     * @throws IllegalArgumentException if a size is negative or more than {@link Gemm#MAX_SIZE}, or the type is
     *     not floating
     * @throws MemoryLimitException if the workspace would exceed its limit
     * @throws IllegalStateException if the workspace is closed
     */
    public static PackedMatrix of(Workspace workspace, int k, int n, ElementType type) {
        return of(workspace, k, n, type, false);
    }

    /**
     * Allocates memory for a matrix of F32 whose elements are kept as {@linkplain Bfloat16 bfloat16}. Packing rounds them
     * as {@link Bfloat16#round} does; a product has exactly the bits of the product with the rounded matrix. The scalar
     * kernels keep the rounded elements in full size.
     *
     * @param workspace where to allocate
     * @param k rows
     * @param n columns
     * @return an empty matrix {@code [k, n]}, to be packed from and multiplied with tensors of F32
     * @throws IllegalArgumentException if a size is negative or more than {@link Gemm#MAX_SIZE}
     * @throws MemoryLimitException if the workspace would exceed its limit
     * @throws IllegalStateException if the workspace is closed
     */
    public static PackedMatrix bfloat16(Workspace workspace, int k, int n) {
        return of(workspace, k, n, ElementType.F32, true);
    }

    private static PackedMatrix of(Workspace workspace, int k, int n, ElementType type, boolean isBfloat16) {
        if (workspace == null || type == null) {
            throw new IllegalArgumentException("PackedMatrix: " + (type == null ? "type" : "workspace") + " is null");
        }
        if (!type.isFloating()) {
            throw new IllegalArgumentException("PackedMatrix: cannot multiply " + type + "; use F32 or F64");
        }
        if (Math.min(k, n) < 0 || Math.max(k, n) > Gemm.MAX_SIZE) {
            throw new IllegalArgumentException(
                    "PackedMatrix [" + k + ", " + n + "]: sizes must be from 0 to " + Gemm.MAX_SIZE);
        }
        long bytes = Provider.kernels(type).gemm().packedBytes(k, n, isBfloat16);
        return new PackedMatrix(k, n, type, isBfloat16, workspace.allocate(type, bytes / type.bytes()));
    }

    /** {@return k, the number of rows: the depth of the sums} */
    public int rows() {
        return rows;
    }

    /** {@return n, the number of columns} */
    public int columns() {
        return columns;
    }

    /** {@return the type of the tensors that are packed and multiplied} */
    public ElementType type() {
        return type;
    }

    /** {@return whether the elements are kept as bfloat16} */
    public boolean isBfloat16() {
        return isBfloat16;
    }

    /**
     * Packs a matrix on the calling thread.
     *
     * @param b {@code [k, n]}
     * @return this
     */
    public PackedMatrix pack(Tensor b) {
        return pack(b, WorkerPool.caller());
    }

    /**
     * Packs a matrix.
     *
     * @param b {@code [k, n]}
     * @param pool threads to share the work
     * @return this
     */
    public PackedMatrix pack(Tensor b, WorkerPool pool) {
        return pack("PackedMatrix.pack", false, b, pool);
    }

    /**
     * Packs the transpose of a matrix on the calling thread.
     *
     * @param b {@code [n, k]}
     * @return this
     */
    public PackedMatrix packTransposed(Tensor b) {
        return packTransposed(b, WorkerPool.caller());
    }

    /**
     * Packs the transpose of a matrix.
     *
     * @param b {@code [n, k]}
     * @param pool threads to share the work
     * @return this
     */
    public PackedMatrix packTransposed(Tensor b, WorkerPool pool) {
        return pack("PackedMatrix.packTransposed", true, b, pool);
    }

    private PackedMatrix pack(String call, boolean transpose, Tensor b, WorkerPool pool) {
        Checks.notNull(call, "b", b);
        Checks.notNull(call, "pool", pool);
        int expectedRows = transpose ? columns : rows;
        int expectedColumns = transpose ? rows : columns;
        if (b.type() != type || b.rows() != expectedRows || b.columns() != expectedColumns) {
            throw new IllegalArgumentException(
                    call + ": expected " + type + "[" + expectedRows + ", " + expectedColumns + "], not " + b);
        }
        WorkerPool threads = Operands.enter(call, pool, b, storage);
        try {
            isPacked = false; // while it is partly overwritten
            PackCall.ofThread().run(transpose, isBfloat16, rows, columns, b, storage, threads);
            isPacked = true;
        } finally {
            Operands.exit(b, storage);
        }
        return this;
    }

    /** Returns the packed elements, for a call to enter. */
    Tensor storage(String call) {
        if (!isPacked) {
            throw new IllegalStateException(call + ": " + this + " holds no matrix yet; pack one first");
        }
        return storage;
    }

    @Override
    public String toString() {
        return "packed " + (isBfloat16 ? "bfloat16" : type) + "[" + rows + ", " + columns + "]";
    }
}
