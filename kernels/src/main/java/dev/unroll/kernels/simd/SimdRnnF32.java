package dev.unroll.kernels.simd;

import static dev.unroll.kernels.simd.math.VectorsF32.NOTHING;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.provider.RnnKernel;
import dev.unroll.kernels.simd.math.SimdActivationF32;
import dev.unroll.kernels.simd.math.SimdElementwiseF32;
import java.lang.foreign.MemorySegment;

/** The pass of a simple recurrent step, row by row. */
final class SimdRnnF32 implements RnnKernel {
    @Override
    public void forward(
            Activation f, int rows, int hidden,
            MemorySegment p, long pOffset, long ldp,
            MemorySegment h, long hOffset, long ldh) {
        for (int r = 0; r < rows; r++) {
            long hAt = hOffset + r * ldh * Float.BYTES;
            SimdActivationF32.ofSum(f, hidden, p, pOffset + r * ldp * Float.BYTES, h, hAt, 1, h, hAt);
        }
    }

    @Override
    public void backward(
            Activation f, int rows, int hidden,
            MemorySegment h, long hOffset, long ldh,
            MemorySegment dh, long dhOffset, long ldDh,
            MemorySegment delta, long deltaOffset, long ldDelta) {
        for (int r = 0; r < rows; r++) {
            long at = deltaOffset + r * ldDelta * Float.BYTES;
            SimdActivationF32.derivative(
                    f, hidden, h, hOffset + r * ldh * Float.BYTES, dh, dhOffset + r * ldDh * Float.BYTES,
                    NOTHING, 0, 0, delta, at);
            SimdElementwiseF32.zeroTiny(hidden, delta, at);
        }
    }
}
