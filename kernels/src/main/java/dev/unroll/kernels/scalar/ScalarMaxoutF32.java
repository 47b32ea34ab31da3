package dev.unroll.kernels.scalar;

import static dev.unroll.kernels.scalar.ScalarActivationF32.withoutTiny;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.provider.MaxoutKernel;
import java.lang.foreign.MemorySegment;

/** Maxout, unit by unit. */
final class ScalarMaxoutF32 implements MaxoutKernel {
    @Override
    public void forward(
            int rows, int units, int pieces,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment y, long yOffset, long ldy) {
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < units; j++) {
                int winner = winner(units, pieces, x, xOffset + (r * ldx + j) * Float.BYTES);
                float largest = x.get(JAVA_FLOAT, xOffset + (r * ldx + (long) winner * units + j) * Float.BYTES);
                y.set(JAVA_FLOAT, yOffset + (r * ldy + j) * Float.BYTES, largest);
            }
        }
    }

    private static int winner(int units, int pieces, MemorySegment x, long xAt) {
        int winner = 0;
        float largest = x.get(JAVA_FLOAT, xAt);
        for (int i = 1; i < pieces; i++) {
            float piece = x.get(JAVA_FLOAT, xAt + (long) i * units * Float.BYTES);
            if (piece > largest || Float.isNaN(piece) && !Float.isNaN(largest)) {
                winner = i;
                largest = piece;
            }
        }
        return winner;
    }

    @Override
    public void backward(
            int rows, int units, int pieces,
            MemorySegment x, long xOffset, long ldx,
            MemorySegment y, long yOffset, long ldy,
            MemorySegment dy, long dyOffset, long lddy,
            MemorySegment dx, long dxOffset, long lddx) {
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < units; j++) {
                float largest = y.get(JAVA_FLOAT, yOffset + (r * ldy + j) * Float.BYTES);
                float gradient = dy.get(JAVA_FLOAT, dyOffset + (r * lddy + j) * Float.BYTES);
                for (int i = 0; i < pieces; i++) {
                    long column = (long) i * units + j;
                    long at = dxOffset + (r * lddx + column) * Float.BYTES;
                    float piece = x.get(JAVA_FLOAT, xOffset + (r * ldx + column) * Float.BYTES);
                    boolean wins = piece == largest || Float.isNaN(piece);
                    dx.set(JAVA_FLOAT, at, withoutTiny(dx.get(JAVA_FLOAT, at) + (wins ? gradient : 0f)));
                    gradient = wins ? 0f : gradient; // only the first winner gets it
                }
            }
        }
    }
}
