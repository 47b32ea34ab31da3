package dev.unroll.kernels.scalar;

import static dev.unroll.kernels.scalar.ScalarActivationF32.withoutTiny;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.provider.LpKernel;
import java.lang.foreign.MemorySegment;

/** Lp units, one after the other. */
final class ScalarLpF32 implements LpKernel {
    @Override
    public void forward(
            int rows, int units, int pieces, long pieceStride,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment orders, long ordersOffset,
            MemorySegment y, long yOffset, long ldy) {
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < units; j++) {
                double p = orders.get(JAVA_FLOAT, ordersOffset + (long) j * Float.BYTES);
                long xAt = xOffset + (r * ldx + j) * Float.BYTES;
                double mean = mean(p, pieces, pieceStride * Float.BYTES, x, xAt);
                y.set(JAVA_FLOAT, yOffset + (r * ldy + j) * Float.BYTES, (float) mean);
            }
        }
    }

    private static double mean(double p, int pieces, long stride, MemorySegment x, long xAt) {
        double largest = 0;
        for (int i = 0; i < pieces; i++) {
            largest = Math.max(largest, Math.abs(x.get(JAVA_FLOAT, xAt + i * stride)));
        }
        double sum = 0;
        for (int i = 0; i < pieces; i++) {
            sum += StrictMath.exp(p * StrictMath.log(Math.abs(x.get(JAVA_FLOAT, xAt + i * stride)) / largest));
        }
        return largest == 0 ? 0 : largest * StrictMath.exp(StrictMath.log(sum / pieces) / p);
    }

    @Override
    public void backward(
            int rows, int units, int pieces, long pieceStride,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment orders, long ordersOffset,
            MemorySegment y, long yOffset, long ldy,
            MemorySegment dy, long dyOffset, long lddy,
            MemorySegment dx, long dxOffset, long lddx,
            MemorySegment dOrders, long dOrdersOffset) {
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < units; j++) {
                long at = (long) j * Float.BYTES;
                double p = orders.get(JAVA_FLOAT, ordersOffset + at);
                double mean = y.get(JAVA_FLOAT, yOffset + r * ldy * Float.BYTES + at);
                double gradient = dy.get(JAVA_FLOAT, dyOffset + r * lddy * Float.BYTES + at) / pieces;
                double sum = 0;
                for (int i = 0; i < pieces; i++) {
                    long piece = (i * pieceStride + j) * Float.BYTES;
                    float value = x.get(JAVA_FLOAT, xOffset + r * ldx * Float.BYTES + piece);
                    long to = dxOffset + r * lddx * Float.BYTES + piece;
                    double slope = 0;
                    if (value != 0f && mean != 0) {
                        double log = StrictMath.log(Math.abs(value) / mean);
                        slope = Math.signum(value) * StrictMath.exp((p - 1) * log);
                        sum += StrictMath.exp(p * log) * log;
                    }
                    dx.set(JAVA_FLOAT, to, withoutTiny((float) (dx.get(JAVA_FLOAT, to) + gradient * slope)));
                }
                float old = dOrders.get(JAVA_FLOAT, dOrdersOffset + at);
                float dOrder = withoutTiny((float) (old + gradient * mean / p * sum));
                dOrders.set(JAVA_FLOAT, dOrdersOffset + at, dOrder);
            }
        }
    }
}
