package dev.unroll.kernels;

import dev.unroll.kernels.provider.ElementwiseKernel;
import dev.unroll.kernels.provider.OptimizerKernel;
import dev.unroll.kernels.provider.Provider;
import java.lang.foreign.ValueLayout;

/**
 * Updates of values by their gradients: clipping, decay, the rule's formula and the zeroing of the gradients in one pass.
 * Every element is updated by itself, so that neither threads nor a division into parts change a bit.
 *
 * <p>Values and gradients have one shape and one floating type. The state of a {@link UpdateRule} lies in one tensor, the
 * first number of all values, then the second of all: as many times the rows of the values as {@link UpdateRule#states}
 * says, none for a rule without state. For values {@code [1, n]} and two states it is {@code [2, n]}, and its columns are
 * a part's.
 *
 * <p>Both methods throw {@link IllegalArgumentException} for null, for types or shapes that do not fit, for ids that are
 * no rows or not ascending, for read-only memory or memory that tensors share, and {@link IllegalStateException} for
 * tensors that were released; nothing is written then.
 */
public final class Optimizers {
    /** The most elements of one kernel call: ints count them, with room to round up. */
    private static final int LONGEST = 1 << 30;

    /** By as much a scale becomes larger at a time. */
    private static final double SCALE_STEP = 0x1p64;

    private Optimizers() {}

    /**
     * Updates all values.
     *
     * @param rule the formula
     * @param step rate, clipping and decay of this update
     * @param values {@code [m, n]}, changed
     * @param gradients {@code [m, n]}, become 0
     * @param state {@code [states m, n]}, changed
     * @param pool threads to share the work
     */
    public static void update(
            UpdateRule rule, UpdateStep step, Tensor values, Tensor gradients, Tensor state, WorkerPool pool) {
        String call = "Optimizers.update";
        check(call, rule, step, values, gradients, state, pool);
        WorkerPool threads = Operands.enter(call, pool, values, gradients, state);
        try {
            OptimizerKernel kernel = Provider.kernels(values.type()).optimizer();
            UpdateStep own = withNormalScale(step, null, gradients);
            // A single row is a run also where the rows of the state lie apart: each is a state of its own.
            boolean dense = values.isContiguous() && gradients.isContiguous()
                    && (state.isContiguous() || values.rows() == 1);
            long rows = dense ? Math.min(1, values.rows()) : values.rows();
            long length = dense ? values.size() : values.columns();
            long grain = Partition.grain(values.type());
            int parts = rows == 1
                    ? Partition.parts(threads, length, grain, length, cost(rule))
                    : Partition.parts(threads, rows, 1, values.size(), cost(rule));
            if (parts == 1) {
                part(kernel, rule, own, values, gradients, state, rows, length, 0, 1);
            } else {
                threads.run(
                        parts,
                        part -> part(kernel, rule, own, values, gradients, state, rows, length, part, parts));
            }
        } finally {
            Operands.exit(values, gradients, state);
        }
    }

    /**
     * A step whose scale is a normal number of the gradients' type. Clipping to a norm gives a smaller one where the norm
     * is enormous, of which a float would keep few bits or none; gradients, then, are scaled by a part of it beforehand.
     */
    private static UpdateStep withNormalScale(UpdateStep step, Tensor ids, Tensor gradients) {
        double smallest = gradients.type() == ElementType.F32 ? Float.MIN_NORMAL : Double.MIN_NORMAL;
        UpdateStep own = step;
        while (own.scale() > 0 && own.scale() < smallest) {
            for (long i = 0; i < (ids == null ? gradients.rows() : ids.size()); i++) {
                scaleRow(gradients, ids == null ? i : row(ids, i));
            }
            own = new UpdateStep(own.number(), own.rate(), own.scale() * SCALE_STEP, own.limit(), own.decay());
        }
        return own;
    }

    private static void scaleRow(Tensor gradients, long row) {
        ElementwiseKernel kernel = Provider.kernels(gradients.type()).elementwise();
        for (long at = 0; at < gradients.columns(); at += LONGEST) {
            int n = (int) Math.min(LONGEST, gradients.columns() - at);
            long offset = gradients.rowOffset(row) + at * gradients.type().bytes();
            kernel.scale(n, 1 / SCALE_STEP, gradients.segment(), offset);
        }
    }

    /** Some elements of the only run, or some of the rows. */
    private static void part(
            OptimizerKernel kernel, UpdateRule rule, UpdateStep step, Tensor values, Tensor gradients, Tensor state,
            long rows, long length, int part, int parts) {
        if (rows == 1) {
            long grain = Partition.grain(values.type());
            long from = Partition.boundary(length, grain, part, parts);
            long to = Partition.boundary(length, grain, part + 1, parts);
            run(kernel, rule, step, values, gradients, state, 0, from, to);
        } else {
            long to = Partition.boundary(rows, 1, part + 1, parts);
            for (long row = Partition.boundary(rows, 1, part, parts); row < to; row++) {
                run(kernel, rule, step, values, gradients, state, row, 0, length);
            }
        }
    }

    /**
     * Updates some rows, for a table whose gradient is zero in all others: the bits that {@link #update} gives these
     * rows. The update is lazy, as that of PyTorch's SparseAdam: values and state of other rows stay as they are, though
     * momentum would have moved and decay shrunk them. For SGD without decay there is no difference.
     *
     * @param rule the formula; the number of the step counts updates of the table, not of a row
     * @param step rate, clipping and decay of this update
     * @param ids {@code [k]} of I32, the rows: ascending and each once, as {@link Embedding#distinct} gives them
     * @param values {@code [v, n]}, changed
     * @param gradients {@code [v, n]}, become 0 in these rows
     * @param state {@code [states v, n]}, changed
     * @param pool threads to share the work, each some rows
     */
    public static void updateRows(
            UpdateRule rule, UpdateStep step, Tensor ids, Tensor values, Tensor gradients, Tensor state,
            WorkerPool pool) {
        String call = "Optimizers.updateRows";
        check(call, rule, step, values, gradients, state, pool);
        Checks.ids(call, "ids", ids);
        Overlap.check(call, values, ids);
        Overlap.check(call, gradients, ids);
        Overlap.check(call, state, ids);
        WorkerPool threads = Operands.enter(call, pool, ids, values, gradients, state);
        try {
            Checks.ascending(call, "ids", ids, values.rows());
            OptimizerKernel kernel = Provider.kernels(values.type()).optimizer();
            UpdateStep own = withNormalScale(step, ids, gradients);
            int parts = Partition.parts(threads, ids.size(), 1, ids.size() * values.columns(), cost(rule));
            if (parts == 1) {
                part(kernel, rule, own, ids, values, gradients, state, 0, 1);
            } else {
                threads.run(parts, part -> part(kernel, rule, own, ids, values, gradients, state, part, parts));
            }
        } finally {
            Operands.exit(ids, values, gradients, state);
        }
    }

    private static void part(
            OptimizerKernel kernel, UpdateRule rule, UpdateStep step, Tensor ids, Tensor values, Tensor gradients,
            Tensor state, int part, int parts) {
        long to = Partition.boundary(ids.size(), 1, part + 1, parts);
        for (long i = Partition.boundary(ids.size(), 1, part, parts); i < to; i++) {
            run(kernel, rule, step, values, gradients, state, row(ids, i), 0, values.columns());
        }
    }

    private static int row(Tensor ids, long i) {
        return ids.segment().get(ValueLayout.JAVA_INT, ids.offset() + i * Integer.BYTES);
    }

    /** Some elements counted from the beginning of a row. */
    private static void run(
            OptimizerKernel kernel, UpdateRule rule, UpdateStep step, Tensor values, Tensor gradients, Tensor state,
            long row, long from, long to) {
        long bytes = values.type().bytes();
        for (long at = from; at < to; at += LONGEST) {
            kernel.update(
                    rule, step, (int) Math.min(LONGEST, to - at),
                    values.segment(), values.rowOffset(row) + at * bytes,
                    gradients.segment(), gradients.rowOffset(row) + at * bytes,
                    state.segment(), state.rowOffset(row) + at * bytes,
                    state.rowOffset(values.rows() + row) + at * bytes);
        }
    }

    private static int cost(UpdateRule rule) {
        return rule.states() == 0 ? Partition.UPDATE : Partition.UPDATE_WITH_STATE;
    }

    private static void check(
            String call, UpdateRule rule, UpdateStep step, Tensor values, Tensor gradients, Tensor state,
            WorkerPool pool) {
        Checks.notNull(call, "rule", rule);
        Checks.notNull(call, "step", step);
        Checks.notNull(call, "pool", pool);
        Checks.floating(call, "values", values);
        Checks.writable(call, "values", values);
        Checks.output(call, "gradients", gradients, values.rows(), values.columns(), values);
        Checks.output(call, "state", state, rule.states() * values.rows(), values.columns(), values);
        Overlap.check(call, values, gradients, state);
        Overlap.check(call, gradients, state);
    }
}
