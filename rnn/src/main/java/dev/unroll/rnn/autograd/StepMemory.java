package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/**
 * The memory of a time loop: the k-th tensor of every step lies in one block over all steps, step after step. States,
 * gates and deltas of all steps are then matrices without copying, so that an output projection or the weight gradient
 * of all steps is one product over such a block.
 */
final class StepMemory {
    private final int steps;
    private final boolean reverse;
    private final BiFunction<Long, Long, Tensor> allocator;
    private final List<Storage> blocks = new ArrayList<>();
    private int step = -1;
    private int next;

    StepMemory(int steps, boolean reverse, BiFunction<Long, Long, Tensor> allocator) {
        this.steps = steps;
        this.reverse = reverse;
        this.allocator = allocator;
    }

    void nextStep() {
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
        if (step == 0) {
            blocks.add(new Storage(allocator.apply(steps * rows, columns), null, reverse));
        } else if (next == blocks.size()) {
            throw unequal("more tensors");
        }
        Storage block = blocks.get(next++);
        if (block.values().rows() != steps * rows || block.values().columns() != columns) {
            throw unequal("a tensor of another shape");
        }
        int place = reverse ? steps - 1 - step : step;
        return new Variable(block, Slice.WHOLE.rows(place * rows, rows), needsGradient);
    }

    private IllegalStateException unequal(String what) {
        return new IllegalStateException("step " + step + " of a time loop made " + what
                + " than step 0: every step must apply the same ops to the same shapes");
    }
}
