package dev.unroll.kernels;

import static dev.unroll.kernels.Samples.assertClose;
import static dev.unroll.kernels.Samples.assertExactly;
import static dev.unroll.kernels.Samples.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

/** Against the formulas of the papers, in double, over several updates. */
@Tag("every-width")
@Domain(Case.Cases.class)
@Domain(DomainContext.Global.class)
class OptimizersTest {
    private static final WorkerPool CALLER = WorkerPool.caller();

    /** One value of a formula with its state a and b, as literal as can be. */
    private static final class Naive {
        double w;
        double a;
        double b;

        void update(UpdateRule rule, UpdateStep step, double gradient) {
            double g = Math.max(-step.limit(), Math.min(step.limit(), gradient * step.scale()));
            double direction = switch (rule) {
                case UpdateRule.Sgd _ -> g;
                case UpdateRule.Momentum r -> {
                    a = r.momentum() * a + g;
                    yield r.nesterov() ? g + r.momentum() * a : a;
                }
                case UpdateRule.RmsProp r -> {
                    a = r.decay() * a + (1 - r.decay()) * g * g;
                    yield g / (Math.sqrt(a) + r.epsilon());
                }
                case UpdateRule.Adadelta r -> {
                    a = r.decay() * a + (1 - r.decay()) * g * g;
                    double d = Math.sqrt(b + r.epsilon()) / Math.sqrt(a + r.epsilon()) * g;
                    b = r.decay() * b + (1 - r.decay()) * d * d;
                    yield d;
                }
                case UpdateRule.Adam r -> {
                    a = r.beta1() * a + (1 - r.beta1()) * g;
                    b = r.beta2() * b + (1 - r.beta2()) * g * g;
                    double mean = a / (1 - Math.pow(r.beta1(), step.number()));
                    double meanSquare = b / (1 - Math.pow(r.beta2(), step.number()));
                    yield mean / (Math.sqrt(meanSquare) + r.epsilon());
                }
            };
            w -= step.rate() * step.decay() * w;
            w -= step.rate() * direction;
        }
    }

    private static UpdateStep step(int number) {
        return new UpdateStep(number, 0.1 / number, 0.9, 0.7, 0.01);
    }

    @Property(tries = 60)
    void updatesFollowTheFormulas(@ForAll Case c) {
        for (UpdateRule rule : Rules.ALL) {
            try (Samples samples = c.samples()) {
                Tensor values = samples.uniform(c.rows(), c.columns());
                Tensor gradients = samples.empty(c.rows(), c.columns());
                Tensor state = samples.empty((long) rule.states() * c.rows(), c.columns());
                state.clear();
                Naive[][] naive = naive(values);
                for (int number = 1; number <= 6; number++) {
                    gradients.copyFrom(samples.uniform(c.rows(), c.columns()));
                    update(naive, rule, step(number), gradients);
                    Optimizers.update(rule, step(number), values, gradients, state, CALLER);
                    assertExactly(new double[c.rows()][c.columns()], gradients);
                }
                // Six updates with a dozen roundings each of numbers up to 4; squares near 0 have larger ones.
                assertClose(valuesOf(naive), values, 300);
            }
        }
    }

    private static Naive[][] naive(Tensor values) {
        Naive[][] naive = new Naive[(int) values.rows()][(int) values.columns()];
        for (int r = 0; r < naive.length; r++) {
            for (int j = 0; j < naive[r].length; j++) {
                naive[r][j] = new Naive();
                naive[r][j].w = values.get(r, j);
            }
        }
        return naive;
    }

    private static void update(Naive[][] naive, UpdateRule rule, UpdateStep step, Tensor gradients) {
        for (int r = 0; r < naive.length; r++) {
            for (int j = 0; j < naive[r].length; j++) {
                naive[r][j].update(rule, step, gradients.get(r, j));
            }
        }
    }

    private static double[][] valuesOf(Naive[][] naive) {
        double[][] values = new double[naive.length][];
        for (int r = 0; r < naive.length; r++) {
            values[r] = Arrays.stream(naive[r]).mapToDouble(x -> x.w).toArray();
        }
        return values;
    }

    /** One update where all is 1, by hand; Adam's first moves every value by the rate, whatever the gradient. */
    @Example
    void theFirstUpdateIsThatOfThePapers() {
        assertFirst(1 - 0.1 * 0.5, new UpdateRule.Sgd());
        assertFirst(1 - 0.1 * 0.5, new UpdateRule.Momentum(0.9, false));
        assertFirst(1 - 0.1 * (0.5 + 0.9 * 0.5), new UpdateRule.Momentum(0.9, true));
        assertFirst(1 - 0.1 * 0.5 / (Math.sqrt(0.01 * 0.25) + 1e-8), new UpdateRule.RmsProp(0.99, 1e-8));
        assertFirst(
                1 - 0.1 * 0.5 * Math.sqrt(1e-6) / Math.sqrt(0.1 * 0.25 + 1e-6), new UpdateRule.Adadelta(0.9, 1e-6));
        assertFirst(1 - 0.1 * 0.5 / (0.5 + 1e-8), new UpdateRule.Adam(0.9, 0.999, 1e-8));
    }

    private static void assertFirst(double expected, UpdateRule rule) {
        try (Workspace workspace = new Workspace("a test")) {
            Tensor value = workspace.zeros(ElementType.F64, 1).copyFrom(1.0);
            Tensor gradient = workspace.zeros(ElementType.F64, 1).copyFrom(0.5);
            Tensor state = workspace.zeros(ElementType.F64, rule.states(), 1);
            Optimizers.update(rule, new UpdateStep(1, 0.1), value, gradient, state, CALLER);
            assertEquals(expected, value.get(0, 0), 1e-14, rule.toString()); // some roundings of 2^-53
        }
    }

    @Property(tries = 30)
    void touchedRowsHaveTheBitsOfAnUpdateOfAllAndOthersStay(@ForAll Case c) {
        for (UpdateRule rule : Rules.ALL) {
            try (Samples samples = c.samples()) {
                Tensor values = samples.uniform(9, c.columns());
                Tensor gradients = samples.uniform(9, c.columns());
                Tensor state = samples.positive(9L * rule.states(), c.columns());
                Tensor ids = samples.ascendingIds(c.rows(), 9);
                Tensor allValues = samples.copyOf(values);
                Tensor allState = samples.copyOf(state);
                Optimizers.update(rule, step(2), allValues, samples.copyOf(gradients), allState, CALLER);
                Tensor[] after = {samples.copyOf(values), samples.copyOf(gradients), samples.copyOf(state)};
                Optimizers.updateRows(rule, step(2), ids, after[0], after[1], after[2], CALLER);
                assertExactly(mixed(ids, values(values), values(allValues)), after[0]);
                assertExactly(mixed(ids, values(gradients), new double[9][c.columns()]), after[1]);
                assertExactly(mixed(ids, values(state), values(allState)), after[2]);
            }
        }
    }

    /** Rows before, but those of the ids after; where there are blocks of rows, in each of them. */
    private static double[][] mixed(Tensor ids, double[][] before, double[][] after) {
        double[][] rows = before.clone();
        for (int id : ids.toInts()) {
            for (int row = id; row < rows.length; row += 9) {
                rows[row] = after[row];
            }
        }
        return rows;
    }

    @Property(tries = 30)
    void sgdOfTheTouchedRowsIsSgdOfTheWholeTable(@ForAll Case c) {
        try (Samples samples = c.samples()) {
            UpdateStep step = new UpdateStep(1, 0.3, 0.5, 0.4, 0);
            Tensor sparse = samples.uniform(9, c.columns());
            Tensor dense = samples.copyOf(sparse);
            if (c.columns() > 0) {
                sparse.set(0, 0, -0.0);
                dense.set(0, 0, -0.0);
            }
            Tensor touched = samples.ascendingIds(c.rows(), 9);
            Tensor gradients = samples.empty(9, c.columns());
            gradients.clear();
            Embedding.scatterAdd(touched, samples.uniform(c.rows(), c.columns()), gradients, CALLER);
            assertTrue(Optimizers.keepsValuesWithoutGradient(new UpdateRule.Sgd(), step, c.type()));
            Tensor none = samples.empty(0, c.columns());
            Optimizers.update(new UpdateRule.Sgd(), step, dense, samples.copyOf(gradients), none, CALLER);
            Optimizers.updateRows(new UpdateRule.Sgd(), step, touched, sparse, gradients, none, CALLER);
            assertExactly(values(dense), sparse);
            assertExactly(new double[9][c.columns()], gradients);
        }
    }

    @Example
    void onlySgdWithoutDecayKeepsValuesWithoutGradient() {
        double inf = Double.POSITIVE_INFINITY;
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            for (UpdateRule rule : Rules.ALL) {
                assertEquals(
                        rule instanceof UpdateRule.Sgd,
                        Optimizers.keepsValuesWithoutGradient(rule, new UpdateStep(1, 0.1, 1e-60, 1e-60, 0), type));
                assertFalse(
                        Optimizers.keepsValuesWithoutGradient(rule, new UpdateStep(1, 0.1, 1, inf, 1e-9), type));
            }
            // Zero times a factor that a float takes for infinite is no number.
            assertEquals(type == ElementType.F64, keeps(new UpdateStep(1, 1e39, 1, inf, 0), type));
            assertEquals(type == ElementType.F64, keeps(new UpdateStep(1, 0.1, 1e39, inf, 0), type));
        }
    }

    /** Whether an update of a zero and a negative zero without a gradient, and what it is said to do, is nothing. */
    private static boolean keeps(UpdateStep step, ElementType type) {
        UpdateRule rule = new UpdateRule.Sgd();
        try (Workspace workspace = new Workspace("a test")) {
            Tensor values = workspace.zeros(type, 2);
            values.set(0, 1, -0.0);
            Optimizers.update(
                    rule, step, values, workspace.zeros(type, 2), workspace.zeros(type, 0, 2), CALLER);
            boolean kept = values.get(0, 0) == 0 && 1 / values.get(0, 1) == Double.NEGATIVE_INFINITY;
            assertEquals(kept, Optimizers.keepsValuesWithoutGradient(rule, step, type));
            return kept;
        }
    }

    /** A part of a slab of one row: the rows of its state lie apart. */
    @Example
    void partsOfASlabAreUpdatedAsTheWhole() {
        for (UpdateRule rule : Rules.ALL) {
            try (Samples samples = new Samples(ElementType.F32, 0, 3); WorkerPool pool = new WorkerPool(3)) {
                Tensor[] whole = {
                    samples.uniform(1, 300_000), samples.uniform(1, 300_000), samples.positive(rule.states(), 300_000)};
                Tensor[] parts = {samples.copyOf(whole[0]), samples.copyOf(whole[1]), samples.copyOf(whole[2])};
                Optimizers.update(rule, step(2), whole[0], whole[1], whole[2], CALLER);
                for (int[] part : new int[][] {{0, 1000}, {1000, 200_007}, {201_007, 98_993}}) {
                    Optimizers.update(
                            rule, step(2), parts[0].columns(part[0], part[1]), parts[1].columns(part[0], part[1]),
                            parts[2].columns(part[0], part[1]), pool);
                }
                for (int i = 0; i < whole.length; i++) {
                    assertExactly(values(whole[i]), parts[i]);
                }
            }
        }
    }

    @Example
    void aGradientThatIsNaNMakesItsValueNaNAndNoOther() {
        for (UpdateRule rule : Rules.ALL) {
            for (int at = 0; at < 19; at++) {
                try (Samples samples = new Samples(ElementType.F32, 0, 3)) {
                    Tensor values = samples.uniform(1, 19);
                    Tensor gradients = samples.uniform(1, 19);
                    gradients.set(0, at, Double.NaN);
                    Optimizers.update(
                            rule, step(1), values, gradients, samples.positive(rule.states(), 19), CALLER);
                    for (int j = 0; j < 19; j++) {
                        assertEquals(j == at, Double.isNaN(values.get(0, j)), rule + ", NaN at " + at + ", value " + j);
                    }
                }
            }
        }
    }

    /** One spike in the third of many updates, of any size that its type has. */
    @Example
    void aGradientHoweverLargeMovesItsValueAsTheFormulaSays() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            double[] sizes = type == ElementType.F32
                    ? new double[] {2e19, Float.MAX_VALUE, 1e15, 1.6e19, 1e25}
                    : new double[] {1e155, Double.MAX_VALUE, 1e100, 1e154, 1e200};
            int tried = Boolean.getBoolean("unroll.full") ? sizes.length : 2;
            for (UpdateRule rule : squared()) {
                for (int i = 0; i < tried; i++) {
                    assertSpikeFollowsTheFormula(type, rule, sizes[i]);
                }
            }
        }
    }

    private static void assertSpikeFollowsTheFormula(ElementType type, UpdateRule rule, double size) {
        double largest = 0.9 * Math.sqrt(type == ElementType.F32 ? Float.MAX_VALUE : Double.MAX_VALUE);
        try (Samples samples = new Samples(type, 0, 3)) {
            Tensor values = samples.uniform(1, 37);
            Tensor state = samples.of(new double[rule.states()][37]);
            Naive[][] naive = naive(values);
            for (int number = 1; number <= 900; number++) {
                UpdateStep step = new UpdateStep(number, 0.01);
                Tensor gradients = samples.uniform(1, 37);
                for (int j = 0; j < 37 && number == 3; j += 2) {
                    gradients.set(0, j, j % 4 == 0 ? size : -size);
                }
                for (int j = 0; j < 37; j++) {
                    naive[0][j].update(rule, step, Math.clamp(gradients.get(0, j), -largest, largest));
                }
                Optimizers.update(rule, step, values, gradients, state, CALLER);
            }
            // Roundings of 900 updates, each up to the size of one step
            Samples.assertWithin(valuesOf(naive), values, 2e-5);
        }
    }

    private static List<UpdateRule> squared() {
        return List.of(
                new UpdateRule.RmsProp(0.9, 1e-8), new UpdateRule.Adadelta(0.95, 1e-6),
                new UpdateRule.Adam(0.9, 0.999, 1e-8));
    }

    /** The first step does not depend on the size of the gradient, and no number of large ones leaves the range. */
    @Example
    void noFiniteGradientFreezesAValueOrThrowsItAway() {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            double most = type == ElementType.F32 ? Float.MAX_VALUE : Double.MAX_VALUE;
            for (UpdateRule rule : squared()) {
                double first = first(rule, type, 1e8);
                for (double size = most; size > 1e10; size = Math.min(size / 2, Math.sqrt(size) * 1e4)) {
                    assertEquals(first, first(rule, type, size), 1e-5 * Math.abs(first), rule + " of " + size);
                    assertNothingLeavesTheRange(rule, type, size);
                }
            }
        }
    }

    private static double first(UpdateRule rule, ElementType type, double size) {
        try (Samples samples = new Samples(type, 0, 3)) {
            Tensor values = samples.of(new double[1][19]);
            Tensor state = samples.of(new double[rule.states()][19]);
            Optimizers.update(rule, new UpdateStep(1, 1), values, samples.of(filled(size)), state, CALLER);
            return values.get(0, 18);
        }
    }

    private static void assertNothingLeavesTheRange(UpdateRule rule, ElementType type, double size) {
        try (Samples samples = new Samples(type, 0, 3)) {
            Tensor values = samples.of(new double[1][19]);
            Tensor state = samples.of(new double[rule.states()][19]);
            for (int number = 1; number <= 200; number++) {
                double before = values.get(0, 18);
                Optimizers.update(rule, new UpdateStep(number, 1), values, samples.of(filled(size)), state, CALLER);
                assertTrue(Math.abs(values.get(0, 18) - before) < 40, rule + " of " + size + " in update " + number);
                assertTrue(values.get(0, 18) != before, rule + " of " + size + " in update " + number);
            }
            assertTrue(Reductions.isFinite(values), rule + " of " + size);
            assertTrue(Reductions.isFinite(state), rule + " of " + size);
        }
    }

    private static double[][] filled(double value) {
        double[] row = new double[19];
        Arrays.fill(row, value);
        return new double[][] {row};
    }

    /** As clipping to a norm has it where that is enormous: the scale alone would be a subnormal float, or 0. */
    @Example
    void aScaleTooSmallForTheTypeStillScales() {
        for (UpdateRule rule : Rules.ALL) {
            for (double scale : new double[] {1e-38, 1e-42, 1e-60}) {
                try (Samples samples = new Samples(ElementType.F32, 0, 3)) {
                    Tensor values = samples.uniform(3, 19);
                    Tensor state = samples.empty(rule.states() * 3L, 19);
                    state.clear();
                    Tensor gradients = samples.uniform(3, 19, 3e38);
                    Naive[][] naive = naive(values);
                    UpdateStep step = new UpdateStep(1, 0.1, scale, Double.POSITIVE_INFINITY, 0);
                    update(naive, rule, step, gradients);
                    Tensor rows = samples.copyOf(values);
                    Tensor rowsState = samples.copyOf(state);
                    Optimizers.updateRows(
                            rule, step, samples.ascendingIds(3, 3), rows, samples.copyOf(gradients), rowsState, CALLER);
                    Optimizers.update(rule, step, values, gradients, state, CALLER);
                    assertClose(valuesOf(naive), values, 300);
                    assertExactly(values(values), rows);
                    assertExactly(new double[3][19], gradients);
                }
            }
        }
    }

    /** Subnormal numbers take a processor a hundred times as long. */
    @Example
    void momentumOfAGradientThatIsGoneFadesToZero() {
        try (Samples samples = new Samples(ElementType.F32, 0, 3)) {
            Tensor state = samples.uniform(1, 19);
            Tensor values = samples.uniform(1, 19);
            Tensor gradients = samples.empty(1, 19);
            gradients.clear();
            for (int i = 1; i <= 1000; i++) { // 0.9^1000 is 1e-46
                Optimizers.update(
                        new UpdateRule.Momentum(0.9, false), new UpdateStep(i, 0.1), values, gradients, state, CALLER);
                for (int j = 0; j < 19; j++) {
                    double v = Math.abs(state.get(0, j));
                    assertTrue(v == 0 || v >= Float.MIN_NORMAL, "momentum " + v);
                }
            }
            assertExactly(new double[1][19], state);
        }
    }

    @Example
    void numbersOutOfTheirRangeAreRefused() {
        double nan = Double.NaN;
        double infinity = Double.POSITIVE_INFINITY;
        for (double wrong : new double[] {nan, -0.1, 1, infinity}) {
            refused("momentum is " + wrong, () -> new UpdateRule.Momentum(wrong, false));
            refused("decay is " + wrong, () -> new UpdateRule.RmsProp(wrong, 1e-8));
            refused("decay is " + wrong, () -> new UpdateRule.Adadelta(wrong, 1e-8));
            refused("beta1 is " + wrong, () -> new UpdateRule.Adam(wrong, 0.9, 1e-8));
            refused("beta2 is " + wrong, () -> new UpdateRule.Adam(0.9, wrong, 1e-8));
        }
        for (double wrong : new double[] {nan, -1, 0, infinity, 1e-60}) {
            refused("epsilon is " + wrong, () -> new UpdateRule.RmsProp(0.9, wrong));
            refused("epsilon is " + wrong, () -> new UpdateRule.Adadelta(0.9, wrong));
            refused("epsilon is " + wrong, () -> new UpdateRule.Adam(0.9, 0.9, wrong));
        }
        for (double wrong : new double[] {nan, -1, infinity}) {
            refused("rate is " + wrong, () -> new UpdateStep(1, wrong));
            refused("scale is " + wrong, () -> new UpdateStep(1, 1, wrong, 1, 0));
            refused("decay is " + wrong, () -> new UpdateStep(1, 1, 1, 1, wrong));
        }
        refused("limit is 0.0", () -> new UpdateStep(1, 1, 1, 0, 0));
        refused("limit is NaN", () -> new UpdateStep(1, 1, 1, nan, 0));
        refused("the number of the update is 0", () -> new UpdateStep(0, 1));
    }

    @Example
    void aMissingRuleOrStepIsNamed() {
        try (Samples samples = new Samples(ElementType.F32, 0, 3)) {
            Tensor x = samples.uniform(1, 3);
            refused("rule is null", () -> Optimizers.update(null, step(1), x, x, x, CALLER));
            refused("step is null", () -> Optimizers.update(new UpdateRule.Sgd(), null, x, x, x, CALLER));
        }
    }

    private static void refused(String why, Runnable call) {
        String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
        assertTrue(message.contains(why), message);
    }
}
