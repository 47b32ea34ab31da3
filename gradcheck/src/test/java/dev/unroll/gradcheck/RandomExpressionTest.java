package dev.unroll.gradcheck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.gradcheck.Result.Verdict;
import dev.unroll.gradcheck.finding.Comparison;
import dev.unroll.gradcheck.input.Input;
import dev.unroll.gradcheck.util.ArrayMath;
import dev.unroll.rnn.init.Randoms;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random expressions at several scales, whose gradients dual numbers give: a right gradient is never wrong, and a wrong
 * one is right only if its error is below what the result says that it could have seen.
 */
class RandomExpressionTest {
    private static final int CASES = Integer.getInteger("unroll.expressions", 500);

    /** Arguments of functions that are this much larger than the inputs are not drawn: nothing but rounding is left. */
    private static final double LARGEST = 1e6;

    /** What is done to one element of the gradient. */
    private static final double[] FACTORS = {1.001, 1 + 1e-6, -1, 0};

    private record Case(Expression function, double[] x, double[] gradient, int element) {
        Result result(double factor) {
            return GradCheck.of(function::value, at -> {
                double[] claimed = function.gradient(at);
                claimed[element] *= factor;
                return claimed;
            }, Input.of(x, x.length)).run();
        }

        /** PyTorch's rule: a difference over 1e-6, of which 1e-3 of it and 1e-5 are allowed. */
        boolean isRightToPyTorch(double factor) {
            for (int j = 0; j < x.length; j++) {
                double numeric = (moved(j, 1e-6) - moved(j, -1e-6)) / 2e-6;
                double claimed = gradient[j] * (j == element ? factor : 1);
                if (!(Math.abs(claimed - numeric) <= 1e-5 + 1e-3 * Math.abs(numeric))) {
                    return false;
                }
            }
            return true;
        }

        private double moved(int j, double step) {
            double[] at = x.clone();
            at[j] += step;
            return function.value(at);
        }

        @Override
        public String toString() {
            return function + " at " + Arrays.toString(x);
        }
    }

    private static Case draw(long seed, double scale, boolean smooth) {
        RandomGenerator random = Randoms.of(seed);
        while (true) {
            int inputs = random.nextInt(1, 5);
            Expression function = Expression.random(random, inputs, random.nextInt(1, 6), scale, smooth);
            double[] x = random.doubles(inputs, -1.5 * scale, 1.5 * scale).toArray();
            double[] gradient = function.gradient(x);
            int element = random.nextInt(inputs);
            boolean isFinite = Double.isFinite(function.value(x)) && Arrays.stream(gradient).allMatch(Double::isFinite);
            if (isFinite && gradient[element] != 0 && function.largest(x) <= LARGEST * Math.max(1, scale)) {
                return new Case(function, x, gradient, element);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1e-4, true", "1e-4, false", "0.1, true", "0.1, false", "1, true", "1, false", "10, true", "10, false",
        "1000, true", "1000, false"})
    void aRightGradientIsNeverWrongAndAWrongOneRightOnlyBelowWhatIsVisible(double scale, boolean smooth) {
        for (int i = 0; i < CASES; i++) {
            Case drawn = draw(i, scale, smooth);
            Result right = drawn.result(1);
            assertNotEquals(Verdict.WRONG, right.verdict(), () -> drawn + "\n" + right);
            for (double factor : FACTORS) {
                Result perturbed = drawn.result(factor);
                if (perturbed.verdict() == Verdict.RIGHT) {
                    Comparison element = perturbed.derivatives().get(drawn.element());
                    double off = Math.abs(drawn.gradient()[drawn.element()] * (factor - 1));
                    // Where values within do not change by some units of their last place, or gradients cancel to as
                    // many units of the largest, there is nothing to be seen.
                    double lost = 0x1p-46 * drawn.function().largest(drawn.x()) / Math.abs(drawn.x()[drawn.element()])
                            + 0x1p-46 * ArrayMath.largest(drawn.gradient());
                    double largest = Math.max(Math.abs(element.analytic()), Math.abs(element.numeric()));
                    assertTrue(off <= element.visibleError() * largest * (1 + 1e-9) || off <= lost,
                            () -> factor + " times: " + drawn + "\n" + perturbed);
                }
            }
        }
    }

    /** At scale 1 nearly all elements are judged to 1e-6, whether the claim is right or not. */
    @ParameterizedTest
    @ValueSource(doubles = {1, 1.001, 1 + 1e-6, -1})
    void elementsAreJudgedClosely(double factor) {
        long all = 0;
        long close = 0;
        long coarse = 0;
        for (int i = 0; i < CASES; i++) {
            for (Comparison element : draw(i, 1, true).result(factor).derivatives()) {
                if (element.analytic() != 0 || element.numeric() != 0) {
                    all++;
                    close += element.visibleError() <= 1e-6 ? 1 : 0;
                    coarse += element.visibleError() <= 1e-3 ? 1 : 0;
                }
            }
        }
        assertTrue(close >= 0.93 * all, close + " of " + all + " to 1e-6");
        assertTrue(coarse >= 0.97 * all, coarse + " of " + all + " to 1e-3");
    }

    /** Right elements are known to one percent, but for a few that are negligible beside others. */
    @ParameterizedTest
    @CsvSource({"1e-4, 0.97", "0.1, 0.98", "1, 0.99", "10, 0.97", "1000, 0.95"})
    void whatIsRightIsKnownToAPercent(double scale, double share) {
        long right = 0;
        long known = 0;
        for (int i = 0; i < CASES; i++) {
            for (Comparison element : draw(i, scale, true).result(1).derivatives()) {
                boolean isRight = element.verdict() == Comparison.Verdict.RIGHT
                        && (element.analytic() != 0 || element.numeric() != 0);
                right += isRight ? 1 : 0;
                known += isRight && element.visibleError() <= 1e-2 ? 1 : 0;
            }
        }
        assertTrue(known >= share * right, known + " of " + right);
    }

    /** Most errors of a thousandth and more are wrong, and not merely undecided. */
    @ParameterizedTest
    @CsvSource({"1e-4, 0.93", "0.1, 0.98", "1, 0.98", "10, 0.92", "1000, 0.88"})
    void errorsAreWrongAndNotUndecided(double scale, double share) {
        int wrong = 0;
        for (int i = 0; i < CASES; i++) {
            wrong += draw(i, scale, true).result(1.001).verdict() == Verdict.WRONG ? 1 : 0;
        }
        assertTrue(wrong >= share * CASES, wrong + " of " + CASES);
    }

    /** Where PyTorch's rule finds an error in a gradient, of a function it has right, it is not right here either. */
    @Test
    @Tag("full")
    void pyTorchSeesNoErrorThatIsNotSeenHere() {
        for (double scale : new double[] {1e-4, 0.1, 1, 10, 1000}) {
            for (int i = 0; i < CASES; i++) {
                Case drawn = draw(i, scale, true);
                for (double factor : FACTORS) {
                    if (drawn.isRightToPyTorch(1) && !drawn.isRightToPyTorch(factor)) {
                        assertNotEquals(Verdict.RIGHT, drawn.result(factor).verdict(), () -> factor + " " + drawn);
                    }
                }
            }
        }
    }

    /** The functions of the issue that brought scales into the judgment. */
    @Test
    void mixedScalesAreJudgedOneByOne() {
        Result flipped = GradCheck.of(x -> 1e9 * x[0] + Math.sin(x[1]), x -> new double[] {1e9, -Math.cos(x[1])},
                Input.of(new double[] {0.3, 0.7}, 2)).run();
        assertEquals(Verdict.WRONG, flipped.verdict(), flipped::toString);
        for (double claimed : new double[] {-1, 0, 3, 9, -9}) {
            Result hidden = GradCheck.of(x -> 1e13 + Math.sin(x[0]), x -> new double[] {claimed},
                    Input.of(new double[] {0.3}, 1)).run();
            assertNotEquals(Verdict.RIGHT, hidden.verdict(), hidden::toString);
        }
    }
}
