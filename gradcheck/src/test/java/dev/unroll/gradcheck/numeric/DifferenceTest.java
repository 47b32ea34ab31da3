package dev.unroll.gradcheck.numeric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.gradcheck.util.ArrayMath;
import dev.unroll.rnn.init.Randoms;
import java.util.function.DoubleUnaryOperator;
import java.util.random.RandomGenerator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;

class DifferenceTest {
    private static Difference of(DoubleUnaryOperator f, double x) {
        return of(f, x, Difference.step(x, 1));
    }

    private static Difference of(DoubleUnaryOperator f, double x, double step) {
        Difference.Sums sums = new Difference.Sums();
        sums.add(
                1, f.applyAsDouble(x - 2 * step), f.applyAsDouble(x - step), f.applyAsDouble(x),
                f.applyAsDouble(x + step), f.applyAsDouble(x + 2 * step));
        return sums.difference(step);
    }

    private static void assertHonest(double derivative, Difference difference, double accuracy) {
        double wrong = Math.abs(difference.value() - derivative);
        assertTrue(wrong <= difference.error(), () -> wrong + " wrong: " + difference);
        assertTrue(wrong <= accuracy * Math.max(1, Math.abs(derivative)), () -> wrong + " wrong: " + difference);
    }

    /** The accuracies: the step^4 term is 1e-16 of the fifth derivative; rounding is some 2e-12 of the value. */
    @Property
    void theEstimateOfTheErrorIsAnUpperOneForSmoothFunctions(@ForAll @DoubleRange(min = -3, max = 3) double x) {
        assertHonest(Math.exp(x), of(Math::exp, x), 1e-10);
        assertHonest(Math.cos(x), of(Math::sin, x), 1e-10);
        assertHonest(1 - Math.tanh(x) * Math.tanh(x), of(Math::tanh, x), 1e-10);
        assertHonest(5 * Math.pow(x, 4), of(y -> Math.pow(y, 5), x), 1e-10);
        assertHonest(30 * Math.cos(30 * x), of(y -> Math.sin(30 * y), x), 1e-8); // fifth derivative: 30^5
    }

    /** Wherever a kink of slopes 0 and 1 lies within the steps, the estimate covers what the difference is wrong. */
    @Property
    void theEstimateOfTheErrorIsAnUpperOneAtKinks(@ForAll @DoubleRange(min = -3, max = 3) double steps) {
        double x = steps * Difference.step(0, 1);
        assertHonest(x > 0 ? 1 : 0, of(y -> Math.max(0, y), x, Difference.step(0, 1)), 1);
    }

    @Property
    void aKinkWithinTheStepsIsNeverTakenForSmooth(@ForAll @DoubleRange(min = -1.99, max = 1.99) double steps) {
        double x = steps * Difference.step(0, 1);
        assertTrue(of(y -> Math.max(0, y), x, Difference.step(0, 1)).error() > 1e-3,
                () -> "kink " + steps + " steps away");
    }

    @Property
    void largeNumbersAreMovedInProportion(@ForAll @DoubleRange(min = 1e3, max = 1e6) double x) {
        assertEquals(1, of(Math::log, x).value() * x, 1e-8); // rounding: 2e-12 of log x <= 14, over x / step = 2^13
    }

    /** So the numbers beside the point are, but for those across a power of two, exactly a step away. */
    @Property
    void stepsArePowersOfTwo(@ForAll @DoubleRange(min = -1e9, max = 1e9) double x) {
        double step = Difference.step(x, 1);
        assertEquals(step, Math.scalb(1.0, Math.getExponent(step)));
        double moved = x == 0 ? 1 : Math.abs(x);
        assertTrue(step <= 0x1p-13 * moved && 2 * step > 0x1p-13 * moved || step == Double.MIN_NORMAL);
    }

    @Property
    void noNumberOfALineIsMovedFurtherThanAlone(@ForAll long seed) {
        RandomGenerator random = Randoms.of(seed);
        double[] point = random.doubles(10).map(x -> Math.pow(10, 12 * x - 6)).toArray();
        double[] direction = random.doubles(10, -1, 1).toArray();
        double step = Difference.step(point, direction);
        double least = Math.min(1, ArrayMath.largest(point) / 32);
        for (int j = 0; j < 10; j++) {
            // The square root of a sum of squares is right to a few units of the last place.
            double alone = Difference.step(Math.max(point[j], least), 1);
            assertTrue(step * Math.abs(direction[j]) <= alone * (1 + 1e-15));
        }
        assertTrue(step > 0);
        assertEquals(0x1p-13, Difference.step(new double[] {3, 5}, new double[2]));
    }

    /** Taken again at other steps, it is the same to the rounding of the values, 1e-12, and the term of step^4. */
    @Property
    void doubtAddsNothingToTheErrorOfASmoothFunction(@ForAll @DoubleRange(min = -3, max = 3) double x) {
        Difference difference = of(Math::sin, x);
        Difference doubted = difference.doubted(factor -> of(Math::sin, x, factor * difference.step()).value());
        assertTrue(doubted.error() - difference.error() <= 1e-10, () -> doubted + " after " + difference);
    }

    /** The values are rounded to 2^-30: over the step that is 7.6e-6, which they do not show. */
    @Property
    void doubtCoversRoundingWithin(@ForAll @DoubleRange(min = 1, max = 3) double x) {
        DoubleUnaryOperator f = y -> Math.rint(0x1p30 * Math.sin(y)) * 0x1p-30;
        Difference difference = of(f, x);
        Difference doubted = difference.doubted(factor -> of(f, x, factor * difference.step()).value());
        assertHonest(Math.cos(x), doubted, 1e-4);
    }
}
