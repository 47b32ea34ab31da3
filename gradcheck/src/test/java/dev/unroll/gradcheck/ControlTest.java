package dev.unroll.gradcheck;

import static dev.unroll.gradcheck.GradCheck.ids;
import static dev.unroll.gradcheck.GradCheck.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.gradcheck.Result.Verdict;
import dev.unroll.gradcheck.finding.Coverage;
import dev.unroll.gradcheck.finding.Fault;
import dev.unroll.gradcheck.input.Input;
import dev.unroll.gradcheck.util.ArrayMath;
import dev.unroll.kernels.Activation;
import dev.unroll.rnn.autograd.ArithmeticOps;
import dev.unroll.rnn.autograd.CellOps;
import dev.unroll.rnn.autograd.Domain.Range;
import dev.unroll.rnn.autograd.MatrixOps;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.init.Randoms;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a caller can choose about a check. */
class ControlTest {
    private static void assertRefused(String part, Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), () -> "expected \"" + part + "\" in: " + message);
        assertTrue(message.length() <= 300, message);
    }

    @Test
    void numbersAreDrawnFromTheRangeThatIsAskedFor() {
        double[] seen = {Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
        GradCheck.of(x -> {
            for (double each : x) {
                seen[0] = Math.min(seen[0], each);
                seen[1] = Math.max(seen[1], each);
            }
            return Arrays.stream(x).map(y -> y * y).sum();
        }, x -> Arrays.stream(x).map(y -> 2 * y).toArray(), shape(40)).drawnWithin(20, 30).run().orThrow();
        assertTrue(seen[0] > 19.9 && seen[0] < 22 && seen[1] > 28 && seen[1] < 30.1, Arrays.toString(seen));
        GradCheck.of(CellOps.LSTM).drawnWithin(-3, 3).run().orThrow();
    }

    @ParameterizedTest
    @EnumSource(names = {"REAL", "KINK_AT_ZERO", "KINK_INSIDE", "POSITIVE", "ABOVE_ONE"})
    void aRangeIsThatOfTheDomain(Range range) {
        RandomGenerator random = Randoms.of(3);
        double[] values = Input.drawn(range, 1000).within(-2, 2).values(random);
        double least = range == Range.POSITIVE ? 0 : range == Range.ABOVE_ONE ? 1 + 0x1p-5 : -2; // a step inside
        double smallest = Arrays.stream(values).min().orElseThrow();
        assertTrue(smallest > least && smallest < least + 0.02, range + " from " + smallest);
        assertTrue(Arrays.stream(values).max().orElseThrow() > 1.98);
        if (range == Range.KINK_AT_ZERO) {
            assertTrue(Arrays.stream(values).map(Math::abs).min().orElseThrow() >= 0x1p-5);
        }
    }

    @Test
    void aRangeWithoutNumbersIsRefused() {
        assertRefused("low end below its high end", () -> GradCheck.of(ArithmeticOps.ADD).drawnWithin(1, 1));
        assertRefused("Input.within", () -> shape(2).within(0, Double.POSITIVE_INFINITY));
        assertRefused("takes numbers above 1.0", () -> Input.drawn(Range.ABOVE_ONE, 2).within(0, 1));
        assertRefused("real numbers that are drawn", () -> Input.of(new double[] {1}, 1).within(0, 1));
        assertRefused("real numbers that are drawn", () -> ids(3, 2).within(0, 1));
    }

    @Test
    void severalDrawsAreOneResult() {
        CheckBuilder once = GradCheck.of(CellOps.GRU).seed(5);
        Result first = once.run();
        assertEquals(first, once.repeat(1).run());
        Result all = once.repeat(4).run().orThrow();
        assertEquals(4, all.draws());
        assertTrue(all.comparisons() > first.comparisons(), all::toString);
        assertTrue(all.notes().getLast().startsWith("4 of 4 draws are RIGHT"), all::toString);
        assertRefused("1 draw at least", () -> once.repeat(0));
    }

    /** Wrong for one in some draws: the one that is wrong is the one that is told. */
    @Test
    void oneWrongDrawOfSeveralMakesAllWrong() {
        CheckBuilder check = GradCheck.of(x -> x[0] * x[0], x -> new double[] {x[0] > 1 ? 3 * x[0] : 2 * x[0]},
                shape(1));
        Result all = check.repeat(30).run();
        assertEquals(Verdict.WRONG, all.verdict());
        long wrong = all.wrong();
        assertTrue(wrong > 1 && wrong < 29, all::toString);
        assertEquals(30, all.comparisons());
        assertTrue(all.worst().analytic() > 3 && all.worst().numeric() > 2, all::toString);
        assertTrue(all.notes().getLast().startsWith(wrong + " of 30 draws are WRONG"), all::toString);
        assertThrows(AssertionError.class, all::orThrow);
    }

    @Test
    void faultsOfAllDrawsAreTold() {
        Result all = GradCheck.of(x -> x[0] > 0.5 ? Double.NaN : x[0], x -> new double[] {1}, shape(1))
                .repeat(10)
                .run();
        assertEquals(Verdict.WRONG, all.verdict());
        assertEquals(Fault.Kind.NOT_FINITE, all.faults().getFirst().kind());
        assertTrue(all.comparisons() > 0, "draws below 0.5 were compared");
    }

    /** A gradient that is wrong in one element passes if this is left out, and only then. */
    @Test
    void elementsThatAreLeftOutAreNotCompared() {
        for (Mode mode : Mode.values()) {
            CheckBuilder check = GradCheck.of(x -> Arrays.stream(x).map(Math::sin).sum(), x -> {
                double[] gradient = Arrays.stream(x).map(Math::cos).toArray();
                gradient[1] = 7;
                return gradient;
            }, shape(1, 4)).mode(mode);
            assertEquals(Verdict.WRONG, check.run().verdict());
            Result left = check.leaveOut(0, false, true).run().orThrow();
            assertEquals(mode == Mode.FULL_JACOBIAN ? 3 : 4, left.comparisons());
            check.leaveOut(0, true, false);
            assertEquals(Verdict.WRONG, check.run().verdict(), "element 1 is in again");
        }
    }

    /** A backward that sets one element where it must add, and whose gradient of it is another in wider matrices. */
    @ParameterizedTest
    @EnumSource(Mode.class)
    void nothingElseIsAskedOfWhatIsLeftOut(Mode mode) {
        Op op = new Op("sets one", ArithmeticOps.ADD.domain(), ArithmeticOps.ADD.forward(), call -> {
            call.addGradient(1, 0, call.delta(0));
            call.addGradient(1, 1, call.delta(0));
            if (call.wants(1)) {
                double delta = call.delta(0).get(0, 1);
                call.gradient(1).set(0, 1, call.input(1).isContiguous() ? delta : delta * delta);
            }
        });
        CheckBuilder check = GradCheck.ofAll((tape, in) -> tape.apply(op, in), shape(2, 3), shape(2, 3)).mode(mode);
        assertEquals(Fault.Kind.DOES_NOT_ACCUMULATE, check.run().faults().getFirst().kind());
        Result left = check.leaveOut(1, false, true).run().orThrow();
        assertTrue(left.comparisons() > 0);
        assertEquals(Verdict.WRONG, check.leaveOut(1, true, false).run().verdict());
        Op infinite = new Op("infinite", ArithmeticOps.ADD.domain(), ArithmeticOps.ADD.forward(), call -> {
            ArithmeticOps.ADD.backward().run(call);
            call.gradient(1).set(0, 0, Double.NaN);
        });
        Result result = GradCheck.of(infinite).constant(0).sizesUpTo(3).leaveOut(1, true).run();
        assertEquals(Fault.Kind.NOT_FINITE, result.faults().getFirst().kind(), result::toString);
    }

    @Test
    void somethingMustBeLeftToCheck() {
        boolean[] all = {true, true, true};
        for (Mode mode : Mode.values()) {
            assertRefused("leaves out every element",
                    () -> GradCheck.of(x -> x[0], x -> new double[] {7, 7, 7}, shape(3))
                            .mode(mode).leaveOut(0, all).run());
            GradCheck.of((tape, a, b) -> tape.add(a, b), shape(1, 3), shape(1, 3)).mode(mode).leaveOut(0, all).run()
                    .orThrow();
        }
    }

    /** Elements that are left out do not move: beside them the function may do what it likes. */
    @Test
    void whatIsLeftOutStaysWhereItIs() {
        List<Double> seen = new ArrayList<>();
        GradCheck.ofAll((tape, in) -> {
            seen.add(in[1].value().get(0, 1));
            return tape.apply(MatrixOps.MATMUL, in);
        }, shape(2, 2), shape(2, 3)).leaveOut(1, false, true).run().orThrow();
        assertEquals(1, seen.stream().distinct().count());
        assertTrue(seen.size() > 20);
    }

    @Test
    void whatCannotBeLeftOutIsNamed() {
        assertRefused("there is none of -1", () -> GradCheck.of(ArithmeticOps.ADD).leaveOut(-1, true));
        assertRefused("names input 2", () -> GradCheck.of(ArithmeticOps.ADD).leaveOut(2, true).run());
        assertRefused("names element 3 of input 0", () -> GradCheck.of((tape, x) -> tape.tanh(x), shape(1, 3))
                .leaveOut(0, false, false, false, true).run());
        assertRefused("gets a gradient", () -> GradCheck.of((tape, table, i) -> tape.lookup(i, table), shape(3, 2),
                ids(3, 2)).leaveOut(1, true).run());
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.25, 1})
    void aSubgradientIsAcceptedOnlyWhereItIsAskedFor(double claimed) {
        CheckBuilder check = GradCheck.of(
                x -> Math.max(0, x[0]) + x[1], x -> new double[] {x[0] == 0 ? claimed : x[0] > 0 ? 1 : 0, 1},
                Input.of(new double[] {0, 3}, 2));
        assertEquals(Verdict.UNDECIDED, check.run().verdict());
        assertEquals(2, check.subgradients().run().orThrow().comparisons());
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.01, 1.01, 5, -1})
    void aValueThatIsNoSubgradientIsWrong(double claimed) {
        Result result = GradCheck.of(x -> Math.max(0, x[0]) + x[1], x -> new double[] {claimed, 1},
                Input.of(new double[] {0, 3}, 2)).subgradients().run();
        assertEquals(Verdict.WRONG, result.verdict(), result::toString);
        assertEquals(Math.clamp(claimed, 0, 1), result.worst().numeric(), 1e-6);
    }

    /** A kink that bends on both sides, and one of an op. */
    @Test
    void kinksOfCurvesHaveSubgradientsToo() {
        GradCheck.of(x -> Math.abs(Math.sin(3 * x[0])), x -> new double[] {-2.9}, Input.of(new double[] {0}, 1))
                .subgradients().run().orThrow();
        GradCheck.of((tape, x) -> tape.activate(Activation.RELU, x), Input.of(new double[] {0, 1, -2, 0}, 2, 2))
                .subgradients().run().orThrow();
    }

    @Test
    void whatIsSmoothIsJudgedAsBefore() {
        for (double factor : new double[] {1, 1.001}) {
            CheckBuilder check = GradCheck.of(x -> Math.exp(x[0]), x -> new double[] {factor * Math.exp(x[0])},
                    shape(1));
            assertEquals(check.run().verdict(), check.subgradients().run().verdict());
        }
    }

    @Test
    void noiseIsAcceptedWithinTheToleranceOfNondeterminism() {
        int[] runs = new int[1];
        CheckBuilder check = GradCheck.of(x -> x[0] * x[0] * (1 + 1e-15 * (runs[0]++ % 3)),
                x -> new double[] {2 * x[0] * (1 + 1e-15 * (runs[0]++ % 3))}, Input.of(new double[] {1.3}, 1));
        assertEquals(Fault.Kind.NOT_DETERMINISTIC, check.run().faults().getFirst().kind());
        check.nondeterminism(1e-13).run().orThrow();
        assertEquals(Fault.Kind.NOT_DETERMINISTIC, check.nondeterminism(1e-16).run().faults().getFirst().kind());
        assertRefused("from 0 to 1", () -> check.nondeterminism(-1e-3));
        assertRefused("from 0 to 1", () -> check.nondeterminism(Double.NaN));
    }

    /** Backward sums in another order each time: sums of its gradients are as exact as these, and so are other paths. */
    @ParameterizedTest
    @EnumSource(Mode.class)
    void noiseOfBackwardIsAcceptedByEverythingThatComparesRuns(Mode mode) {
        int[] runs = new int[1];
        Op noisy = new Op("noisy", ArithmeticOps.ADD.domain(), ArithmeticOps.ADD.forward(), call -> {
            double factor = 1 + 1e-8 * (runs[0]++ % 3);
            call.addGradient(factor, 0, call.delta(0));
            call.addGradient(factor, 1, call.delta(0));
        });
        CheckBuilder check = GradCheck.ofAll((tape, in) -> tape.apply(noisy, in), shape(3, 4), shape(3, 4)).mode(mode)
                .sameAs(ArithmeticOps.ADD)
                .deltaBatch(3)
                .nondeterminism(1e-7);
        for (int seed = 0; seed < 10; seed++) {
            check.seed(seed).run().orThrow();
        }
        Fault fault = check.nondeterminism(1e-10).run().faults().getFirst();
        assertEquals(Fault.Kind.NOT_DETERMINISTIC, fault.kind());
    }

    @Test
    void noiseOfValuesIsAcceptedBesideAReference() {
        int[] runs = new int[1];
        CheckBuilder check =
                GradCheck.of(x -> x[0] * x[0] * (1 + 1e-15 * (runs[0]++ % 3)), x -> new double[] {2 * x[0]},
                        Input.of(new double[] {1.3}, 1)).nondeterminism(1e-13);
        check.reference(in -> new double[][] {{in[0][0] * in[0][0] * (1 - 1e-14)}}, 0).run().orThrow();
        Result off = check.reference(in -> new double[][] {{in[0][0] * in[0][0] * (1 - 1e-11)}}, 0).run();
        assertEquals(Fault.Kind.DIFFERS_FROM_REFERENCE, off.faults().getFirst().kind());
    }

    @Test
    void tolerancesAndStepsAreValidated() {
        CheckBuilder check = GradCheck.of(ArithmeticOps.ADD);
        assertEquals(Tolerance.DEFAULT, check.settings().tolerance());
        assertEquals(0, Tolerance.DEFAULT.of(1));
        assertEquals(0.5, Tolerance.absolute(0.5).of(1e9));
        assertEquals(Math.ulp(4.0), Tolerance.ulps(1).of(-4));
        assertEquals(Tolerance.ulps(100), check.tolerance(Tolerance.ulps(100)).settings().tolerance());
        assertEquals("100 ulps", Tolerance.ulps(100).toString());
        assertEquals(0, check.settings().step());
        assertEquals(1e-3, check.step(1e-3).settings().step());
        assertRefused("not -1.0", () -> Tolerance.ulps(-1));
        assertRefused("not NaN", () -> Tolerance.absolute(Double.NaN));
        assertRefused("unit is null", () -> new Tolerance(null, 1));
        assertRefused("allowed is null", () -> check.tolerance(null));
        assertRefused("at most 1", () -> check.step(0));
        assertRefused("at most 1", () -> check.step(2));
    }

    /** A wave of a hundredth's length beside a slow one: the slow one's slope is that over a long step, or the sum's. */
    @Test
    void theFirstStepIsThatOfEveryDifference() {
        double[] longest = new double[1];
        CheckBuilder check = GradCheck.of(x -> {
            longest[0] = Math.max(longest[0], Math.abs(x[0] - 1));
            return x[0] * x[0];
        }, x -> new double[] {3 * x[0]}, Input.of(new double[] {1}, 1)).secondOrder();
        check.step(1e-9).run();
        double ofShort = longest[0];
        longest[0] = 0;
        check.step(0x1p-6).run();
        assertTrue(longest[0] >= 0x1p-6, longest[0] + " after " + ofShort);
    }

    @Test
    void aJacobianIsChecked() {
        CheckBuilder right = GradCheck.ofJacobian(
                x -> new double[] {x[0] * x[1], Math.sin(x[0]), 3},
                x -> new double[][] {{x[1], x[0]}, {Math.cos(x[0]), 0}, {0, 0}}, shape(2));
        Result result = right.run().orThrow();
        assertEquals(6, result.comparisons());
        right.secondOrder().run().orThrow();
        Result wrong = GradCheck.ofJacobian(
                x -> new double[] {x[0] * x[1], x[0] + x[1]},
                x -> new double[][] {{x[1], x[0]}, {1, -1}}, shape(2)).run();
        assertEquals(1, wrong.wrong());
        assertEquals("d the values [1] / d x [1]", wrong.worst().of());
    }

    @Test
    void aVectorJacobianProductIsCheckedByBothModes() {
        for (Mode mode : Mode.values()) {
            GradCheck.ofVectorJacobianProduct(ControlTest::rotated, ControlTest::rotatedBack, shape(6)).mode(mode).run()
                    .orThrow();
            Result wrong = GradCheck.ofVectorJacobianProduct(ControlTest::rotated, (x, u) -> rotated(u), shape(6))
                    .mode(mode)
                    .run();
            assertEquals(Verdict.WRONG, wrong.verdict());
        }
        Result square = GradCheck.ofVectorJacobianProduct(x -> x, (x, u) -> new double[] {u[0] * u[0] * u[0]}, shape(1))
                .run();
        assertEquals(Fault.Kind.NOT_LINEAR, square.faults().getFirst().kind(), square::toString);
    }

    private static double[] rotated(double[] x) {
        double[] y = new double[x.length];
        Arrays.setAll(y, i -> x[(i + 1) % x.length]);
        return y;
    }

    private static double[] rotatedBack(double[] x, double[] u) {
        double[] g = new double[u.length];
        Arrays.setAll(g, i -> u[(i + u.length - 1) % u.length]);
        return g;
    }

    @Test
    void whatIsNoJacobianIsNamed() {
        assertFault(Fault.Kind.RETURNS_THE_WRONG_TYPE, "needs 2 rows of 1 elements",
                GradCheck.ofJacobian(x -> new double[] {x[0], 1}, x -> new double[][] {{1}}, shape(1)));
        assertFault(Fault.Kind.RETURNS_THE_WRONG_TYPE, "needs 1 rows of 2 elements",
                GradCheck.ofJacobian(x -> new double[] {x[0]}, x -> new double[][] {{1}}, shape(2)));
        assertFault(Fault.Kind.RETURNS_NOTHING, "the Jacobian returned null",
                GradCheck.ofJacobian(x -> x, x -> null, shape(1)));
        assertFault(Fault.Kind.RETURNS_NOTHING, "returned no value",
                GradCheck.ofJacobian(x -> new double[0], x -> new double[0][], shape(1)));
        assertFault(Fault.Kind.THROWS, "the vector-Jacobian product throws",
                GradCheck.ofVectorJacobianProduct(x -> x, (x, u) -> {
                    throw new IllegalStateException("so");
                }, shape(1)));
        assertFault(Fault.Kind.CHANGES_INPUTS, "the gradient of the values",
                GradCheck.ofVectorJacobianProduct(x -> x, (x, u) -> {
                    double[] g = u.clone();
                    u[0] = 3;
                    return g;
                }, shape(1)));
        int[] runs = new int[1];
        assertFault(Fault.Kind.RETURNS_ANOTHER_SHAPE, "and then 2",
                GradCheck.ofVectorJacobianProduct(x -> new double[++runs[0]], (x, u) -> x, shape(1)));
    }

    private static void assertFault(Fault.Kind kind, String part, CheckBuilder check) {
        Result result = check.run();
        assertEquals(Verdict.WRONG, result.verdict());
        assertEquals(kind, result.faults().getFirst().kind(), result::toString);
        assertTrue(result.toString().contains(part), result::toString);
    }

    @Test
    void whatWasLookedAtIsCounted() {
        Coverage coverage = new Coverage();
        GradCheck.of(MatrixOps.MATMUL).counting(coverage).run().orThrow();
        assertTrue(coverage.deltas().get(Coverage.Delta.ONE_HOT) > 0, coverage.deltas()::toString);
        assertTrue(coverage.deltas().get(Coverage.Delta.RANDOM) > 0, coverage.deltas()::toString);
        assertTrue(coverage.stridedRuns() > 0 && coverage.contiguousRuns() > 0);
        assertEquals("[F64]", coverage.types().keySet().toString());
        assertTrue(!coverage.sizes().isEmpty());
        GradCheck.of(MatrixOps.MATMUL).counting(coverage).singlePrecision().run().orThrow();
        assertEquals(2, coverage.types().size());
        Coverage deltas = new Coverage();
        deltas.addDelta(new double[][] {{0, 0}, {0}});
        deltas.addDelta(new double[][] {{1, 1}, {1}});
        deltas.addDelta(new double[][] {{-2, -2}, {-2}});
        deltas.addDelta(new double[][] {null, {0, 0, 1}});
        deltas.addDelta(new double[][] {{1e-3, -2e-4}, null});
        deltas.addDelta(new double[][] {{1e3, -2e4}, null});
        deltas.addDelta(new double[][] {{0.5, -2}, null});
        assertEquals(Coverage.Delta.values().length, deltas.deltas().size());
        assertTrue(deltas.deltas().values().stream().allMatch(count -> count == 1));
        deltas.addDelta(new double[][] {{1}});
        deltas.addDelta(new double[][] {{1.3}});
        assertEquals(2, deltas.deltas().get(Coverage.Delta.ONE_HOT), "one number alone is no pattern of several");
        assertEquals(2, deltas.deltas().get(Coverage.Delta.RANDOM));
    }

    private static CheckBuilder sines(int count, double more, Mode mode) {
        return GradCheck.of(x -> Arrays.stream(x).map(Math::sin).sum(),
                x -> Arrays.stream(x).map(y -> Math.cos(y) + more).toArray(), shape(1, count)).mode(mode);
    }

    /** What is allowed of each derivative is allowed of all of them, in both modes. */
    @ParameterizedTest
    @EnumSource
    void aToleranceIsThatOfEachDerivative(Mode mode) {
        for (int count : new int[] {1, 4, 200}) {
            // An allowance of more than a hundredth of a derivative, or a part of a product, leaves it undecided.
            Result wrong = sines(count, 1e-5, mode).run();
            assertEquals(Verdict.WRONG, wrong.verdict(), wrong::toString);
            Result allowed = sines(count, 1e-5, mode).tolerance(Tolerance.absolute(1.01e-5)).run();
            assertTrue(allowed.verdict() != Verdict.WRONG, allowed::toString);
            sines(count, 1e-9, mode).tolerance(Tolerance.absolute(1e-6)).run().orThrow();
            sines(count, 1e-9, mode).tolerance(Tolerance.ulps(1e9)).run().orThrow();
            wrong = sines(count, 0.5, mode).tolerance(Tolerance.absolute(1e-4)).run();
            assertEquals(Verdict.WRONG, wrong.verdict(), wrong::toString);
        }
        CheckBuilder one = GradCheck.of(x -> Arrays.stream(x).map(Math::sin).sum(), x -> {
            double[] gradient = Arrays.stream(x).map(Math::cos).toArray();
            gradient[3] += 1e-5;
            return gradient;
        }, shape(1, 100)).mode(mode);
        assertEquals(Verdict.WRONG, one.tolerance(Tolerance.absolute(1e-8)).run().verdict());
        Result allowed = one.tolerance(Tolerance.absolute(1.01e-5)).run();
        assertTrue(allowed.verdict() != Verdict.WRONG, allowed::toString);
    }

    /** A first step of half the number is what bends most: then the wave is undecided that is right with the default. */
    @Test
    void aStepChangesAVerdict() {
        CheckBuilder edge = GradCheck.of(x -> x[0] < 0.9 || x[0] > 1.1 ? Double.NaN : x[0], x -> new double[] {1},
                Input.of(new double[] {1}, 1));
        edge.run().orThrow();
        CheckBuilder stairs = GradCheck.of(x -> Math.rint(1e6 * x[0]) / 1e6, x -> new double[] {1},
                Input.of(new double[] {Math.PI}, 1));
        assertTrue(stairs.step(1e-7).run().verdict() != Verdict.RIGHT, () -> stairs.run().toString());
        stairs.step(0.03).run().orThrow();
    }

    /** At the kink of one element of many, its own slopes count, and the others must be right as ever. */
    @Test
    void aSubgradientOfOneElementHidesNoErrorOfAnother() {
        double[] x = new double[100];
        Arrays.setAll(x, j -> j % 2 == 0 ? 1 + j : -1 - j);
        x[40] = 0;
        x[41] = 0;
        for (double at : new double[] {0, 0.5, 1}) {
            CheckBuilder right = relus(x, 40, at, 0);
            assertEquals(Verdict.UNDECIDED, right.run().verdict());
            right.subgradients().run().orThrow();
        }
        for (double error : new double[] {-0.02, 0.001, 0.02}) {
            Result wrong = relus(x, 40, 0.5, error).subgradients().run();
            assertEquals(Verdict.WRONG, wrong.verdict(), wrong::toString);
        }
        Result wrong = relus(x, 40, 1.1, 0).subgradients().run();
        assertEquals(Verdict.WRONG, wrong.verdict(), wrong::toString);
        assertTrue(wrong.worst().of().endsWith("at the kink of x [0, 40]"), wrong::toString);
    }

    private static CheckBuilder relus(double[] x, int kink, double at, double error) {
        return GradCheck.of(y -> Arrays.stream(y).map(z -> Math.max(0, z)).sum(), y -> {
            double[] gradient = Arrays.stream(y).map(z -> z > 0 ? 1 : 0).toArray();
            gradient[kink] = at;
            gradient[7] += error;
            return gradient;
        }, Input.of(x, 1, x.length)).mode(Mode.PROJECTED);
    }

    /** Wrong for sums and multiples of what a projected check takes, and right for these. */
    @Test
    void aProductThatIsNotLinearIsFoundByProjectionToo() {
        CheckBuilder clamped = GradCheck.ofVectorJacobianProduct(ControlTest::rotated,
                (x, u) -> Arrays.stream(rotatedBack(x, u)).map(y -> Math.clamp(y, -1.6, 1.6)).toArray(), shape(300));
        Result result = clamped.mode(Mode.PROJECTED).run();
        assertEquals(Verdict.WRONG, result.verdict());
        assertEquals(0, result.wrong());
        assertEquals(Fault.Kind.NOT_LINEAR, result.faults().getFirst().kind(), result::toString);
    }

    /** Noise within the tolerance is no lack of linearity either. */
    @Test
    void nonlinearityWithinTheToleranceOfNondeterminismIsAccepted() {
        int[] runs = new int[1];
        CheckBuilder check = GradCheck.ofVectorJacobianProduct(x -> new double[] {x[0], x[1]},
                (x, u) -> ArrayMath.scaled(1 + 1e-8 * (runs[0]++ % 3), u), Input.of(new double[] {1, 2}, 2))
                .tolerance(Tolerance.absolute(1e-6));
        check.nondeterminism(1e-7).run().orThrow();
    }
}
