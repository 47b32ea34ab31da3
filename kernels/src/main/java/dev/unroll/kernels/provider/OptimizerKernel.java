package dev.unroll.kernels.provider;

import dev.unroll.kernels.UpdateRule;
import dev.unroll.kernels.UpdateStep;
import java.lang.foreign.MemorySegment;

/** An update of values by their gradients in one pass, element by element. */
public interface OptimizerKernel {
    /**
     * Updates n values and their state; their gradients become 0. A state that the rule does not have is not touched,
     * wherever its offset points.
     */
    void update(
            UpdateRule rule, UpdateStep step, int n,
            MemorySegment values, long valuesOffset, MemorySegment gradients, long gradientsOffset,
            MemorySegment state, long firstOffset, long secondOffset);
}
