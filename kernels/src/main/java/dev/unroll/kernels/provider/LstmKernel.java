package dev.unroll.kernels.provider;

import java.lang.foreign.MemorySegment;

/**
 * The fused pass of an LSTM after its matrix products. A row of gates holds the blocks {@code i f g o}, each
 * {@code hidden} wide. Every matrix has its own leading dimension, in elements; offsets are bytes.
 */
public interface LstmKernel {
    /**
     * With pre-activations {@code p + gates}: gates become {@code i, f, o = sigmoid}, {@code g = tanh}; then
     * {@code c' = f c + i g}, {@code tanhC = tanh c'}, {@code h' = o tanhC}.
     */
    void forward(
            int rows, int hidden,
            MemorySegment p, long pOffset, long ldp,
            MemorySegment gates, long gatesOffset, long ldGates,
            MemorySegment c, long cOffset, long ldc,
            MemorySegment nextC, long nextCOffset, long ldNextC,
            MemorySegment tanhC, long tanhCOffset, long ldTanhC,
            MemorySegment nextH, long nextHOffset, long ldNextH);

    /**
     * Given {@code dNextH} and {@code dNextC}, overwrites {@code delta} with the gradient of the pre-activations and
     * adds that of c to {@code dc}. Deltas of magnitude below 1e-30 become 0.
     */
    void backward(
            int rows, int hidden,
            MemorySegment gates, long gatesOffset, long ldGates,
            MemorySegment c, long cOffset, long ldc,
            MemorySegment tanhC, long tanhCOffset, long ldTanhC,
            MemorySegment dNextH, long dNextHOffset, long ldDNextH,
            MemorySegment dNextC, long dNextCOffset, long ldDNextC,
            MemorySegment delta, long deltaOffset, long ldDelta,
            MemorySegment dc, long dcOffset, long ldDc);
}
