package dev.unroll.gradcheck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.gradcheck.Result.Verdict;
import dev.unroll.gradcheck.input.Input;
import dev.unroll.rnn.init.Randoms;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Functions that make differences inexact: right gradients are right all the same, and wrong ones wrong. */
class HardFunctionTest {
    /**
     * A function of one number.
     *
     * @param visible an error of this part of the derivative must be seen; 0 where the derivative is 0
     */
    record Case(String name, DoubleUnaryOperator f, DoubleUnaryOperator derivative, double x, double visible) {
        Result result(double factor, double more) {
            return GradCheck.of(
                    at -> f.applyAsDouble(at[0]),
                    at -> new double[] {factor * derivative.applyAsDouble(at[0]) + more},
                    Input.of(new double[] {x}, 1)).run();
        }

        @Override
        public String toString() {
            return name + " at " + x;
        }
    }

    private static Case wave(double k, double x, double visible) {
        return new Case("sin " + k + " x", y -> Math.sin(k * y), y -> k * Math.cos(k * y), x, visible);
    }

    private static Case log(double x) {
        return new Case("log", Math::log, y -> 1 / y, x, 1e-6);
    }

    private static Case power(int n, double x, double visible) {
        return new Case("power " + n, y -> Math.pow(y, n), y -> n * Math.pow(y, n - 1), x, visible);
    }

    /** Differences are to be exact to 1e-7 of the derivative; an error ten times that must be seen. */
    static Stream<Case> cases() {
        return Stream.of(
                wave(804.2477, 0.3, 1e-6), // its length divides the step of 2^-7
                wave(100, 0.3, 1e-6), wave(10, 0.3, 3e-7), wave(3000, 0.3, 1e-6), wave(20_000, 0.3, 1e-5),
                log(1e-3), log(1e-5), log(1), log(1e5),
                new Case("sqrt", Math::sqrt, y -> 0.5 / Math.sqrt(y), 1e-4, 1e-6),
                new Case("sqrt", Math::sqrt, y -> 0.5 / Math.sqrt(y), 1e-5, 1e-6),
                power(3, 1e-3, 0.02), power(3, 1e-6, 0.02), power(20, 1.3, 4e-7), power(2, 1e-3, 1e-6),
                new Case("exp of 10 x", y -> Math.exp(10 * y), y -> 10 * Math.exp(10 * y), 2, 1e-6),
                // Rounds to 2^-33 within: of the step of 2^-12 that is 5e-7.
                new Case("1e6 + sin x - 1e6", y -> 1e6 + Math.sin(y) - 1e6, Math::cos, 3.3, 1e-4));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aRightDerivativeIsRightAndAWrongOneWrong(Case each) {
        assertEquals(Verdict.RIGHT, each.result(1, 0).verdict(), () -> each.result(1, 0).toString());
        Result wrong = each.result(1 + each.visible(), 0);
        assertEquals(Verdict.WRONG, wrong.verdict(), wrong::toString);
    }

    /** A derivative of 0 is measured by the slopes around: here 64 steps away, 2^-14 for the cube, 2^-21 for x^4. */
    @Test
    void aPointWithoutSlopeIsJudged() {
        for (int n : new int[] {2, 3, 4}) {
            Case each = power(n, 0, 0);
            assertEquals(Verdict.RIGHT, each.result(1, 0).verdict(), () -> each.result(1, 0).toString());
            Result wrong = each.result(1, 1e-9);
            assertEquals(Verdict.WRONG, wrong.verdict(), wrong::toString);
        }
        ToDoubleFunction<double[]> rosenbrock =
                x -> Math.pow(1 - x[0], 2) + 100 * Math.pow(x[1] - x[0] * x[0], 2);
        UnaryOperator<double[]> gradient = x -> new double[] {
            2 * (x[0] - 1) - 400 * x[0] * (x[1] - x[0] * x[0]), 200 * (x[1] - x[0] * x[0])};
        for (double[] at : new double[][] {{1, 1}, {1, 1 + 1e-9}, {1 + 1e-5, 1}, {-1.2, 1}}) {
            GradCheck.of(rosenbrock, gradient, Input.of(at, 2)).run().orThrow();
        }
        Result wrong = GradCheck.of(rosenbrock, x -> new double[] {0, 1e-3}, Input.of(new double[] {1, 1}, 2)).run();
        assertEquals(Verdict.WRONG, wrong.verdict(), wrong::toString);
    }

    @Test
    void noWaveIsEverCalledWrong() {
        for (int k = 300; k < 80_000; k += k < 2300 ? 1 : 97) {
            Result result = wave(k, 0.3, 0).result(1, 0);
            assertTrue(result.verdict() != Verdict.WRONG, result::toString);
            assertTrue(k >= 2300 || result.verdict() == Verdict.RIGHT, result::toString);
        }
    }

    /** The first step, of 2^-15, divides the first wave's length; shorter ones see it. The others are too short for all. */
    @Test
    void aWaveThatIsShorterThanTheStepsIsIllConditioned() {
        Result seen = wave(10 * 2 * Math.PI * 8192, 0.3, 0).result(1, 0);
        assertEquals(Verdict.RIGHT, seen.verdict(), seen::toString);
        for (double k : new double[] {1e12, 1e13}) {
            Result result = wave(k, 0.3, 0).result(1, 0);
            assertEquals(Verdict.UNDECIDED, result.verdict(), result::toString);
        }
        assertTrue(wave(1e9, 0.3, 0).result(1, 0).verdict() != Verdict.WRONG);
    }

    /** The mean of squares less the square of the mean loses the digits that both have in common. */
    @Test
    void aFunctionThatRoundsWithinIsNotCalledWrong() {
        for (double center : new double[] {1e3, 1e4, 1e5}) {
            for (int seed = 0; seed < 300; seed++) {
                RandomGenerator random = Randoms.of(seed);
                double[] x = random.doubles(6, center, center + 1).toArray();
                UnaryOperator<double[]> gradient = at -> {
                    double mean = Arrays.stream(at).sum() / 6;
                    return Arrays.stream(at).map(y -> (y - mean) / 3).toArray();
                };
                ToDoubleFunction<double[]> variance = at -> {
                    double mean = Arrays.stream(at).sum() / 6;
                    return Arrays.stream(at).map(y -> y * y).sum() / 6 - mean * mean;
                };
                Result result = GradCheck.of(variance, gradient, Input.of(x, 6)).run();
                assertTrue(result.verdict() != Verdict.WRONG, result::toString);
                assertTrue(center > 1e4 || result.verdict() == Verdict.RIGHT, result::toString);
                Result wrong = GradCheck.of(variance, at -> {
                    double[] claimed = gradient.apply(at);
                    claimed[3] += 0.01;
                    return claimed;
                }, Input.of(x, 6)).run();
                assertTrue(center > 1e4 || wrong.verdict() == Verdict.WRONG, wrong::toString);
            }
        }
        for (int seed = 0; seed < 300; seed++) {
            double x = Randoms.of(seed).nextDouble(3, 4);
            Result result = new Case("", y -> 1e6 + Math.sin(y) - 1e6, Math::cos, x, 0).result(1, 0);
            assertEquals(Verdict.RIGHT, result.verdict(), result::toString);
        }
    }

    @Test
    void aProjectedFunctionThatRoundsWithinIsNotCalledWrong() {
        for (int seed = 0; seed < 200; seed++) {
            double[] x = Randoms.of(seed).doubles(400, -1, 1).toArray();
            GradCheck.of(at -> Arrays.stream(at).map(y -> 1e4 + y * y - 1e4).sum(),
                    at -> Arrays.stream(at).map(y -> 2 * y).toArray(), Input.of(x, 20, 20))
                    .mode(Mode.PROJECTED).seed(seed).run().orThrow();
        }
    }

    @Test
    void oneLargeNumberDoesNotSetTheStepOfAll() {
        for (int seed = 0; seed < 100; seed++) {
            Input x = Input.of(new double[] {1e6, 0.01}, 2);
            GradCheck.of(at -> at[0] + Math.sin(at[1]), at -> new double[] {1, Math.cos(at[1])}, x)
                    .mode(Mode.PROJECTED).seed(seed).run().orThrow();
            Result wrong = GradCheck.of(at -> at[0] + Math.sin(at[1]),
                    at -> new double[] {1, 1.001 * Math.cos(at[1])}, x).mode(Mode.PROJECTED).seed(seed).run();
            assertEquals(Verdict.WRONG, wrong.verdict(), wrong::toString);
        }
        double[] x = Randoms.of(1).doubles(900, -1.5, 1.5).toArray();
        x[417] = 1e4;
        GradCheck.of((tape, in) -> tape.tanh(in), Input.of(x, 30, 30)).mode(Mode.PROJECTED).run().orThrow();
    }

    /** What is not seen for lack of exactness is told. */
    @Test
    void theCoarsestToleranceIsTold() {
        Result exact = wave(100, 0.3, 0).result(1, 0);
        assertEquals(0, exact.notes().size(), exact::toString);
        Result coarse = new Case("", y -> 1e8 + Math.sin(y), Math::cos, 1, 0).result(1, 0);
        assertEquals(1, coarse.notes().size(), coarse::toString);
        assertTrue(coarse.notes().getFirst().contains("an error of up to"), coarse::toString);
    }

    /** A kink that lies beside the point, not at it, is left out by a shorter step. */
    @Test
    void aKinkBesideThePointIsLeftOut() {
        double[] x = IntStream.range(1, 20).mapToDouble(i -> Math.scalb(1.0, -i)).toArray();
        GradCheck.of(at -> Arrays.stream(at).map(Math::abs).sum(),
                at -> Arrays.stream(at).map(Math::signum).toArray(), Input.of(x, x.length)).run().orThrow();
    }

    /** A longer step may agree with the first, whose error is large, and not with the shorter ones, which are right. */
    @Test
    void aFunctionInPiecesIsNotJudgedByALongerStep() {
        for (int seed = 0; seed < 300; seed++) {
            double x = Randoms.of(seed).nextDouble(1, 2);
            Case stairs = new Case("", y -> Math.floor(1000 * y) / 1000 + y, y -> 1, x, 0);
            assertTrue(stairs.result(1, 0).verdict() != Verdict.WRONG, () -> x + " " + stairs.result(1, 0));
            assertTrue(stairs.result(2.024, 0).verdict() != Verdict.RIGHT, () -> x + " " + stairs.result(2.024, 0));
        }
    }

    /** The rounding within backward is allowed for, but where it is large the derivative is not right. */
    @Test
    void aBackwardThatIsMostlyRoundingIsNotRight() {
        for (int seed = 0; seed < 200; seed++) {
            double x = Randoms.of(seed).nextDouble(0.1, 1.5);
            double claimed = (Math.sin(x + 1e-15) - Math.sin(x)) / 1e-15;
            Result result =
                    new Case("", Math::sin, y -> (Math.sin(y + 1e-15) - Math.sin(y)) / 1e-15, x, 0).result(1, 0);
            boolean isOff = Math.abs(claimed - Math.cos(x)) > 0.02 * Math.cos(x);
            assertTrue(!isOff || result.verdict() != Verdict.RIGHT, result::toString);
        }
    }

    /** Shorter steps stay on the flat side of a kink that the longest reaches. */
    @ParameterizedTest
    @ValueSource(doubles = {-3, -0.1, -0.003, -0.001, -1e-6})
    void aWrongSlopeBesideAKinkIsWrong(double x) {
        for (DoubleUnaryOperator f : List.<DoubleUnaryOperator>of(y -> Math.max(0, y), y -> Math.max(1, y + 1),
                y -> Math.min(2, 2 - y) + Math.max(0, y), y -> y > 0 ? y * y : 0)) {
            Case relu = new Case("", f, y -> 0, x, 0);
            assertEquals(Verdict.RIGHT, relu.result(1, 0).verdict(), () -> relu.result(1, 0).toString());
            for (double claimed : new double[] {1, -1, 0.01}) {
                Result wrong = relu.result(1, claimed);
                assertEquals(f.applyAsDouble(x - 1) == f.applyAsDouble(x) ? Verdict.WRONG : wrong.verdict(),
                        wrong.verdict(), wrong::toString);
            }
        }
    }

    /** Rounding within the function is what it is, and not a fixed part of 1. */
    @ParameterizedTest
    @ValueSource(doubles = {1.005, 1.0001, 1.000001})
    void aSmallErrorIsSeenAtAnyScale(double factor) {
        for (double scale : new double[] {1e-100, 1e-12, 1e-10, 1e-6, 1, 1e12}) {
            for (double x : new double[] {0.3, 1e-3, 1e-6}) {
                Case sine = new Case("", y -> scale * Math.sin(y), y -> scale * Math.cos(y), x, 0);
                Case square = new Case("", y -> scale * y * y, y -> 2 * scale * y, x, 0);
                for (Case each : List.of(sine, square)) {
                    assertEquals(Verdict.RIGHT, each.result(1, 0).verdict(), () -> each.result(1, 0).toString());
                    Result wrong = each.result(factor, 0);
                    assertEquals(Verdict.WRONG, wrong.verdict(), wrong::toString);
                }
            }
        }
    }

    /** Where numbers within change by less than a unit of their last place, no slope is known to be right or wrong. */
    @ParameterizedTest
    @ValueSource(doubles = {1, 1.01, -1, 2})
    void aSlopeThatRoundingWithinHidesIsUndecided(double factor) {
        for (Case each : List.of(
                new Case("", y -> 1e13 + Math.sin(y) - 1e13, Math::cos, 0.3, 0),
                new Case("", y -> (1 - 1 / (1 + Math.exp(-y))) * 1e20, y -> -1e20 * Math.exp(-y), 38, 0),
                new Case("", y -> Math.log(1 + y), y -> 1, 1e-17, 0),
                new Case("", y -> 1e14 * (Math.sqrt(1 + y) - 1), y -> 5e13, 1e-13, 0))) {
            Result result = each.result(factor, 0);
            assertEquals(Verdict.UNDECIDED, result.verdict(), () -> each + " " + result);
        }
    }

    /** A claim of no slope is no better than another where the slope is hidden, but for a function of one step. */
    @Test
    void noSlopeIsRightOnlyWhereNoneIsHidden() {
        for (Case hidden : List.of(
                new Case("", y -> 1e13 + Math.sin(y) - 1e13, y -> 0, 0.3, 0),
                new Case("", y -> Math.log(1 + y), y -> 0, 1e-17, 0),
                new Case("", y -> 1e14 * (Math.sqrt(1 + y) - 1), y -> 0, 1e-13, 0))) {
            assertEquals(Verdict.UNDECIDED, hidden.result(1, 0).verdict(), () -> hidden.result(1, 0).toString());
        }
        for (double x : new double[] {0.3, 0.001, -1e-5}) {
            Case sign = new Case("", Math::signum, y -> 0, x, 0);
            assertEquals(Verdict.RIGHT, sign.result(1, 0).verdict(), () -> sign.result(1, 0).toString());
        }
    }

    /** Over the first step the exponential changes by 6750 of its units but for a millionth, so decimals of it agree. */
    @Test
    void roundingsThatFallAlikeAtDecimalsOfAStepAreSeen() {
        double slope = 1.0058298271989035E-4;
        Result result = GradCheck.of(x -> Math.log(Math.exp(x[0] * slope)), x -> new double[] {slope},
                Input.of(new double[] {1.4725787102887877E-4}, 1)).run();
        assertNotEquals(Verdict.WRONG, result.verdict(), result::toString);
    }
}
