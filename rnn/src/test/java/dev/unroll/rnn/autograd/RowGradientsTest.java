package dev.unroll.rnn.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Reductions;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.UpdateRule;
import dev.unroll.kernels.UpdateStep;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.init.Initializer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Passes over some rows of a lookup table against the same passes over all gradients. */
class RowGradientsTest {
    private static final int TYPES = 500;

    /** A bias, a table whose sum of squares takes several chunks, and a matrix. */
    private static final class Model implements AutoCloseable {
        final Workspace workspace = new Workspace("parameters");
        final Workspace steps = new Workspace("steps");
        final Parameters parameters = new Parameters();
        final Parameter table;
        final WorkerPool pool;
        private final Parameter bias;
        private final Parameter matrix;
        private final ElementType type;

        Model(ElementType type, int columns, WorkerPool pool) {
            this.type = type;
            this.pool = pool;
            bias = parameters.declare("bias", Initializer.uniformByUnits(4), columns);
            table = parameters.declare("table", Initializer.gaussian(1), TYPES, columns);
            matrix = parameters.declare("matrix", Initializer.uniformByUnits(4), columns, 3);
            parameters.allocate(workspace, type, new Random(3));
            table.write(values -> {
                for (int row = 0; row < TYPES; row += 3) {
                    values.set(row, 0, -0.0);
                }
            });
        }

        void backward(Consumer<Tape> step) {
            try (var _ = steps.scope("a step")) {
                step.accept(Tape.recording(steps, type, pool));
            }
        }

        /** Adds the gradients of a loss of some rows of the table. */
        void backward(int... ids) {
            backward(tape -> backward(tape, tape.lookup(tape.ids(ids), table)));
        }

        void backward(Tape tape, Variable rows) {
            Variable y = tape.tanh(tape.matmul(tape.addRow(rows, bias), matrix));
            Variable targets = tape.zeros(y.value().rows(), 3);
            tape.backward(tape.squaredError(y, targets, tape.equalWeights()));
        }

        /** Updates by clipped gradients, and returns their norm. */
        double update(UpdateRule rule, double decay) {
            double norm = parameters.gradientNorm(pool);
            double scale = norm > 0.1 ? 0.1 / norm : 1;
            Tensor state = rule.states() == 0 ? null : parameters.slabs(rule.states());
            parameters.update(rule, new UpdateStep(1, 0.3, scale, 0.05, decay), state, pool);
            return norm;
        }

        double update() {
            return update(new UpdateRule.Sgd(), 0);
        }

        /** All gradients, without telling that they were asked for. */
        double[] gradients() {
            return parameters.list().stream().map(p -> p.storage().gradients())
                    .flatMapToDouble(gradient -> Arrays.stream(doubles(gradient))).toArray();
        }

        /** A number in the gradient of the table that nothing flowed back to. */
        void spoil(int row) {
            table.storage().gradients().set(row, 0, Double.NaN);
        }

        boolean isSpoiled(int row) {
            return Double.isNaN(table.storage().gradients().get(row, 0));
        }

        @Override
        public void close() {
            steps.close();
            workspace.close();
        }
    }

    private static double[] doubles(Tensor tensor) {
        if (tensor.type() == ElementType.F64) {
            return tensor.toDoubles();
        }
        float[] floats = tensor.toFloats();
        return IntStream.range(0, floats.length).mapToDouble(i -> floats[i]).toArray();
    }

    /** Ids some of which come again, of all types, or of a few. */
    private static int[] ids(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> random.ints(1 + random.nextInt(30), 0, TYPES).toArray();
            case 1 -> random.ints(20, 100, 104).toArray();
            case 2 -> new int[] {random.nextBoolean() ? 0 : TYPES - 1};
            default -> IntStream.range(0, TYPES).toArray();
        };
    }

    @Property(tries = 60)
    void updatesOfSomeRowsHaveTheBitsOfUpdatesOfAll(
            @ForAll boolean wide, @ForAll @IntRange(min = 1, max = 40) int columns, @ForAll boolean twoThreads,
            @ForAll long seed) {
        ElementType type = wide ? ElementType.F64 : ElementType.F32;
        Random random = new Random(seed);
        try (WorkerPool pool = new WorkerPool(twoThreads ? 2 : 1);
                Model sparse = new Model(type, columns, pool);
                Model dense = new Model(type, columns, pool)) {
            Tensor all = dense.parameters.gradients();
            for (int update = 0; update < 4; update++) {
                for (int pass = random.nextInt(3); pass > 0; pass--) {
                    int[] ids = ids(random);
                    sparse.backward(ids);
                    dense.backward(ids);
                }
                assertArrayEquals(dense.gradients(), sparse.gradients());
                double norm = sparse.parameters.gradientNorm(pool);
                assertEquals(Reductions.norm(all, pool), norm);
                if (random.nextInt(4) == 0) {
                    sparse.parameters.clearGradients();
                    dense.parameters.clearGradients();
                } else {
                    assertEquals(dense.update(), sparse.update());
                }
                assertArrayEquals(new double[dense.gradients().length], sparse.gradients());
                assertArrayEquals(doubles(dense.parameters.values()), doubles(sparse.parameters.values()));
            }
        }
    }

    private static Model model() {
        return new Model(ElementType.F32, 40, WorkerPool.caller());
    }

    @Example
    void rowsThatNothingFlowedBackToAreNotVisited() {
        try (Model model = model()) {
            double[] before = doubles(model.parameters.values());
            model.backward(3, 4, 3);
            model.spoil(250);
            assertTrue(Double.isFinite(model.update()));
            assertTrue(model.isSpoiled(250));
            model.backward(5, 130);
            model.parameters.clearGradients();
            assertTrue(model.isSpoiled(250));
            double[] after = doubles(model.parameters.values());
            int row = 40 + 8 + 250 * 40; // the bias fills whole lines of 16 numbers
            assertEquals(model.table.value().get(250, 7), before[row + 7], "the place of the row");
            assertArrayEquals(Arrays.copyOfRange(before, row, row + 40), Arrays.copyOfRange(after, row, row + 40));
            assertFalse(Arrays.equals(before, after));
        }
    }

    @Example
    void rulesAndDecaysThatChangeEveryValueVisitAllRows() {
        List<UpdateRule> rules = List.of(
                new UpdateRule.Momentum(0.9, false), new UpdateRule.RmsProp(0.9, 1e-8),
                new UpdateRule.Adam(0.9, 0.999, 1e-8));
        for (UpdateRule rule : rules) {
            try (Model model = model()) {
                model.backward(3);
                model.spoil(250);
                model.update(rule, 0);
                assertFalse(model.isSpoiled(250), rule.toString());
            }
        }
        try (Model model = model()) {
            double before = model.table.value().get(250, 7);
            model.backward(3);
            model.update(new UpdateRule.Sgd(), 0.5);
            assertEquals((float) (before * (float) (1 - 0.15)), model.table.value().get(250, 7));
        }
    }

    @Example
    void aTableThatIsUsedOtherwiseTooIsVisitedAsAWhole() {
        List<Consumer<Model>> uses = List.of(
                model -> model.backward(
                        tape -> model.backward(tape, tape.lookup(tape.ids(3), tape.rows(model.table, 2, 9)))),
                model -> model.backward(tape -> model.backward(tape, tape.add(model.table, model.table))),
                model -> model.backward(tape -> model.backward(
                        tape.weightNoise(0.1, 1, 1), tape.lookup(tape.ids(3), tape.rows(model.table, 2, 9)))),
                model -> model.backward(tape -> tape.backward(
                        tape.squaredError(
                                tape.matmul(tape.zeros(2, TYPES), model.table), tape.zeros(2, 40),
                                tape.equalWeights()))));
        for (Consumer<Model> use : uses) {
            try (Model model = model()) {
                model.backward(3);
                use.accept(model);
                model.spoil(250);
                assertTrue(Double.isNaN(model.parameters.gradientNorm(model.pool)));
                model.parameters.clearGradients();
                assertFalse(model.isSpoiled(250));
                model.spoil(250);
                model.backward(3);
                assertTrue(Double.isFinite(model.update()), "once cleared, some rows are enough again");
            }
        }
    }

    @Example
    void aLookupWithNoiseAddsToSomeRows() {
        try (Model model = model()) {
            model.backward(tape -> model.backward(
                    tape.weightNoise(0.1, 1, 1), tape.lookup(tape.ids(3, 4), model.table)));
            model.spoil(250);
            assertTrue(model.update() > 0);
            assertEquals(0, model.table.storage().gradients().get(3, 0));
        }
    }

    @Example
    void gradientsThatWereHandedOutAreVisitedAsAWholeFromThenOn() {
        List<Consumer<Model>> requests = List.of(
                model -> model.parameters.gradients(), model -> model.table.gradient(),
                model -> model.backward(tape -> tape.rows(model.table, 2, 9).gradient()));
        for (Consumer<Model> request : requests) {
            try (Model model = model()) {
                request.accept(model);
                for (int update = 0; update < 2; update++) {
                    model.backward(3);
                    model.spoil(250);
                    assertFalse(model.table.hasFiniteGradient());
                    model.update();
                    assertFalse(model.isSpoiled(250));
                    model.parameters.clearGradients();
                }
            }
        }
    }

    @Example
    void gradientsNeedMemory() {
        Parameters parameters = new Parameters();
        WorkerPool caller = WorkerPool.caller();
        assertThrows(IllegalStateException.class, () -> parameters.gradientNorm(caller));
        assertThrows(IllegalStateException.class, parameters::clearGradients);
        UpdateStep step = new UpdateStep(1, 0.1);
        assertThrows(IllegalStateException.class, () -> parameters.update(new UpdateRule.Sgd(), step, null, caller));
    }
}
