package dev.unroll.kernels;

import dev.unroll.kernels.provider.ExtremaKernel;
import dev.unroll.kernels.provider.KernelSet;
import dev.unroll.kernels.provider.Provider;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Sums, norms and maxima. Elements are summed in chunks of {@value #CHUNK}, counted from the first element of the tensor, or of
 * every row if rows have gaps between them; the sums of the chunks are added in double, in order. A result thus has the
 * same bits whatever the number of threads.
 *
 * <p>A NaN makes every sum and norm NaN. In comparisons it counts as larger than every number, as in NumPy and PyTorch,
 * so that it is not hidden.
 */
public final class Reductions {
    /** The number of elements whose sum is computed at a time. */
    public static final int CHUNK = 4096;

    private Reductions() {}

    /** A reduction of a chunk to one number, and of two such numbers to one. */
    private enum Fold {
        SUM(0), SUM_OF_SQUARES(0), MAX(Double.NEGATIVE_INFINITY);

        /** The result for no elements. */
        final double nothing;

        Fold(double nothing) {
            this.nothing = nothing;
        }

        double chunk(KernelSet kernels, int n, MemorySegment x, long xAt) {
            return switch (this) {
                case SUM -> kernels.reduction().sum(n, x, xAt);
                case SUM_OF_SQUARES -> kernels.reduction().sumOfSquares(n, x, xAt);
                case MAX -> kernels.extrema().max(n, x, xAt);
            };
        }

        double join(double a, double b) {
            return this == MAX ? Math.max(a, b) : a + b;
        }
    }

    /**
     * {@code sum_i x_i}.
     *
     * @param x any shape
     * @param pool threads to share the work
     * @return the sum, 0 for no elements
     */
    public static double sum(Tensor x, WorkerPool pool) {
        return reduce("Reductions.sum", Fold.SUM, x, pool);
    }

    /**
     * {@code sum_i x_i^2}, the square of the norm; infinite if it exceeds the largest double, as the square of an F64
     * element of 1e155 does.
     *
     * @param x any shape
     * @param pool threads to share the work
     * @return the sum, 0 for no elements
     */
    public static double sumOfSquares(Tensor x, WorkerPool pool) {
        return reduce("Reductions.sumOfSquares", Fold.SUM_OF_SQUARES, x, pool);
    }

    /**
     * {@code sqrt(sum_i x_i^2)}, without overflow or underflow in between: if the squares leave the range of double,
     * the elements are scaled first.
     *
     * @param x any shape
     * @param pool threads to share the work
     * @return the norm, 0 for no elements
     */
    public static double norm(Tensor x, WorkerPool pool) {
        String call = "Reductions.norm";
        Checks.notNull(call, "pool", pool);
        Checks.floating(call, "x", x);
        WorkerPool threads = Operands.enter(call, pool, x);
        try {
            return norm(call, null, x, threads);
        } finally {
            x.exit();
        }
    }

    /**
     * {@code sqrt(sum_i sum_j x[id_i, j]^2)}: the norm of some rows, such as those of a gradient that is zero in all
     * others. It is computed like {@link #norm}, with the same bits for a matrix of {@link #CHUNK} columns without gaps
     * whose other rows are zero; with other numbers of columns the last bits may differ.
     *
     * @param ids {@code [k]} of I32, ascending and each once
     * @param x {@code [v, n]}
     * @param pool threads to share the work
     * @return the norm, 0 for no rows
     */
    public static double normOfRows(Tensor ids, Tensor x, WorkerPool pool) {
        String call = "Reductions.normOfRows";
        Checks.notNull(call, "pool", pool);
        Checks.floatingMatrix(call, "x", x);
        Checks.ids(call, "ids", ids);
        WorkerPool threads = Operands.enter(call, pool, ids, x);
        try {
            Checks.ascending(call, "ids", ids, x.rows());
            return norm(call, ids, x, threads);
        } finally {
            Operands.exit(ids, x);
        }
    }

    /** The norm of the rows given by ids, or of all elements if ids is null. */
    private static double norm(String call, Tensor ids, Tensor x, WorkerPool threads) {
        double squares = reduce(call, Fold.SUM_OF_SQUARES, ids, x, threads);
        return ScaledNorm.isNeeded(x.type(), squares) ? ScaledNorm.of(ids, x) : Math.sqrt(squares);
    }

    /**
     * Returns the largest element.
     *
     * @param x any shape
     * @param pool threads to share the work
     * @return the element, 0 instead of -0; NaN if one is NaN; negative infinity for no elements
     */
    public static double max(Tensor x, WorkerPool pool) {
        return reduce("Reductions.max", Fold.MAX, x, pool);
    }

    /**
     * Returns the position of the largest element, counted row by row from 0: the first of equal elements, or the first
     * NaN if there is one.
     *
     * @param x any shape
     * @param pool threads to share the work
     * @return the position, -1 for no elements
     */
    public static long argmax(Tensor x, WorkerPool pool) {
        String call = "Reductions.argmax";
        Checks.notNull(call, "pool", pool);
        Checks.floating(call, "x", x);
        WorkerPool threads = Operands.enter(call, pool, x);
        try {
            double max = reduce(call, Fold.MAX, null, x, threads);
            return position(false, max, x);
        } finally {
            x.exit();
        }
    }

    /**
     * Returns whether every element is finite: neither infinite nor NaN.
     *
     * @param x any shape
     * @return true also for no elements
     */
    public static boolean isFinite(Tensor x) {
        return firstNotFinite("Reductions.isFinite", x) < 0;
    }

    /**
     * Returns the position of the first element that is infinite or NaN, counted row by row from 0.
     *
     * @param x any shape
     * @return the position, -1 if every element is finite
     */
    public static long firstNotFinite(Tensor x) {
        return firstNotFinite("Reductions.firstNotFinite", x);
    }

    /** Tests the elements themselves: the sum of their squares may be infinite if none of them is. */
    private static long firstNotFinite(String call, Tensor x) {
        Checks.floating(call, "x", x);
        Operands.enter(call, WorkerPool.caller(), x);
        try {
            return position(true, x.type() == ElementType.F32 ? Float.MAX_VALUE : Double.MAX_VALUE, x);
        } finally {
            x.exit();
        }
    }

    /**
     * Returns the position of the first element equal to a value, or of the first that is larger in magnitude; -1 if
     * there is none.
     */
    private static long position(boolean larger, double value, Tensor x) {
        ExtremaKernel kernel = Provider.kernels(x.type()).extrema();
        long chunksOfRun = chunksOfRun(null, x);
        for (long i = 0; i < runs(null, x) * chunksOfRun; i++) {
            long from = i % chunksOfRun * CHUNK;
            int n = (int) Math.min(CHUNK, length(null, x) - from);
            long offset = x.rowOffset(i / chunksOfRun) + from * x.type().bytes();
            int at = larger
                    ? kernel.indexOutside(-value, value, n, x.segment(), offset)
                    : kernel.indexOf(value, n, x.segment(), offset);
            if (at < n) {
                return i / chunksOfRun * length(null, x) + from + at;
            }
        }
        return -1;
    }

    private static double reduce(String call, Fold fold, Tensor x, WorkerPool pool) {
        Checks.notNull(call, "pool", pool);
        Checks.floating(call, "x", x);
        WorkerPool threads = Operands.enter(call, pool, x);
        try {
            return reduce(call, fold, null, x, threads);
        } finally {
            x.exit();
        }
    }

    /** Reduces the rows given by ids, or all elements if ids is null. */
    private static double reduce(String call, Fold fold, Tensor ids, Tensor x, WorkerPool threads) {
        long chunks = runs(ids, x) * chunksOfRun(ids, x);
        if (chunks > Gemm.MAX_SIZE) {
            throw new IllegalArgumentException(call + ": " + x + " is too large for one call; take parts of it");
        }
        KernelSet kernels = Provider.kernels(x.type());
        int parts = Partition.parts(threads, chunks, 1, runs(ids, x) * length(ids, x), Partition.ADD);
        double result = parts == 1
                ? reduce(kernels, fold, ids, x, (int) chunks)
                : reduce(kernels, fold, ids, x, (int) chunks, threads, parts);
        return Double.isNaN(result) ? Double.NaN : result; // the canonical NaN
    }

    private static double reduce(KernelSet kernels, Fold fold, Tensor ids, Tensor x, int chunks) {
        double result = fold.nothing;
        for (int i = 0; i < chunks; i++) {
            result = fold.join(result, chunk(kernels, fold, ids, x, i));
        }
        return result;
    }

    private static double reduce(
            KernelSet kernels, Fold fold, Tensor ids, Tensor x, int chunks, WorkerPool threads, int parts) {
        double[] results = new double[chunks];
        threads.runEvenly(parts, part -> {
            int to = (int) Partition.boundary(chunks, 1, part + 1, parts);
            for (int i = (int) Partition.boundary(chunks, 1, part, parts); i < to; i++) {
                results[i] = chunk(kernels, fold, ids, x, i);
            }
        });
        double result = fold.nothing;
        for (double chunk : results) {
            result = fold.join(result, chunk);
        }
        return result;
    }

    private static double chunk(KernelSet kernels, Fold fold, Tensor ids, Tensor x, int index) {
        long chunksOfRun = chunksOfRun(ids, x);
        long run = index / chunksOfRun;
        long row = ids == null
                ? run
                : ids.segment().get(ValueLayout.JAVA_INT, ids.offset() + run * Integer.BYTES);
        long from = index % chunksOfRun * CHUNK;
        int n = (int) Math.min(CHUNK, length(ids, x) - from);
        return fold.chunk(kernels, n, x.segment(), x.rowOffset(row) + from * x.type().bytes());
    }

    /** The number of contiguous runs. */
    private static long runs(Tensor ids, Tensor x) {
        return ids != null ? ids.size() : x.isContiguous() ? Math.min(1, x.rows()) : x.rows();
    }

    private static long length(Tensor ids, Tensor x) {
        return ids == null && x.isContiguous() ? x.size() : x.columns();
    }

    private static long chunksOfRun(Tensor ids, Tensor x) {
        return (length(ids, x) + CHUNK - 1) / CHUNK;
    }
}
