package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.data.SequenceLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/**
 * The memory of a time loop: the k-th tensor of every step lies in one block over all steps, step after step. States,
 * gates and deltas of all steps are then matrices without copying, so that an output projection or the weight gradient
 * of all steps is one product over such a block.
 *
 * <p>In a packed layout steps have fewer and fewer rows. A tensor with a row for each sequence of the step that runs first
 * is taken to have one for each sequence of every step; where it has not, it gets memory of its own.
 */
final class StepMemory {
    private final SequenceLayout layout;
    private final boolean reverse;
    private final BiFunction<Long, Long, Tensor> allocator;
    private final List<Block> blocks = new ArrayList<>();
    private boolean hasViews;
    private int step = -1;
    private int next;

    /** Where the tensors of all steps lie. */
    private enum Place {
        /** Step after step, as many rows in every step. */
        STEP_AFTER_STEP,
        /** Step after step, with the rows of a packed layout. */
        PACKED,
        /** In the same memory: a step overwrites what the step before left. */
        SHARED
    }

    /** The tensors of all steps that have the same place in a step. */
    private record Block(Storage storage, long rows, long columns, Place place) {}

    StepMemory(SequenceLayout layout, boolean reverse, BiFunction<Long, Long, Tensor> allocator) {
        this.layout = layout;
        this.reverse = reverse;
        this.allocator = allocator;
    }

    boolean isOf(SequenceLayout other, boolean backward) {
        return layout.equals(other) && reverse == backward;
    }

    /** Whether row i of everything that a step computes and reads is row i of the batch. */
    boolean hasEqualRows() {
        return !layout.isPacked() && !hasViews;
    }

    /** Tells that somebody has views of memory, which may be other rows of what steps compute. */
    void expectViews() {
        hasViews = true;
    }

    /** Begins the loop again, with the blocks that it has. */
    void restart() {
        step = -1;
        next = 0;
    }

    /** The number of the next tensor in the order of all steps. */
    long position() {
        return (long) step << Integer.SIZE | next;
    }

    /** A tensor of this step was there from the recording before. */
    void reuse() {
        next++;
    }

    /** From here on the loop differs from the recording before. */
    void differ() {
        if (step == 0 && next < blocks.size()) {
            blocks.subList(next, blocks.size()).clear();
        }
    }

    void nextStep() {
        differ(); // step 0 may have made fewer tensors than the recording before
        endStep();
        step++;
        next = 0;
    }

    /** To be called after the last step too, which otherwise might leave rows without values. */
    void endStep() {
        if (step > 0 && next != blocks.size()) {
            throw unequal("fewer tensors");
        }
    }

    /** The rows of this step in the next block; a loop that runs backward in time fills it from its end. */
    Variable next(long rows, long columns, boolean needsGradient) {
        return next(rows, columns, needsGradient, layout.isPacked() && rows == layout.rowsOf(time())
                ? Place.PACKED
                : Place.STEP_AFTER_STEP);
    }

    /** Memory for the next tensor of this step that nobody reads after the step: it stays in the caches. */
    Tensor nextShared(long rows, long columns) {
        return next(rows, columns, false, Place.SHARED).value();
    }

    private Variable next(long rows, long columns, boolean needsGradient, Place placeOfNew) {
        if (step == 0 && next == blocks.size()) {
            blocks.add(newBlock(rows, columns, placeOfNew));
        } else if (next == blocks.size()) {
            throw unequal("more tensors");
        }
        Block block = blocks.get(next++);
        long expected = block.place == Place.STEP_AFTER_STEP || !layout.isPacked()
                ? block.rows
                : layout.rowsOf(time());
        if (block.columns != columns || rows != expected && !layout.isPacked()) {
            throw unequal("a tensor of another shape");
        }
        if (rows != expected || block.place == Place.SHARED && rows > block.rows) {
            return new Variable(new Storage(allocator.apply(rows, columns), null), needsGradient);
        }
        long first = switch (block.place) {
            case STEP_AFTER_STEP -> time() * rows;
            case PACKED -> layout.firstRow(time());
            case SHARED -> 0;
        };
        return new Variable(block.storage, Slice.WHOLE.rows(first, rows), needsGradient);
    }

    private Block newBlock(long rows, long columns, Place place) {
        long all = switch (place) {
            case STEP_AFTER_STEP -> layout.steps() * rows;
            case PACKED -> layout.rows();
            case SHARED -> rows;
        };
        return new Block(new Storage(allocator.apply(all, columns), null, reverse), rows, columns, place);
    }

    private int time() {
        return reverse ? layout.steps() - 1 - step : step;
    }

    private IllegalStateException unequal(String what) {
        return new IllegalStateException("step " + step + " of a time loop made " + what
                + " than step 0: every step must apply the same ops to the same shapes");
    }
}
