package dev.unroll.kernels;

import dev.unroll.kernels.provider.ElementwiseKernel;
import dev.unroll.kernels.provider.OptimizerKernel;
import dev.unroll.kernels.provider.Provider;
import java.lang.foreign.ValueLayout;

/**
 * Updates values by their gradients: clipping, decay, the formula of the rule and the zeroing of the gradients in one
 * pass. Every element is updated independently, so neither threads nor a division into parts change a bit.
 *
 * <p>Values and gradients have one shape and one floating type. The state of an {@link UpdateRule} is one tensor, the
 * first number of all values, then the second of all values: it has {@link UpdateRule#states} times as many rows as the
 * values, none for a rule without state. For values {@code [1, n]} and two states it is {@code [2, n]}, so a range of
 * its columns is the state of that range of the values.
 *
 * <p>Both methods also throw {@link IllegalArgumentException} for ids that are not rows, or not ascending.
 */
public final class Optimizers {
    /** The maximum number of elements per kernel call: an int, with room to round up. */
    private static final int LONGEST = 1 << 30;

    /** The factor by which a scale is increased at a time. */
    private static final double SCALE_STEP = 0x1p64;

    private Optimizers() {}

    /**
     * Updates all values and sets the gradients to 0.
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
            // A single row is one run even if the rows of the state have gaps: each is one state.
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
                threads.runEvenly(
                        parts,
                        part -> part(kernel, rule, own, values, gradients, state, rows, length, part, parts));
            }
        } finally {
            Operands.exit(values, gradients, state);
        }
    }

    /**
     * Returns a step whose scale is a normal number of the gradients' type. Clipping by an enormous norm gives a
     * smaller one, of which a float would keep few bits or none; the gradients are then scaled by a part of it
     * beforehand.
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

    /** Updates some elements of the only run, or some of the rows. */
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
     * Updates some rows, for a table whose gradient is zero in all others; these rows get the bits that {@link #update}
     * gives them. The update is lazy, as in SparseAdam of PyTorch: values and state of other rows are unchanged, though
     * momentum or decay would have changed them. Where {@link #keepsValuesWithoutGradient} there is no difference.
     *
     * @param rule the formula; the step number counts updates of the table, not of a row
     * @param step rate, clipping and decay of this update
     * @param ids {@code [k]} of I32, the rows: ascending and each once
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
                threads.runEvenly(parts, part -> part(kernel, rule, own, ids, values, gradients, state, part, parts));
            }
        } finally {
            Operands.exit(ids, values, gradients, state);
        }
    }

    /**
     * Returns whether an update leaves every value whose gradient is 0, and not -0, as it is to the last bit: SGD without decay does,
     * unless its rate or its scale exceeds the numbers of the type, and every rule with state does not.
     *
     * @param rule the formula
     * @param step rate, clipping and decay of the update
     * @param type of the values
     * @return whether {@link #updateRows} of all rows whose gradient is not zero gives what {@link #update} gives
     */
    public static boolean keepsValuesWithoutGradient(UpdateRule rule, UpdateStep step, ElementType type) {
        double largest = type == ElementType.F32 ? Float.MAX_VALUE : Double.MAX_VALUE;
        return rule instanceof UpdateRule.Sgd && step.decay() == 0 && step.rate() <= largest && step.scale() <= largest;
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

    /** Updates elements counted from the beginning of a row. */
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
