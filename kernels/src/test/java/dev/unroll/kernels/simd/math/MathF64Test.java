package dev.unroll.kernels.simd.math;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.Activation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The functions against sums of two doubles, which are right to 2^-40 of what is asked for here. */
@Tag("every-width")
class MathF64Test {
    private static final int SAMPLES = 40_000;

    private final SimdActivationF64 kernel = new SimdActivationF64();

    private double of(Activation f, double x) {
        MemorySegment memory = Arena.ofAuto().allocateFrom(JAVA_DOUBLE, x);
        kernel.forward(f, 1, memory, 0, memory, 0);
        return memory.get(JAVA_DOUBLE, 0);
    }

    /** {@code f(x) 2^-exponent}. */
    private static DoubleDouble exact(Activation f, double x, int exponent) {
        DoubleDouble v = DoubleDouble.of(x);
        return switch (f) {
            case SIGMOID -> {
                DoubleDouble e = DoubleDouble.of(-Math.abs(x)).exp(x < 0 ? exponent : 0);
                DoubleDouble sum = DoubleDouble.of(-Math.abs(x)).exp(0).plus(DoubleDouble.ONE);
                yield x < 0 ? e.over(sum) : DoubleDouble.ONE.over(sum).scaled(-exponent);
            }
            case TANH -> {
                DoubleDouble q = DoubleDouble.of(-2 * Math.abs(x)).expMinusOne();
                DoubleDouble size = q.negated().over(q.plus(DoubleDouble.of(2)));
                yield (x < 0 ? size.negated() : size).scaled(-exponent);
            }
            case RELU -> DoubleDouble.of(Math.max(0, x)).scaled(-exponent);
            case EXP -> v.exp(exponent);
            case LOG -> v.log().scaled(-exponent);
            case SOFTPLUS -> {
                int scale = x < -50 ? exponent : 0; // there it is e^x, to 2^-70
                DoubleDouble t = DoubleDouble.of(-Math.abs(x)).exp(scale);
                DoubleDouble log = x < -50 ? t : t.logOnePlus().scaled(-exponent);
                yield DoubleDouble.of(Math.max(x, 0)).scaled(-exponent).plus(log);
            }
        };
    }

    /** Half of them where the functions bend, the others anywhere up to where they end. */
    private static double sample(Activation f, SplittableRandom random) {
        if (f == Activation.LOG) {
            double near = random.nextDouble(0.25, 4);
            return random.nextBoolean() ? near : Math.scalb(near, random.nextInt(-1000, 1000));
        }
        double size = switch (random.nextInt(4)) {
            case 0 -> 1;
            case 1 -> 4;
            case 2 -> 40;
            default -> f == Activation.SOFTPLUS || f == Activation.TANH ? 700 : 745;
        };
        double x = random.nextDouble(-size, size);
        return random.nextInt(8) == 0 ? Math.scalb(x, -random.nextInt(200)) : Math.min(x, 709);
    }

    /** At most two units in the last place, for subnormal results two of the smallest double. */
    @ParameterizedTest
    @EnumSource
    void isWithinTwoUnits(Activation f) {
        SplittableRandom random = new SplittableRandom(7);
        MemorySegment memory = Arena.ofAuto().allocate(2L * SAMPLES * Double.BYTES, 64);
        for (int i = 0; i < SAMPLES; i++) {
            memory.setAtIndex(JAVA_DOUBLE, i, sample(f, random));
        }
        kernel.forward(f, SAMPLES, memory, 0, memory, (long) SAMPLES * Double.BYTES);
        for (int i = 0; i < SAMPLES; i++) {
            double x = memory.getAtIndex(JAVA_DOUBLE, i);
            double actual = memory.getAtIndex(JAVA_DOUBLE, SAMPLES + i);
            int exponent = actual == 0 ? Double.MIN_EXPONENT : Math.max(Math.getExponent(actual), Double.MIN_EXPONENT);
            // In units of the result, and therefore far from where doubles end.
            DoubleDouble exact = exact(f, x, exponent - 52);
            double error = Math.scalb(actual, 26 - exponent) * 0x1p26 - exact.high() - exact.low();
            assertTrue(Math.abs(error) <= 2, () -> f + " of " + x + ": " + actual + " is off by " + error);
        }
    }

    @Test
    void zerosInfinitiesAndNaNAreExact() {
        double infinity = Double.POSITIVE_INFINITY;
        for (double zero : new double[] {0, -0.0}) {
            assertEquals(1, of(Activation.EXP, zero));
            assertEquals(0.5, of(Activation.SIGMOID, zero));
            assertEquals(zero, of(Activation.TANH, zero)); // keeps its sign
            assertEquals(0, of(Activation.RELU, zero));
            assertEquals(-infinity, of(Activation.LOG, zero));
            assertEquals(StrictMath.log(2), of(Activation.SOFTPLUS, zero));
        }
        for (double large : new double[] {infinity, Double.MAX_VALUE, 1000}) {
            assertEquals(infinity, of(Activation.EXP, large));
            assertEquals(1, of(Activation.SIGMOID, large));
            assertEquals(1, of(Activation.TANH, large));
            assertEquals(large, of(Activation.RELU, large));
            assertEquals(StrictMath.log(large), of(Activation.LOG, large));
            assertEquals(large, of(Activation.SOFTPLUS, large));
            assertEquals(0, of(Activation.EXP, -large));
            assertEquals(0, of(Activation.SIGMOID, -large));
            assertEquals(-1, of(Activation.TANH, -large));
            assertEquals(0, of(Activation.RELU, -large));
            assertEquals(Double.NaN, of(Activation.LOG, -large));
            assertEquals(0, of(Activation.SOFTPLUS, -large));
        }
        for (Activation f : Activation.values()) {
            assertEquals(Double.NaN, of(f, Double.NaN));
        }
    }

    @Test
    void theEndsOfTheRangesAreWhereDoublesEnd() {
        assertEquals(StrictMath.exp(709.782712893384), of(Activation.EXP, 709.782712893384), 2 * Math.ulp(1e308));
        assertEquals(Double.POSITIVE_INFINITY, of(Activation.EXP, 709.782712893385));
        for (Activation f : new Activation[] {Activation.EXP, Activation.SIGMOID, Activation.SOFTPLUS}) {
            assertEquals(Double.MIN_VALUE, of(f, -745.13)); // above half the smallest double
            assertEquals(0, of(f, -745.14));
        }
        for (double tiny : new double[] {Double.MIN_VALUE, -Double.MIN_VALUE, 1e-310, 1e-30}) {
            assertEquals(tiny, of(Activation.TANH, tiny));
        }
        assertEquals(StrictMath.log(Double.MIN_VALUE), of(Activation.LOG, Double.MIN_VALUE));
        assertEquals(0, of(Activation.LOG, 1));
    }
}
