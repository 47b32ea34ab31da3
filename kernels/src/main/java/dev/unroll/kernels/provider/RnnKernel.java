package dev.unroll.kernels.provider;

import dev.unroll.kernels.Activation;
import java.lang.foreign.MemorySegment;

/** The fused pass of a simple recurrent step. Leading dimensions are elements, offsets bytes. */
public interface RnnKernel {
    /** {@code h = f(p + h)}: h is the state's contribution {@code h_{t-1} W}, overwritten with the new state. */
    void forward(
            Activation f, int rows, int hidden,
            MemorySegment p, long pOffset, long ldp,
            MemorySegment h, long hOffset, long ldh);

    /** {@code delta = dh f'}, from {@code h = f(...)}; overwritten. Deltas of magnitude below 1e-30 become 0. */
    void backward(
            Activation f, int rows, int hidden,
            MemorySegment h, long hOffset, long ldh,
            MemorySegment dh, long dhOffset, long ldDh,
            MemorySegment delta, long deltaOffset, long ldDelta);
}
