package dev.unroll.kernels.provider;

import java.lang.foreign.MemorySegment;

/**
 * The fused passes of a GRU step with the reset before the product. Gates are laid out as {@code r z n}, each {@code
 * hidden} wide. Leading dimensions are elements, offsets bytes.
 */
public interface ResetBeforeGruKernel {
    /** {@code r, z = sigmoid(p + gates)}, over the first two blocks of gates, and {@code s = r h}. */
    void gates(
            int rows, int hidden,
            MemorySegment p, long pOffset, long ldp,
            MemorySegment gates, long gatesOffset, long ldGates,
            MemorySegment h, long hOffset, long ldh,
            MemorySegment s, long sOffset, long lds);

    /** {@code n = tanh(p_n + gates_n)}, over the last block of gates, and {@code h' = n + z (h - n)}. */
    void candidate(
            int rows, int hidden,
            MemorySegment p, long pOffset, long ldp,
            MemorySegment gates, long gatesOffset, long ldGates,
            MemorySegment h, long hOffset, long ldh,
            MemorySegment nextH, long nextHOffset, long ldNextH);

    /** Writes the blocks z and n of delta and adds {@code dh += dh' z}. Deltas of magnitude below 1e-30 become 0. */
    void candidateBackward(
            int rows, int hidden,
            MemorySegment gates, long gatesOffset, long ldGates,
            MemorySegment h, long hOffset, long ldh,
            MemorySegment dNextH, long dNextHOffset, long ldDNextH,
            MemorySegment delta, long deltaOffset, long ldDelta,
            MemorySegment dh, long dhOffset, long ldDh);

    /** Writes the block r of delta and adds {@code dh += ds r}. Deltas of magnitude below 1e-30 become 0. */
    void gatesBackward(
            int rows, int hidden,
            MemorySegment gates, long gatesOffset, long ldGates,
            MemorySegment h, long hOffset, long ldh,
            MemorySegment ds, long dsOffset, long ldDs,
            MemorySegment delta, long deltaOffset, long ldDelta,
            MemorySegment dh, long dhOffset, long ldDh);
}
