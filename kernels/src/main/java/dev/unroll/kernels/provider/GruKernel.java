package dev.unroll.kernels.provider;

import java.lang.foreign.MemorySegment;

/**
 * The fused pass of a GRU, reset after the matrix product. A row of gates holds the blocks {@code r z n}, each
 * {@code hidden} wide. Every matrix has its own leading dimension, in elements; offsets are bytes.
 */
public interface GruKernel {
    /**
     * {@code p} is the input's contribution; {@code gates} is the state's contribution {@code h W}, overwritten with
     * the activated gates: {@code r, z = sigmoid(p + gates)}, {@code q = gates_n + bias}, {@code n = tanh(p_n + r q)},
     * {@code h' = n + z (h - n)}. {@code bias} is one row of {@code hidden}; {@code q} is kept for backward.
     */
    void forward(
            int rows, int hidden,
            MemorySegment p, long pOffset, long ldp,
            MemorySegment gates, long gatesOffset, long ldGates,
            MemorySegment bias, long biasOffset,
            MemorySegment h, long hOffset, long ldh,
            MemorySegment q, long qOffset, long ldq,
            MemorySegment nextH, long nextHOffset, long ldNextH);

    /**
     * Given {@code dNextH}, overwrites {@code delta} with the gradient of p and {@code recurrent} with that of the
     * state's contribution, and adds {@code dh += dNextH z}. Deltas of magnitude below 1e-30 become 0.
     */
    void backward(
            int rows, int hidden,
            MemorySegment gates, long gatesOffset, long ldGates,
            MemorySegment h, long hOffset, long ldh,
            MemorySegment q, long qOffset, long ldq,
            MemorySegment dNextH, long dNextHOffset, long ldDNextH,
            MemorySegment delta, long deltaOffset, long ldDelta,
            MemorySegment recurrent, long recurrentOffset, long ldRecurrent,
            MemorySegment dh, long dhOffset, long ldDh);
}
