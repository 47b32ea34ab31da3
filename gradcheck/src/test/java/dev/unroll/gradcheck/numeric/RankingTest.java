package dev.unroll.gradcheck.numeric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.unroll.gradcheck.finding.Comparison;
import dev.unroll.gradcheck.util.ArrayMath;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/** Which is the worst of many: what is not finite is worse than every number, in whatever place it comes. */
class RankingTest {
    private static ComparedDerivative named(String name) {
        DoubleUnaryOperator none = t -> 0;
        return new ComparedDerivative(() -> name, 0, none, 1);
    }

    @Test
    void anUndecidedDerivativeWhoseErrorIsNaNStaysTheWorst() {
        double[] errors = {1e3, Double.NaN, 1e5};
        for (int first = 0; first < 3; first++) {
            ComparisonStatistics statistics = new ComparisonStatistics();
            for (int i = 0; i < 3; i++) {
                double error = errors[(first + i) % 3];
                statistics.add(1, new Difference(1, error, 0, 1), 1, named(String.valueOf(error)));
            }
            assertEquals(3, statistics.undecided());
            assertEquals("NaN", statistics.worst().named().of());
        }
    }

    @Test
    void aWrongDerivativeThatIsNotFiniteStaysTheWorst() {
        double[] analytic = {2, Double.NaN, 3};
        for (int first = 0; first < 3; first++) {
            ComparisonStatistics statistics = new ComparisonStatistics();
            for (int i = 0; i < 3; i++) {
                double value = analytic[(first + i) % 3];
                statistics.add(value, new Difference(1, 0, 1e-12, 1), 1, named(String.valueOf(value)));
            }
            assertEquals(3, statistics.wrong());
            assertEquals("NaN", statistics.worst().named().of());
        }
    }

    @Test
    void noToleranceIsWideEnoughForWhatIsNoNumber() {
        double nan = Double.NaN;
        double infinity = Double.POSITIVE_INFINITY;
        for (double[] wrong : new double[][] {
            {nan, 1, 1e-9}, {1, nan, 1e-9}, {nan, nan, 1e-9}, {1, 2, nan}, {infinity, 1, infinity},
            {infinity, infinity, 1}}) {
            Comparison comparison = new Comparison("x", wrong[0], wrong[1], 0, wrong[2], true);
            assertEquals(infinity, comparison.tolerances(), comparison.toString());
        }
        assertEquals(0, new Comparison("x", 1, 1, 0, nan, true).tolerances());
    }

    /** An infinite norm would be an infinite tolerance, by which no error is seen. */
    @Test
    void normsAreRightAsLongAsTheyAreNumbers() {
        for (double size : new double[] {1e-320, 1e-200, 1e-170, 1, 1e160, 1e200, 1e307}) {
            double norm = ArrayMath.norm(new double[] {3 * size, 0, -4 * size});
            assertEquals(5 * size, norm, 1e-15 * 5 * size + Double.MIN_VALUE);
        }
        assertEquals(0, ArrayMath.norm(new double[3]));
        assertEquals(Double.NaN, ArrayMath.norm(new double[] {1, Double.NaN}));
        assertFalse(Double.isFinite(ArrayMath.norm(new double[] {1, Double.NEGATIVE_INFINITY})));
    }
}
