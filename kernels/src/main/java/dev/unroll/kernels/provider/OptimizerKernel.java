package dev.unroll.kernels.provider;

import dev.unroll.kernels.UpdateRule;
import dev.unroll.kernels.UpdateStep;
import java.lang.foreign.MemorySegment;

/** Updates values by their gradients in one pass, element by element. */
public interface OptimizerKernel {
    /**
     * Updates n values and their state and sets their gradients to 0. State that the rule does not have is not
     * accessed, whatever its offset.
     */
    void update(
            UpdateRule rule, UpdateStep step, int n,
            MemorySegment values, long valuesOffset, MemorySegment gradients, long gradientsOffset,
            MemorySegment state, long firstOffset, long secondOffset);
}
