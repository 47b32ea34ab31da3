package dev.unroll.kernels.scalar;

import static dev.unroll.kernels.scalar.ScalarActivationF32.withoutTiny;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.provider.RnnKernel;
import java.lang.foreign.MemorySegment;

/** The pass of a simple recurrent step, unit by unit. */
final class ScalarRnnF32 implements RnnKernel {
    @Override
    public void forward(
            Activation f, int rows, int hidden,
            MemorySegment p, long pOffset, long ldp,
            MemorySegment h, long hOffset, long ldh) {
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < hidden; j++) {
                long at = hOffset + (r * ldh + j) * Float.BYTES;
                float x = p.get(JAVA_FLOAT, pOffset + (r * ldp + j) * Float.BYTES) + h.get(JAVA_FLOAT, at);
                h.set(JAVA_FLOAT, at, ScalarActivationF32.apply(f, x));
            }
        }
    }

    @Override
    public void backward(
            Activation f, int rows, int hidden,
            MemorySegment h, long hOffset, long ldh,
            MemorySegment dh, long dhOffset, long ldDh,
            MemorySegment delta, long deltaOffset, long ldDelta) {
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < hidden; j++) {
                float state = h.get(JAVA_FLOAT, hOffset + (r * ldh + j) * Float.BYTES);
                float gradient = dh.get(JAVA_FLOAT, dhOffset + (r * ldDh + j) * Float.BYTES);
                float product = gradient * ScalarActivationF32.derivative(f, state);
                delta.set(JAVA_FLOAT, deltaOffset + (r * ldDelta + j) * Float.BYTES, withoutTiny(product));
            }
        }
    }
}
