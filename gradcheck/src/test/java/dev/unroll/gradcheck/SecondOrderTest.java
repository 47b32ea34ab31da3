package dev.unroll.gradcheck;

import static dev.unroll.gradcheck.GradCheck.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.gradcheck.Result.Verdict;
import dev.unroll.gradcheck.finding.Hint;
import dev.unroll.gradcheck.input.Input;
import dev.unroll.rnn.autograd.ArithmeticOps;
import dev.unroll.rnn.autograd.CellOps;
import dev.unroll.rnn.init.Randoms;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class SecondOrderTest {
    @Property(tries = 20)
    void rightGradientsHaveRightSecondDerivatives(@ForAll long seed) {
        GradCheck.of(CellOps.LSTM).seed(seed).secondOrder().run().orThrow();
    }

    /** A gradient that is right at the point alone: it does not move with x. */
    @Example
    void aGradientThatIsRightOnlyAtThePointIsFound() {
        Input x = Input.of(new double[] {2, 3}, 2);
        GradCheck.of(at -> at[0] * at[1], at -> new double[] {3, 2}, x).run().orThrow();
        Result result = GradCheck.of(at -> at[0] * at[1], at -> new double[] {3, 2}, x).secondOrder().run();
        assertEquals(Verdict.WRONG, result.verdict());
        assertEquals(Hint.Kind.SECOND_ORDER, result.hint().kind());
        assertTrue(result.worst().of().contains("second differences of the function"), result::toString);
    }

    /** And one that moves, but as the gradient of no function does. */
    @Example
    void aGradientWhoseDerivativeIsNotSymmetricIsFound() {
        Input x = Input.of(new double[] {2, 3}, 2);
        Result result = GradCheck.of(
                at -> at[0] * at[1], at -> new double[] {at[1] + at[1] - 3, at[0]}, x).secondOrder().directions(1)
                .run();
        assertEquals(2, result.wrong(), result::toString);
        assertEquals(4, result.comparisons());
    }

    @Example
    void aLinearFunctionHasNoSecondDerivative() {
        GradCheck.of((tape, a, b) -> tape.add(a, b), shape(3, 4), shape(3, 4)).secondOrder().run().orThrow();
        assertEquals(List.of(), GradCheck.of(ArithmeticOps.ADD).secondOrder().run().faults());
    }

    /** Functions that round within, bend, or have one number that is much larger than the others. */
    @Property(tries = 100)
    void secondDerivativesOfHardFunctionsAreNotCalledWrong(@ForAll long seed) {
        double[] x = Randoms.of(seed).doubles(3, 1, 2).toArray();
        assertNotWrong(
                at -> 1e6 + Math.sin(at[0] * at[1]) - 1e6, at -> new double[] {
                    at[1] * Math.cos(at[0] * at[1]), at[0] * Math.cos(at[0] * at[1]), 0},
                seed, x);
        assertNotWrong(
                at -> Math.sin(300 * at[0]) * at[1], at -> new double[] {
                    300 * Math.cos(300 * at[0]) * at[1], Math.sin(300 * at[0]), 0},
                seed, x);
        x[0] = 100; // second differences are exact to 4e-9 of the values: 4e-7
        CheckBuilder right = GradCheck.of(
                at -> at[0] + Math.sin(at[1]), at -> new double[] {1, Math.cos(at[1]), 0}, Input.of(x, 3));
        right.seed(seed).secondOrder().run().orThrow();
    }

    private static void assertNotWrong(
            ToDoubleFunction<double[]> function, UnaryOperator<double[]> gradient, long seed, double[] x) {
        Result result = GradCheck.of(function, gradient, Input.of(x, 3)).seed(seed).secondOrder().run();
        assertTrue(result.verdict() != Verdict.WRONG, result::toString);
    }
}
