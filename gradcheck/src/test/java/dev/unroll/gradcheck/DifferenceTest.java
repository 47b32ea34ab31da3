package dev.unroll.gradcheck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.DoubleUnaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;

class DifferenceTest {
    private static Difference of(DoubleUnaryOperator f, double x) {
        double step = Difference.step(x);
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
        double x = steps * Difference.step(0);
        assertHonest(x > 0 ? 1 : 0, of(y -> Math.max(0, y), x), 1);
    }

    @Property
    void aKinkWithinTheStepsIsNeverTakenForSmooth(@ForAll @DoubleRange(min = -1.99, max = 1.99) double steps) {
        double x = steps * Difference.step(0);
        assertTrue(of(y -> Math.max(0, y), x).error() > 1e-3, () -> "kink " + steps + " steps away");
    }

    @Property
    void largeNumbersAreMovedInProportion(@ForAll @DoubleRange(min = 1e3, max = 1e6) double x) {
        assertEquals(1, of(Math::log, x).value() * x, 1e-8); // rounding: 2e-12 of log x <= 14, over x / step = 2^13
    }
}
