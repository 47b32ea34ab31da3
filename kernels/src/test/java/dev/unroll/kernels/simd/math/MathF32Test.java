package dev.unroll.kernels.simd.math;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.Activation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The functions against those of java.lang.Math in double, whose own errors are 2^-28 of what is asked for here. With
 * {@code -Dunroll.exhaustive=true} for every float there is, in a quarter of an hour:
 * {@code mvn -pl kernels test -Dtest=MathF32Test -Dunroll.exhaustive=true}.
 */
@Tag("every-width")
class MathF32Test {
    private static final float INFINITY = Float.POSITIVE_INFINITY;

    /** A prime, so that all exponents and all ends of fractions come up: two million floats. */
    private static final int STRIDE = Boolean.getBoolean("unroll.exhaustive") ? 1 : 2053;

    private final SimdActivationF32 kernel = new SimdActivationF32();

    private float of(Activation f, float x) {
        MemorySegment memory = Arena.ofAuto().allocateFrom(JAVA_FLOAT, x);
        kernel.forward(f, 1, memory, 0, memory, 0);
        return memory.get(JAVA_FLOAT, 0);
    }

    private static double sigmoid(double x) {
        double e = Math.exp(-Math.abs(x)); // exact for all x below 0 too, where 1 + e^-x would not be
        return x < 0 ? e / (1 + e) : 1 / (1 + e);
    }

    private static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    /** At most two units in the last place, for subnormal results two of the smallest float. */
    private void assertTwoUnits(Activation f, DoubleUnaryOperator exact) {
        int n = 4096;
        MemorySegment memory = Arena.ofAuto().allocate(2L * n * Float.BYTES, 64);
        for (long bits = Integer.MIN_VALUE; bits <= Integer.MAX_VALUE; bits += (long) n * STRIDE) {
            for (int i = 0; i < n; i++) {
                memory.setAtIndex(JAVA_FLOAT, i, Float.intBitsToFloat((int) (bits + (long) i * STRIDE)));
            }
            kernel.forward(f, n, memory, 0, memory, (long) n * Float.BYTES);
            for (int i = 0; i < n; i++) {
                float x = memory.getAtIndex(JAVA_FLOAT, i);
                assertTwoUnits(f, x, exact.applyAsDouble(x), memory.getAtIndex(JAVA_FLOAT, n + i));
            }
        }
    }

    private static void assertTwoUnits(Activation f, float x, double exact, float actual) {
        float rounded = (float) exact;
        if (Float.isNaN(rounded) || Float.isInfinite(rounded)) {
            assertEquals(rounded, actual, () -> f + " of " + x);
        } else {
            double unit = Math.scalb(1.0, Math.max(Math.getExponent(exact), Float.MIN_EXPONENT) - 23);
            assertTrue(Math.abs(actual - exact) <= 2 * unit, () -> f + " of " + x + ": " + actual);
        }
    }

    @Test
    void expIsWithinTwoUnits() {
        assertTwoUnits(Activation.EXP, Math::exp);
    }

    @Test
    void sigmoidIsWithinTwoUnits() {
        assertTwoUnits(Activation.SIGMOID, MathF32Test::sigmoid);
    }

    @Test
    void tanhIsWithinTwoUnits() {
        assertTwoUnits(Activation.TANH, Math::tanh);
    }

    @Test
    void reluIsExact() {
        assertTwoUnits(Activation.RELU, x -> Math.max(0, x));
    }

    @Test
    void logIsWithinTwoUnits() {
        assertTwoUnits(Activation.LOG, Math::log);
    }

    @Test
    void softplusIsWithinTwoUnits() {
        assertTwoUnits(Activation.SOFTPLUS, MathF32Test::softplus);
    }

    @Test
    void zerosInfinitiesAndNaNAreExact() {
        for (float zero : new float[] {0f, -0f}) {
            assertEquals(1f, of(Activation.EXP, zero));
            assertEquals(0.5f, of(Activation.SIGMOID, zero));
            assertEquals(zero, of(Activation.TANH, zero)); // keeps its sign
            assertEquals(0f, of(Activation.RELU, zero));
            assertEquals(-INFINITY, of(Activation.LOG, zero));
            assertEquals((float) Math.log(2), of(Activation.SOFTPLUS, zero));
        }
        for (float large : new float[] {INFINITY, Float.MAX_VALUE, 1000}) {
            assertEquals(INFINITY, of(Activation.EXP, large));
            assertEquals(1f, of(Activation.SIGMOID, large));
            assertEquals(1f, of(Activation.TANH, large));
            assertEquals(large, of(Activation.RELU, large));
            assertEquals(0f, of(Activation.EXP, -large));
            assertEquals(0f, of(Activation.SIGMOID, -large));
            assertEquals(-1f, of(Activation.TANH, -large));
            assertEquals(0f, of(Activation.RELU, -large));
            assertEquals((float) Math.log(large), of(Activation.LOG, large));
            assertEquals(Float.NaN, of(Activation.LOG, -large));
            assertEquals(large, of(Activation.SOFTPLUS, large));
            assertEquals(0f, of(Activation.SOFTPLUS, -large));
        }
        for (int nan : new int[] {0x7fc00000, 0x7f800001, 0x7fffffff, 0xffc00000, 0xff800001, 0xffffffff}) {
            for (Activation f : Activation.values()) {
                assertTrue(Float.isNaN(of(f, Float.intBitsToFloat(nan))), () -> f + " of " + Integer.toHexString(nan));
            }
        }
    }

    @Test
    void theEndsOfTheRangesAreWhereFloatsEnd() {
        assertEquals((float) Math.exp(88.72283f), of(Activation.EXP, 88.72283f), Math.ulp(Float.MAX_VALUE));
        assertEquals(INFINITY, of(Activation.EXP, 88.72284f)); // e^x is above the largest float
        assertEquals(Float.MIN_VALUE, of(Activation.EXP, -103.97f)); // above half the smallest float
        assertEquals(Float.MIN_VALUE, of(Activation.SIGMOID, -103.97f));
        assertEquals(0f, of(Activation.EXP, -103.98f));
        assertEquals(0f, of(Activation.SIGMOID, -103.98f));
        for (float tiny : new float[] {Float.MIN_VALUE, -Float.MIN_VALUE, 1e-40f, -1e-40f, 1e-20f}) {
            assertEquals(tiny, of(Activation.TANH, tiny));
        }
        assertEquals((float) Math.log(Float.MIN_VALUE), of(Activation.LOG, Float.MIN_VALUE));
        assertEquals(Float.MIN_VALUE, of(Activation.SOFTPLUS, -103.97f));
        assertEquals(0f, of(Activation.LOG, 1f));
    }
}
