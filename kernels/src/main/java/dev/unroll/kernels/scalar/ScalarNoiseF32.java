package dev.unroll.kernels.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.unroll.kernels.provider.NoiseKernel;
import java.lang.foreign.MemorySegment;

/** Gaussian noise, element by element, by the method of Box and Muller (1958). */
final class ScalarNoiseF32 implements NoiseKernel {
    /** The distance between the elements whose words make a pair. */
    private static final int PARTNER = 16;

    @Override
    public void add(
            int n, double sigma, long seed, long stream, long index,
            MemorySegment x, long xOffset, MemorySegment y, long yOffset) {
        float factor = (float) sigma;
        for (int i = 0; i < n; i++) {
            long at = (long) i * Float.BYTES;
            float noise = factor * (float) normal(seed, stream, index + i);
            y.set(JAVA_FLOAT, yOffset + at, x.get(JAVA_FLOAT, xOffset + at) + noise);
        }
    }

    private static double normal(long seed, long stream, long index) {
        long first = index & ~PARTNER;
        double uniform = 1 - fraction(Philox4x32.word(seed, stream, first)); // above 0
        double turns = fraction(Philox4x32.word(seed, stream, first + PARTNER)) - 0.5;
        double length = Math.sqrt(-2 * StrictMath.log(uniform));
        return length * (index == first ? cosine(turns) : cosine(turns - 0.25));
    }

    /** The cosine of an angle in turns, reduced to an eighth of a turn, beyond which StrictMath allocates. */
    private static double cosine(double turns) {
        long quarter = Math.round(4 * turns);
        double angle = 2 * Math.PI * (turns - 0.25 * quarter);
        return switch ((int) quarter & 3) {
            case 0 -> StrictMath.cos(angle);
            case 1 -> -StrictMath.sin(angle);
            case 2 -> -StrictMath.cos(angle);
            default -> StrictMath.sin(angle);
        };
    }

    /** A number from 0 to below 1: the upper 23 bits, which floats hold exactly too. */
    private static double fraction(int word) {
        return (word >>> 9) * 0x1p-23;
    }
}
