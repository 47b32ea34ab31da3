package dev.unroll.gradcheck;

import static dev.unroll.gradcheck.GradCheck.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.gradcheck.Result.Verdict;
import dev.unroll.gradcheck.finding.Hint;
import dev.unroll.gradcheck.finding.Hint;
import dev.unroll.gradcheck.input.Input;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PlainFunctionTest {
    @Test
    void aFunctionAndItsGradientAreChecked() {
        Result result = GradCheck.check(x -> x[0] * x[1], x -> new double[] {x[1], x[0]}, 2.0, 3.0);
        assertEquals("gradient check of a function[F64[2]]: RIGHT (full Jacobian, seed 1)",
                result.toString().split("\n")[0]);
        assertEquals(2, result.comparisons());
        GradCheck.of(x -> Arrays.stream(x).map(Math::sin).sum(),
                x -> Arrays.stream(x).map(Math::cos).toArray(), shape(50, 20)).run().orThrow();
    }

    @Test
    void aWrongGradientIsFoundWithItsElement() {
        Result result =
                GradCheck.of(x -> x[0] * x[1], x -> new double[] {x[1], x[1]}, Input.of(new double[] {2, 3}, 2)).run();
        assertEquals(Verdict.WRONG, result.verdict());
        assertEquals(1, result.wrong());
        assertEquals("d the value [0] / d x [1]", result.worst().of());
        assertEquals(3, result.worst().analytic());
        assertEquals(2, result.worst().numeric(), 1e-9);
        assertEquals(Hint.Kind.ONE_ELEMENT, result.hint().kind());
    }

    @Test
    void anElementOfAThousandIsFound() {
        Result result = GradCheck.of(x -> Arrays.stream(x).map(y -> y * y).sum(), x -> {
            double[] gradient = Arrays.stream(x).map(y -> 2 * y).toArray();
            gradient[617] *= 1.01;
            return gradient;
        }, shape(1000)).run();
        assertEquals(Mode.PROJECTED, result.mode());
        assertEquals(4, result.wrong());
        assertEquals(Hint.Kind.ONE_ELEMENT, result.hint().kind(), result::toString);
        assertTrue(result.hint().element().of().endsWith("x [617]"), result::toString);
    }

    @Test
    void aKinkAndIllConditioningAreToldApart() {
        Result kink = GradCheck.of(x -> Math.abs(x[0] - 1), x -> new double[] {1}, Input.of(new double[] {1}, 1)).run();
        assertEquals(Verdict.UNDECIDED, kink.verdict(), kink::toString);
        assertEquals(Hint.Kind.KINK, kink.hint().kind());
        assertTrue(kink.hint().text().contains("the slope changes from -1.00000 to 1.00000"), kink::toString);
        // Of a sum of 1e12 the last place is 1e-4, over a step of 1e-4 that is all of the slope.
        Result large =
                GradCheck.of(x -> 1e12 + x[0], x -> new double[] {1}, Input.of(new double[] {1}, 1)).run();
        assertEquals(Verdict.UNDECIDED, large.verdict(), large::toString);
        Result wild = GradCheck.of(x -> Math.sin(1e12 * x[0]), x -> new double[] {1e12 * Math.cos(1e12 * x[0])},
                Input.of(new double[] {1}, 1)).run();
        assertEquals(Verdict.UNDECIDED, wild.verdict(), wild::toString);
        Result edge = GradCheck.of(x -> x[0] > 1 ? Double.NaN : x[0], x -> new double[] {1},
                Input.of(new double[] {1}, 1)).run();
        assertEquals(Hint.Kind.ILL_CONDITIONED, edge.hint().kind(), edge::toString);
        assertTrue(edge.hint().text().contains("not finite beside the point"), edge::toString);
    }

    /** Judged with the longest step, but not to eight digits as others are: the report says so. */
    @Test
    void aGradientThatIsFaintBesideTheValuesIsTold() {
        CheckBuilder right = GradCheck.of(x -> 1e9 + x[0], x -> new double[] {1}, Input.of(new double[] {1}, 1));
        Result result = right.run().orThrow();
        assertEquals(1, result.notes().size());
        assertTrue(result.notes().getFirst().startsWith("1 of 1 derivatives are judged by differences that are less"
                + " exact"), result::toString);
        assertTrue(result.notes().getFirst().contains("an error of up to 0.004 of a derivative"), result::toString);
        CheckBuilder wrong = GradCheck.of(x -> 1e9 + x[0], x -> new double[] {1.01}, Input.of(new double[] {1}, 1));
        assertEquals(Verdict.WRONG, wrong.run().verdict());
        CheckBuilder exact = GradCheck.of(x -> 100 + x[0], x -> new double[] {1}, Input.of(new double[] {1}, 1));
        assertEquals(0, exact.run().notes().size());
    }

    @Test
    void whatHasNoGradientIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> GradCheck.of(x -> x[0], x -> x, Input.ids(3, 2)));
        assertThrows(
                IllegalArgumentException.class,
                () -> GradCheck.of(x -> x[0], x -> new double[] {1}, shape(1)).singlePrecision().run());
    }
}
