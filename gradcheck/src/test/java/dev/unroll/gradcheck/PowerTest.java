package dev.unroll.gradcheck;

import static dev.unroll.gradcheck.GradCheck.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.gradcheck.Power.Mutant;
import dev.unroll.gradcheck.Power.Outcome;
import dev.unroll.gradcheck.Power.SmallestError;
import dev.unroll.gradcheck.mutation.ChangedSource;
import dev.unroll.gradcheck.mutation.GradientChange;
import dev.unroll.gradcheck.subject.OpSource;
import dev.unroll.gradcheck.subject.Subject;
import dev.unroll.gradcheck.subject.SubjectSource;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.ArithmeticOps;
import dev.unroll.rnn.autograd.CellOps;
import dev.unroll.rnn.autograd.LossOps;
import dev.unroll.rnn.autograd.MatrixOps;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.OpTable;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.init.Initializer;
import dev.unroll.rnn.init.Randoms;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The strength of checks as a number. */
class PowerTest {
    private static final boolean FULL = Boolean.getBoolean("unroll.full");

    /** Draws after which every mutant of every op of the table was seen at sizes where it is no equivalent. */
    private static final int REPEAT = 16;

    /**
     * One draw may be of sizes or ids at which a mutant is the right gradient, as the transpose of a row is: those are
     * beyond it, and printed. Several draws see all.
     */
    @Test
    void everyMutantOfEveryOpIsCaughtByTheDefaultsOrBySeveralDraws() {
        List<String> beyond = new ArrayList<>();
        for (Op op : some(OpTable.all())) {
            Power power = GradCheck.of(op).power();
            assertTrue(power.count(Outcome.CAUGHT) >= 20, power::toString);
            for (SmallestError error : power.smallest()) {
                assertTrue(error.ofAll() <= 1e-6 && error.ofElement() <= 1e-6, power::toString);
            }
            if (power.percent() < 100) {
                power.missed().forEach(mutant -> beyond.add(op + ": " + mutant));
                Power repeated = GradCheck.of(op).repeat(REPEAT).power();
                assertEquals(100, repeated.percent(), repeated::toString);
            }
        }
        System.out.println("Beyond one draw, not beyond " + REPEAT + ":\n" + String.join("\n", beyond));
    }

    /** In the profile full all ops, otherwise one in eight. */
    private static List<Op> some(List<Op> all) {
        List<Op> some = new ArrayList<>();
        for (int i = 0; i < all.size(); i += FULL ? 1 : 8) {
            some.add(all.get(i));
        }
        return some;
    }

    /** At size 1 the transpose of a matrix is the matrix, and its first row the last: that is no power. */
    @Test
    void whatAWeakCheckMissesIsNamed() {
        Power weak = GradCheck.of(MatrixOps.MATMUL).sizesUpTo(1).power();
        assertTrue(weak.percent() < 90, weak::toString);
        Mutant transposed = weak.missed().stream()
                .filter(mutant -> mutant.of().equals("input 1") && mutant.text().equals("is transposed"))
                .findFirst()
                .orElseThrow();
        assertTrue(transposed.seen().contains("at inputs such as [F64["), transposed::toString);
        assertTrue(weak.toString().contains("missed: the gradient of input 1 is transposed: at inputs"),
                weak::toString);
        assertEquals(100, GradCheck.of(MatrixOps.MATMUL).power().percent());
    }

    /** Of a sum the gradients are functions of the delta alone: what is read as the other input changes nothing. */
    @Test
    void whatChangesNothingDoesNotCount() {
        Power power = GradCheck.of(ArithmeticOps.ADD).power();
        assertTrue(power.count(Outcome.CHANGES_NOTHING) > 0, power::toString);
        for (Mutant mutant : power.mutants()) {
            if (mutant.outcome() == Outcome.CHANGES_NOTHING) {
                assertTrue(mutant.text().contains("computed with"), mutant::toString);
            }
        }
        assertEquals(100, power.percent());
        assertEquals(List.of(), power.missed());
    }

    @Test
    void theSmallestErrorIsThatOfTheCheck() {
        Power power = GradCheck.of(x -> 1e10 + x[0], x -> new double[] {1}, shape(1)).power();
        assertTrue(power.smallest().getFirst().ofAll() >= 1e-2, "it is faint beside the value: " + power);
        Power exact = GradCheck.of(x -> x[0] * x[0], x -> new double[] {2 * x[0]}, shape(1)).power();
        assertTrue(exact.smallest().getFirst().ofAll() <= 1e-6, exact::toString);
        for (double part : new double[] {exact.smallest().getFirst().ofAll(), 1e-12}) {
            Verdict verdict = Verdict.of(GradCheck.of(
                    x -> x[0] * x[0], x -> new double[] {2 * x[0] * (1 + part)}, shape(1)));
            assertEquals(part == 1e-12 ? Verdict.PASSES : Verdict.FAILS, verdict);
        }
    }

    private enum Verdict {
        PASSES,
        FAILS;

        static Verdict of(CheckBuilder check) {
            return check.run().verdict() == Result.Verdict.RIGHT ? PASSES : FAILS;
        }
    }

    @Test
    void functionsAndParametersHavePowerToo() {
        Power function = GradCheck.of(
                (tape, x, w) -> tape.sigmoid(tape.matmul(x, w)), shape(3, 4), shape(4, 2)).power();
        assertEquals(100, function.percent(), function::toString);
        assertEquals(List.of("input 0", "input 1"), function.smallest().stream().map(SmallestError::of).toList());
        Power projected = GradCheck.of(x -> Arrays.stream(x).map(Math::sin).sum(),
                x -> Arrays.stream(x).map(Math::cos).toArray(), shape(500)).power();
        assertEquals(100, projected.percent(), projected::toString);
        try (Workspace workspace = new Workspace("test")) {
            Parameters parameters = new Parameters();
            Parameter w = parameters.declare("w", Initializer.uniform(1), 3, 4);
            parameters.allocate(workspace, ElementType.F64, Randoms.of(1));
            Power ofParameters = GradCheck.ofAll((tape, in) -> new Variable[] {
                tape.tanh(tape.matmul(in[0], w))}, shape(2, 3)).parameters(parameters).power();
            assertEquals(100, ofParameters.percent(), ofParameters::toString);
            assertEquals("parameter w", ofParameters.smallest().getLast().of());
        }
    }

    @Test
    void aCheckThatFailsHasNoPower() {
        Op add = ArithmeticOps.ADD;
        Op wrong = new Op("wrong", add.domain(), add.forward(), call -> call.addGradient(2, 0, call.delta(0)));
        AssertionError error = assertThrows(AssertionError.class, () -> GradCheck.of(wrong).power());
        assertTrue(error.getMessage().startsWith("gradient check of wrong"), error::getMessage);
    }

    @Test
    void theReportHasAllForPersonsAndPrograms() {
        Power power = GradCheck.of(LossOps.SQUARED_ERROR).seed(1).power();
        String[] lines = power.toString().split("\n");
        assertTrue(lines[0].startsWith("power of the check of squared_error[F64["), lines[0]);
        assertTrue(lines[0].contains("(full Jacobian, seed 1): 100"), lines[0]);
        assertTrue(lines[1].matches("  caught of input 0: relative errors from 1e-\\d+ of the whole gradient and from"
                + " 1e-\\d+ of one element"), lines[1]);
        assertEquals("squared_error", power.values().get("name"));
        assertEquals(100.0, power.values().get("percent"));
        assertEquals(power.count(Outcome.CAUGHT), power.values().get("caught"));
        assertEquals(1, ((List<?>) power.values().get("smallest")).size());
    }

    /** A mutant is looked at wherever the right gradient is. */
    @Test
    void aChangedSourceAsksTheRightOneForEverything() {
        OpSource right = new OpSource(MatrixOps.MATMUL);
        ChangedSource changed = new ChangedSource(right, GradientChange.ofScale(0, 0.1));
        assertEquals(right.furtherInputs(Randoms.of(1)).toString(), changed.furtherInputs(Randoms.of(1)).toString());
        assertEquals(2, changed.furtherInputs(Randoms.of(1)).size());
        for (Class<?> wrapped : new Class<?>[] {Subject.class, SubjectSource.class}) {
            assertTrue(Arrays.stream(wrapped.getMethods()).noneMatch(Method::isDefault), wrapped + " has a default that"
                    + " a wrapper can forget to pass on");
        }
    }

    @Test
    void aConstantHasNoGradientToBeWrong() {
        Power power = GradCheck.of(CellOps.LSTM).constant(3).power();
        assertEquals(100, power.percent(), power::toString);
        assertTrue(power.mutants().stream().noneMatch(mutant -> mutant.of().equals("input 3")));
    }
}
