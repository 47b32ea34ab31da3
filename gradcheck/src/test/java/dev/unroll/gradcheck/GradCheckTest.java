package dev.unroll.gradcheck;

import static dev.unroll.gradcheck.GradCheck.ids;
import static dev.unroll.gradcheck.GradCheck.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.gradcheck.Result.Verdict;
import dev.unroll.gradcheck.finding.Comparison;
import dev.unroll.gradcheck.input.Input;
import dev.unroll.gradcheck.input.TapeFunction;
import dev.unroll.kernels.Activation;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.ArithmeticOps;
import dev.unroll.rnn.autograd.CellOps;
import dev.unroll.rnn.autograd.Domain;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.init.Initializer;
import dev.unroll.rnn.init.Randoms;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class GradCheckTest {
    private static void assertContains(String text, String part) {
        assertTrue(text.contains(part), () -> "expected \"" + part + "\" in: " + text);
    }

    @Test
    void theExampleOfTheReadme() {
        GradCheck.check((tape, x, w) -> tape.sigmoid(tape.matmul(x, w)), shape(3, 4), shape(4, 2));
    }

    @Test
    void functionsOfOneToFourInputsAreChecked() {
        GradCheck.check((tape, x) -> tape.tanh(x), shape(2, 3));
        GradCheck.check((tape, table, ids) -> tape.lookup(ids, table), shape(5, 3), ids(5, 7));
        GradCheck.check((tape, x, w, b) -> tape.affine(x, w, b), shape(3, 4), shape(4, 2), shape(2));
        GradCheck.check(
                (tape, p, h, w, b) -> tape.apply(CellOps.GRU, p, h, w, b)[0], shape(2, 9), shape(2, 3), shape(3, 9),
                shape(3));
        GradCheck.check(CellOps.LSTM);
    }

    @Test
    void largeFunctionsAreCheckedByProjection() {
        Result small = GradCheck.check((tape, x) -> tape.tanh(x), shape(10, 20));
        Result large = GradCheck.check((tape, x) -> tape.tanh(x), shape(10, 21));
        assertEquals(Mode.FULL_JACOBIAN, small.mode());
        assertEquals(200 * 200, small.comparisons());
        assertEquals(Mode.PROJECTED, large.mode());
        assertEquals(4, large.comparisons());
    }

    @Test
    void givenNumbersAreUsedAsTheyAre() {
        List<Double> seen = new ArrayList<>();
        GradCheck.check(
                (tape, table, ids, w) -> {
                    seen.add(table.value().get(1, 0) + 10 * ids.value().get(0, 2) + 100 * w.value().get(1, 0));
                    return tape.matmul(tape.lookup(ids, table), w);
                },
                Input.of(new double[] {1, 2, 3, 4}, 2, 2),
                Input.of(new int[] {1, 0, 1}, 3),
                Input.of(new double[] {5, 6}, 2, 1));
        assertEquals(613, seen.getFirst());
    }

    @Test
    void aTensorIsAnInputOfItsTypeAndShape() {
        try (Workspace workspace = new Workspace("test")) {
            Tensor x = workspace.allocate(ElementType.F32, 2, 2).copyFrom(1f, -2f, 3f, 0.5f);
            Tensor targets = workspace.allocate(ElementType.I32, 2).copyFrom(1, 0);
            Result result = GradCheck.check(
                    (tape, logits, t) -> tape.crossEntropy(logits, t), Input.of(x), Input.of(targets));
            assertEquals("[F64[2, 2], I32[2]]", result.inputs().toString());
        }
    }

    @Test
    void theSameSeedDrawsTheSame() {
        Result first = GradCheck.of(CellOps.GRU).seed(5).run();
        assertEquals(first, GradCheck.of(CellOps.GRU).seed(5).run());
        assertEquals(Verdict.RIGHT, first.verdict());
        assertTrue(!first.worst().equals(GradCheck.of(CellOps.GRU).seed(6).run().worst()));
    }

    @Test
    void anInputThatIsReturnedOrNotUsedIsNoFault() {
        GradCheck.check((tape, x) -> x, shape(2, 2));
        GradCheck.check((tape, x, y) -> tape.sigmoid(x), shape(2, 2), shape(3, 3));
        GradCheck.check((tape, x, y) -> tape.multiply(x, x), shape(2, 2), shape(3, 3));
        GradCheck.ofAll((tape, in) -> new Variable[] {in[0], tape.add(in[0], in[1]), in[0]}, shape(2, 2), shape(2, 2))
                .run()
                .orThrow();
    }

    @Test
    void parametersAreCheckedAndRestored() {
        try (Workspace workspace = new Workspace("test")) {
            Parameters parameters = new Parameters();
            Parameter w = parameters.declare("w", Initializer.uniform(1), 3, 3);
            Parameter unused = parameters.declare("unused", Initializer.uniform(1), 2);
            parameters.allocate(workspace, ElementType.F64, Randoms.of(1));
            double[] values = parameters.values().toDoubles();
            unused.gradient().set(0, 1, 7);
            double[] gradients = parameters.gradients().toDoubles();
            Result result = GradCheck.ofAll(
                    (tape, in) -> new Variable[] {tape.tanh(tape.matmul(tape.matmul(in[0], w), w))}, shape(2, 3))
                    .parameters(parameters)
                    .run()
                    .orThrow();
            assertEquals("[F64[2, 3], w, unused]", result.inputs().toString());
            assertEquals((6 + 9 + 2) * 6, result.comparisons());
            assertArrayEquals(values, parameters.values().toDoubles());
            assertArrayEquals(gradients, parameters.gradients().toDoubles());
        }
    }

    @Test
    void parametersOfAnotherTypeOrWithoutMemoryAreRefused() {
        try (Workspace workspace = new Workspace("test")) {
            Parameters parameters = new Parameters();
            Parameter w = parameters.declare("w", Initializer.uniform(1), 3);
            assertThrows(IllegalArgumentException.class, () -> GradCheck.check(parameters, tape -> w));
            parameters.allocate(workspace, ElementType.F32, Randoms.of(1));
            Exception e =
                    assertThrows(IllegalArgumentException.class, () -> GradCheck.check(parameters, tape -> w));
            assertContains(e.getMessage(), "type(ElementType.F64)");
        }
    }

    @Test
    void aKinkIsNotTakenForAWrongGradient() {
        Result result = relu(0);
        assertEquals(Verdict.UNDECIDED, result.verdict(), result::toString);
        assertEquals(1, result.undecided());
        String message = assertThrows(AssertionError.class, result::orThrow).getMessage();
        assertContains(message, "1 of 4 derivatives cannot be judged, such as:");
        assertContains(message, "hint: a kink is near: ");
        assertContains(message, "d output 0 [0, 1] / d input 0 [0, 1]");
    }

    private static Result relu(double x) {
        return GradCheck.of((tape, in) -> tape.activate(Activation.RELU, in), Input.of(new double[] {1, x}, 1, 2))
                .run();
    }

    /** Steps are relative to the number that is moved, so they do not reach a kink beside it. */
    @Test
    void aKinkBesideThePointDoesNotMatter() {
        for (double x : new double[] {1e-300, 1e-12, -1e-12, 3e-11, -8e-11, 1.3e-10}) {
            assertEquals(Verdict.RIGHT, relu(x).verdict(), relu(x)::toString);
        }
    }

    @Test
    void drawnInputsAreDrawnAgainWhereNothingIsDecided() {
        // Below 0.5 the wave is so short that differences see only its rounding; two numbers of three lie there.
        int draws = 0;
        for (int seed = 0; seed < 10; seed++) {
            Result result = GradCheck.of(
                    x -> x[0] > 0.5 ? x[0] : Math.sin(1e12 * x[0]),
                    x -> new double[] {x[0] > 0.5 ? 1 : 1e12 * Math.cos(1e12 * x[0])}, shape(1))
                    .seed(seed)
                    .run()
                    .orThrow();
            draws += result.draws();
        }
        assertTrue(draws > 10, draws + " draws in 10 checks");
    }

    @Test
    void whatIsNotFiniteIsNamedWithItsPlace() {
        Result result = GradCheck.of(
                (tape, x) -> tape.activate(Activation.EXP, x), Input.of(new double[] {1, 2, 1000, 3}, 2, 2))
                .named("growth")
                .run();
        assertEquals("[output 0 [1, 0] is Infinity]", result.faults().toString());
        assertNull(result.worst());
        String message = assertThrows(AssertionError.class, result::orThrow).getMessage();
        assertEquals(
                """
                gradient check of growth[F64[2, 2]]: WRONG (full Jacobian, seed 1)
                  output 0 [1, 0] is Infinity""",
                message);
    }

    @Test
    void whatCannotBeCheckedIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> shape());
        assertThrows(IllegalArgumentException.class, () -> shape(2, 0));
        assertThrows(IllegalArgumentException.class, () -> ids(0, 2));
        assertThrows(IllegalArgumentException.class, () -> Input.of(new double[] {1, 2, 3}, 2, 2));
        assertThrows(IllegalArgumentException.class, () -> GradCheck.of(ArithmeticOps.ADD).directions(0));
        assertThrows(IllegalArgumentException.class, () -> Input.of(new double[] {1, Double.NaN}, 2));
        assertContains(
                assertThrows(
                        IllegalArgumentException.class,
                        () -> GradCheck.of((tape, i) -> tape.lookup(i, tape.zeros(3, 2)), ids(3, 2)).run())
                        .getMessage(),
                "there is nothing to check");
        assertThrows(IllegalArgumentException.class, () -> GradCheck.of(ArithmeticOps.ADD).sizesUpTo(0));
    }

    @Test
    void nullIsRefusedByTheNameOfTheParameter() {
        assertNamed("GradCheck.of: function is null", () -> GradCheck.check((TapeFunction.Of1) null, shape(2)));
        assertNamed("GradCheck.of: inputs[0] is null", () -> GradCheck.of((TapeFunction.Of1) (_, x) -> x, null));
        assertNamed("GradCheck.of: op is null", () -> GradCheck.check((Op) null));
        assertNamed("GradCheck.of: gradient is null", () -> GradCheck.check(x -> x[0], null, 1.0));
        assertNamed("KernelPair.of: backward is null", () -> KernelPair.of((_, _) -> {}, null));
        assertNamed("CheckBuilder.mode: chosen is null", () -> GradCheck.of(ArithmeticOps.ADD).mode(null));
        assertNamed("Input.of: tensor is null", () -> Input.of((Tensor) null));
    }

    private static void assertNamed(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    /** The identity of few columns; of many it is rounded within, so that nothing is seen of its slope. */
    private static Op roundedIfWide(AtomicInteger wide) {
        return new Op("rounded if wide", List.of(Domain.real("m n")), call -> {
            Tensor x = call.input(0);
            Tensor y = call.output(x.rows(), x.columns());
            boolean isWide = x.columns() > 8;
            wide.addAndGet(isWide ? 1 : 0);
            for (long i = 0; i < x.rows(); i++) {
                for (long j = 0; j < x.columns(); j++) {
                    y.set(i, j, isWide ? x.get(i, j) + 0x1p48 - 0x1p48 : x.get(i, j));
                }
            }
        }, call -> Elementwise.axpy(1, call.delta(0), call.gradient(0), call.pool()));
    }

    @Test
    void aFurtherDrawThatIsUndecidedIsToldCountedAndDrawnAgain() {
        AtomicInteger wide = new AtomicInteger();
        Result result = GradCheck.of(roundedIfWide(wide)).run();
        assertEquals(Verdict.UNDECIDED, result.verdict(), result::toString);
        assertTrue(result.undecided() > 0 && result.comparisons() > result.undecided(), result::toString);
        assertTrue(result.notes().getLast().contains("in each of 20 further draws"), result::toString);
        assertEquals(Comparison.Verdict.UNDECIDED, result.worst().verdict(), result::toString);
        assertTrue(wide.get() > 20 * 10, "all draws were run");
        GradCheck.of(roundedIfWide(wide)).sizesUpTo(4).run().orThrow();
    }

    @Test
    void furtherDrawsAreCountedAndOfTheModeThatIsChosen() {
        Result sized = GradCheck.of(ArithmeticOps.MULTIPLY).mode(Mode.PROJECTED).sizesUpTo(4).run().orThrow();
        Result all = GradCheck.of(ArithmeticOps.MULTIPLY).mode(Mode.PROJECTED).run().orThrow();
        long ratio = all.comparisons() / sized.comparisons(); // mixed scales are looked at once more
        assertTrue(ratio == 3 || ratio == 4, all::toString);
    }
}
