package dev.unroll.kernels.scalar;

import static dev.unroll.kernels.scalar.ScalarActivationF32.sigmoid;
import static dev.unroll.kernels.scalar.ScalarActivationF32.tanh;
import static dev.unroll.kernels.scalar.ScalarActivationF32.withoutTiny;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.provider.GruKernel;
import java.lang.foreign.MemorySegment;

/** The pass of a GRU step, unit by unit. */
final class ScalarGruF32 implements GruKernel {
    @Override
    public void forward(
            int rows, int hidden,
            MemorySegment p, long pOffset, long ldp,
            MemorySegment gates, long gatesOffset, long ldGates,
            MemorySegment bias, long biasOffset,
            MemorySegment h, long hOffset, long ldh,
            MemorySegment q, long qOffset, long ldq,
            MemorySegment nextH, long nextHOffset, long ldNextH) {
        long block = (long) hidden * Float.BYTES;
        for (int row = 0; row < rows; row++) {
            for (int j = 0; j < hidden; j++) {
                long pAt = pOffset + (row * ldp + j) * Float.BYTES;
                long gAt = gatesOffset + (row * ldGates + j) * Float.BYTES;
                float r = sigmoid(p.get(JAVA_FLOAT, pAt) + gates.get(JAVA_FLOAT, gAt));
                float z = sigmoid(p.get(JAVA_FLOAT, pAt + block) + gates.get(JAVA_FLOAT, gAt + block));
                float inner = gates.get(JAVA_FLOAT, gAt + 2 * block)
                        + bias.get(JAVA_FLOAT, biasOffset + (long) j * Float.BYTES);
                float n = tanh(p.get(JAVA_FLOAT, pAt + 2 * block) + r * inner);
                float state = h.get(JAVA_FLOAT, hOffset + (row * ldh + j) * Float.BYTES);
                gates.set(JAVA_FLOAT, gAt, r);
                gates.set(JAVA_FLOAT, gAt + block, z);
                gates.set(JAVA_FLOAT, gAt + 2 * block, n);
                q.set(JAVA_FLOAT, qOffset + (row * ldq + j) * Float.BYTES, inner);
                nextH.set(JAVA_FLOAT, nextHOffset + (row * ldNextH + j) * Float.BYTES, n + z * (state - n));
            }
        }
    }

    @Override
    public void backward(
            int rows, int hidden,
            MemorySegment gates, long gatesOffset, long ldGates,
            MemorySegment h, long hOffset, long ldh,
            MemorySegment q, long qOffset, long ldq,
            MemorySegment dNextH, long dNextHOffset, long ldDNextH,
            MemorySegment delta, long deltaOffset, long ldDelta,
            MemorySegment recurrent, long recurrentOffset, long ldRecurrent,
            MemorySegment dh, long dhOffset, long ldDh) {
        long block = (long) hidden * Float.BYTES;
        for (int row = 0; row < rows; row++) {
            for (int j = 0; j < hidden; j++) {
                long gAt = gatesOffset + (row * ldGates + j) * Float.BYTES;
                float r = gates.get(JAVA_FLOAT, gAt);
                float z = gates.get(JAVA_FLOAT, gAt + block);
                float n = gates.get(JAVA_FLOAT, gAt + 2 * block);
                float state = h.get(JAVA_FLOAT, hOffset + (row * ldh + j) * Float.BYTES);
                float inner = q.get(JAVA_FLOAT, qOffset + (row * ldq + j) * Float.BYTES);
                float gradient = dNextH.get(JAVA_FLOAT, dNextHOffset + (row * ldDNextH + j) * Float.BYTES);
                float dn = gradient * (1f - z) * (1f - n * n);
                float dr = withoutTiny(dn * inner * r * (1f - r));
                float dz = withoutTiny(gradient * (state - n) * z * (1f - z));
                long dAt = deltaOffset + (row * ldDelta + j) * Float.BYTES;
                delta.set(JAVA_FLOAT, dAt, dr);
                delta.set(JAVA_FLOAT, dAt + block, dz);
                delta.set(JAVA_FLOAT, dAt + 2 * block, withoutTiny(dn));
                long rAt = recurrentOffset + (row * ldRecurrent + j) * Float.BYTES;
                recurrent.set(JAVA_FLOAT, rAt, dr);
                recurrent.set(JAVA_FLOAT, rAt + block, dz);
                recurrent.set(JAVA_FLOAT, rAt + 2 * block, withoutTiny(dn * r));
                long dhAt = dhOffset + (row * ldDh + j) * Float.BYTES;
                dh.set(JAVA_FLOAT, dhAt, withoutTiny(dh.get(JAVA_FLOAT, dhAt) + gradient * z));
            }
        }
    }
}
