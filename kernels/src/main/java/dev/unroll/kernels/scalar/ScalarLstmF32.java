package dev.unroll.kernels.scalar;

import static dev.unroll.kernels.scalar.ScalarActivationF32.sigmoid;
import static dev.unroll.kernels.scalar.ScalarActivationF32.tanh;
import static dev.unroll.kernels.scalar.ScalarActivationF32.withoutTiny;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.provider.LstmKernel;
import java.lang.foreign.MemorySegment;

/** The pass of an LSTM step, unit by unit. */
final class ScalarLstmF32 implements LstmKernel {
    @Override
    public void forward(
            int rows, int hidden,
            MemorySegment p, long pOffset, long ldp,
            MemorySegment gates, long gatesOffset, long ldGates,
            MemorySegment c, long cOffset, long ldc,
            MemorySegment nextC, long nextCOffset, long ldNextC,
            MemorySegment tanhC, long tanhCOffset, long ldTanhC,
            MemorySegment nextH, long nextHOffset, long ldNextH) {
        long block = (long) hidden * Float.BYTES;
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < hidden; j++) {
                long pAt = pOffset + (r * ldp + j) * Float.BYTES;
                long gAt = gatesOffset + (r * ldGates + j) * Float.BYTES;
                float i = sigmoid(p.get(JAVA_FLOAT, pAt) + gates.get(JAVA_FLOAT, gAt));
                float f = sigmoid(p.get(JAVA_FLOAT, pAt + block) + gates.get(JAVA_FLOAT, gAt + block));
                float g = tanh(p.get(JAVA_FLOAT, pAt + 2 * block) + gates.get(JAVA_FLOAT, gAt + 2 * block));
                float o = sigmoid(p.get(JAVA_FLOAT, pAt + 3 * block) + gates.get(JAVA_FLOAT, gAt + 3 * block));
                float cell = f * c.get(JAVA_FLOAT, cOffset + (r * ldc + j) * Float.BYTES) + i * g;
                float squashed = tanh(cell);
                gates.set(JAVA_FLOAT, gAt, i);
                gates.set(JAVA_FLOAT, gAt + block, f);
                gates.set(JAVA_FLOAT, gAt + 2 * block, g);
                gates.set(JAVA_FLOAT, gAt + 3 * block, o);
                nextC.set(JAVA_FLOAT, nextCOffset + (r * ldNextC + j) * Float.BYTES, cell);
                tanhC.set(JAVA_FLOAT, tanhCOffset + (r * ldTanhC + j) * Float.BYTES, squashed);
                nextH.set(JAVA_FLOAT, nextHOffset + (r * ldNextH + j) * Float.BYTES, o * squashed);
            }
        }
    }

    @Override
    public void backward(
            int rows, int hidden,
            MemorySegment gates, long gatesOffset, long ldGates,
            MemorySegment c, long cOffset, long ldc,
            MemorySegment tanhC, long tanhCOffset, long ldTanhC,
            MemorySegment dNextH, long dNextHOffset, long ldDNextH,
            MemorySegment dNextC, long dNextCOffset, long ldDNextC,
            MemorySegment delta, long deltaOffset, long ldDelta,
            MemorySegment dc, long dcOffset, long ldDc) {
        long block = (long) hidden * Float.BYTES;
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < hidden; j++) {
                long gAt = gatesOffset + (r * ldGates + j) * Float.BYTES;
                float i = gates.get(JAVA_FLOAT, gAt);
                float f = gates.get(JAVA_FLOAT, gAt + block);
                float g = gates.get(JAVA_FLOAT, gAt + 2 * block);
                float o = gates.get(JAVA_FLOAT, gAt + 3 * block);
                float cell = c.get(JAVA_FLOAT, cOffset + (r * ldc + j) * Float.BYTES);
                float squashed = tanhC.get(JAVA_FLOAT, tanhCOffset + (r * ldTanhC + j) * Float.BYTES);
                float dh = dNextH.get(JAVA_FLOAT, dNextHOffset + (r * ldDNextH + j) * Float.BYTES);
                float dCell = dNextC.get(JAVA_FLOAT, dNextCOffset + (r * ldDNextC + j) * Float.BYTES)
                        + dh * o * (1f - squashed * squashed);
                long dAt = deltaOffset + (r * ldDelta + j) * Float.BYTES;
                delta.set(JAVA_FLOAT, dAt, withoutTiny(dCell * g * i * (1f - i)));
                delta.set(JAVA_FLOAT, dAt + block, withoutTiny(dCell * cell * f * (1f - f)));
                delta.set(JAVA_FLOAT, dAt + 2 * block, withoutTiny(dCell * i * (1f - g * g)));
                delta.set(JAVA_FLOAT, dAt + 3 * block, withoutTiny(dh * squashed * o * (1f - o)));
                long dcAt = dcOffset + (r * ldDc + j) * Float.BYTES;
                dc.set(JAVA_FLOAT, dcAt, withoutTiny(dc.get(JAVA_FLOAT, dcAt) + dCell * f));
            }
        }
    }
}
