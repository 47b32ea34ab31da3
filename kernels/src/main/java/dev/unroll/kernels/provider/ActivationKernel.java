package dev.unroll.kernels.provider;

import dev.unroll.kernels.Activation;
import java.lang.foreign.MemorySegment;

/** Element-wise nonlinearities over runs of contiguous elements. Offsets are bytes; x and y may be the same run. */
public interface ActivationKernel {
    /** {@code y = f(x)}. */
    void forward(Activation f, int n, MemorySegment x, long xOffset, MemorySegment y, long yOffset);

    /** {@code dx += dy f'(x)}, the derivative computed from {@code y = f(x)}. */
    void backward(
            Activation f, int n, MemorySegment y, long yOffset, MemorySegment dy, long dyOffset,
            MemorySegment dx, long dxOffset);
}
