package dev.unroll.kernels.scalar;

import static dev.unroll.kernels.scalar.ScalarActivationF32.sigmoid;
import static dev.unroll.kernels.scalar.ScalarActivationF32.tanh;
import static dev.unroll.kernels.scalar.ScalarActivationF32.withoutTiny;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.provider.ResetBeforeGruKernel;
import java.lang.foreign.MemorySegment;

/** The passes of a GRU step with the reset before the product, unit by unit. */
final class ScalarResetBeforeGruF32 implements ResetBeforeGruKernel {
    @Override
    public void gates(
            int rows, int hidden,
            MemorySegment p, long pOffset, long ldp,
            MemorySegment gates, long gatesOffset, long ldGates,
            MemorySegment h, long hOffset, long ldh,
            MemorySegment s, long sOffset, long lds) {
        long block = (long) hidden * Float.BYTES;
        for (int row = 0; row < rows; row++) {
            for (int j = 0; j < hidden; j++) {
                long pAt = pOffset + (row * ldp + j) * Float.BYTES;
                long gAt = gatesOffset + (row * ldGates + j) * Float.BYTES;
                float r = sigmoid(p.get(JAVA_FLOAT, pAt) + gates.get(JAVA_FLOAT, gAt));
                float z = sigmoid(p.get(JAVA_FLOAT, pAt + block) + gates.get(JAVA_FLOAT, gAt + block));
                gates.set(JAVA_FLOAT, gAt, r);
                gates.set(JAVA_FLOAT, gAt + block, z);
                float state = h.get(JAVA_FLOAT, hOffset + (row * ldh + j) * Float.BYTES);
                s.set(JAVA_FLOAT, sOffset + (row * lds + j) * Float.BYTES, r * state);
            }
        }
    }

    @Override
    public void candidate(
            int rows, int hidden,
            MemorySegment p, long pOffset, long ldp,
            MemorySegment gates, long gatesOffset, long ldGates,
            MemorySegment h, long hOffset, long ldh,
            MemorySegment nextH, long nextHOffset, long ldNextH) {
        long block = (long) hidden * Float.BYTES;
        for (int row = 0; row < rows; row++) {
            for (int j = 0; j < hidden; j++) {
                long pAt = pOffset + (row * ldp + j) * Float.BYTES + 2 * block;
                long gAt = gatesOffset + (row * ldGates + j) * Float.BYTES;
                float z = gates.get(JAVA_FLOAT, gAt + block);
                float n = tanh(p.get(JAVA_FLOAT, pAt) + gates.get(JAVA_FLOAT, gAt + 2 * block));
                gates.set(JAVA_FLOAT, gAt + 2 * block, n);
                float state = h.get(JAVA_FLOAT, hOffset + (row * ldh + j) * Float.BYTES);
                nextH.set(JAVA_FLOAT, nextHOffset + (row * ldNextH + j) * Float.BYTES, n + z * (state - n));
            }
        }
    }

    @Override
    public void candidateBackward(
            int rows, int hidden,
            MemorySegment gates, long gatesOffset, long ldGates,
            MemorySegment h, long hOffset, long ldh,
            MemorySegment dNextH, long dNextHOffset, long ldDNextH,
            MemorySegment delta, long deltaOffset, long ldDelta,
            MemorySegment dh, long dhOffset, long ldDh) {
        long block = (long) hidden * Float.BYTES;
        for (int row = 0; row < rows; row++) {
            for (int j = 0; j < hidden; j++) {
                long gAt = gatesOffset + (row * ldGates + j) * Float.BYTES;
                float z = gates.get(JAVA_FLOAT, gAt + block);
                float n = gates.get(JAVA_FLOAT, gAt + 2 * block);
                float state = h.get(JAVA_FLOAT, hOffset + (row * ldh + j) * Float.BYTES);
                float gradient = dNextH.get(JAVA_FLOAT, dNextHOffset + (row * ldDNextH + j) * Float.BYTES);
                long dAt = deltaOffset + (row * ldDelta + j) * Float.BYTES;
                delta.set(JAVA_FLOAT, dAt + block, withoutTiny(gradient * (state - n) * z * (1f - z)));
                delta.set(JAVA_FLOAT, dAt + 2 * block, withoutTiny(gradient * (1f - z) * (1f - n * n)));
                long dhAt = dhOffset + (row * ldDh + j) * Float.BYTES;
                dh.set(JAVA_FLOAT, dhAt, withoutTiny(dh.get(JAVA_FLOAT, dhAt) + gradient * z));
            }
        }
    }

    @Override
    public void gatesBackward(
            int rows, int hidden,
            MemorySegment gates, long gatesOffset, long ldGates,
            MemorySegment h, long hOffset, long ldh,
            MemorySegment ds, long dsOffset, long ldDs,
            MemorySegment delta, long deltaOffset, long ldDelta,
            MemorySegment dh, long dhOffset, long ldDh) {
        for (int row = 0; row < rows; row++) {
            for (int j = 0; j < hidden; j++) {
                float r = gates.get(JAVA_FLOAT, gatesOffset + (row * ldGates + j) * Float.BYTES);
                float state = h.get(JAVA_FLOAT, hOffset + (row * ldh + j) * Float.BYTES);
                float gradient = ds.get(JAVA_FLOAT, dsOffset + (row * ldDs + j) * Float.BYTES);
                float dr = withoutTiny(gradient * state * r * (1f - r));
                delta.set(JAVA_FLOAT, deltaOffset + (row * ldDelta + j) * Float.BYTES, dr);
                long dhAt = dhOffset + (row * ldDh + j) * Float.BYTES;
                dh.set(JAVA_FLOAT, dhAt, withoutTiny(dh.get(JAVA_FLOAT, dhAt) + gradient * r));
            }
        }
    }
}
