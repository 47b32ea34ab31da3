package dev.unroll.rnn.operator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.operator.Bidirectional.Merge;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What dropout and zoneout do to numbers while training, and that what is put around a cell leaves the rest alone. */
class RegularizationTest {
    private static final int STEPS = 6;
    private static final int BATCH = 5;
    private static final int SIZE = 40;

    private final Workspace workspace = new Workspace("test");

    @AfterEach
    void close() {
        workspace.close();
    }

    /** A cell that counts: the state grows by its input, which is 1 at every step, and begins with 100. */
    private record Counter(int size) implements Plus {
        @Override
        public List<Integer> stateSizes() {
            return List.of(size);
        }

        @Override
        public State initial(Tape tape, int batch) {
            return State.of(tape.combine(100, ones(tape, batch, size), 0, tape.zeros(batch, size)));
        }

        @Override
        public Variable project(Tape tape, Variable x) {
            return x;
        }

        @Override
        public State step(Tape tape, Variable p, State previous) {
            return State.of(tape.add(p, previous.hidden()));
        }
    }

    private static Variable ones(Tape tape, int rows, int columns) {
        float[] ones = new float[rows * columns];
        Arrays.fill(ones, 1);
        return tape.constant(new Frames(columns, ones));
    }

    private Tape tape(boolean training, long update) {
        Tape tape = Tape.inference(workspace, ElementType.F64, WorkerPool.caller());
        return training ? tape.training(7, update) : tape;
    }

    private double[] run(Layer layer, boolean training, long update) {
        Tape tape = tape(training, update);
        State initial = layer.initial(tape, BATCH);
        Tensor outputs = layer.run(tape, ones(tape, STEPS * BATCH, SIZE), SequenceLayout.of(STEPS, BATCH), initial)
                .outputs().value();
        return outputs.toDoubles();
    }

    private static double share(double[] values, double of) {
        return Arrays.stream(values).filter(value -> value == of).count() / (double) values.length;
    }

    /**
     * A share of n = 1200 draws with probability p is off by at most 5 sqrt(p (1 - p) / n), less than 0.075, but once in a
     * million; and the seed is fixed.
     */
    private static final double FIVE_DEVIATIONS = 0.075;

    @ParameterizedTest
    @ValueSource(doubles = {0.1, 0.5, 0.8})
    void dropoutIsDrawnAnewForEveryStep(double rate) {
        double[] plain = run(new Counter(SIZE), true, 1);
        double[] dropped = run(new DropoutLayer(new Counter(SIZE), rate, false), true, 1);
        for (int i = 0; i < plain.length; i++) {
            assertTrue(
                    dropped[i] == 0 || Math.abs(dropped[i] - plain[i] / (1 - rate)) < 1e-12 * plain[i] / (1 - rate),
                    "dropped, or as much larger as fewer stay: " + dropped[i]);
        }
        assertEquals(rate, share(dropped, 0), FIVE_DEVIATIONS);
        assertFalse(Arrays.equals(zeros(dropped, 0), zeros(dropped, 1)), "another mask at another step");
        assertFalse(Arrays.equals(dropped, run(new DropoutLayer(new Counter(SIZE), rate, false), true, 2)));
        assertArrayEquals(plain, run(new DropoutLayer(new Counter(SIZE), rate, false), false, 1));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.1, 0.5, 0.8})
    void variationalDropoutHasOneMaskForAllSteps(double rate) {
        Layer layer = new DropoutLayer(new Counter(SIZE), rate, true);
        double[] dropped = run(layer, true, 1);
        boolean[] first = zeros(dropped, 0);
        for (int t = 1; t < STEPS; t++) {
            assertArrayEquals(first, zeros(dropped, t), "step " + t);
        }
        boolean[] row = Arrays.copyOf(first, SIZE);
        assertFalse(Arrays.equals(row, Arrays.copyOfRange(first, SIZE, 2 * SIZE)), "each sequence has its own");
        // 200 draws: five deviations are less than 0.18.
        assertEquals(rate, share(Arrays.copyOf(dropped, BATCH * SIZE), 0), 0.18);
        assertFalse(Arrays.equals(first, zeros(run(layer, true, 2), 0)), "another update has another mask");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void inputDropoutDropsWhatTheLayerReads(boolean variational) {
        double rate = 0.25;
        double[] states = run(new InputDropout(new Counter(SIZE), rate, variational), true, 1);
        boolean[] isDropped = new boolean[states.length];
        for (int i = 0; i < states.length; i++) {
            double change = states[i] - (i < BATCH * SIZE ? 100 : states[i - BATCH * SIZE]);
            // 0, or 1 / (1 - rate), but for roundings of numbers near 100
            assertTrue(Math.abs(change) < 1e-12 || Math.abs(change - 4.0 / 3) < 1e-12, "a change of " + change);
            isDropped[i] = change < 0.5;
        }
        boolean[] first = Arrays.copyOf(isDropped, BATCH * SIZE);
        boolean[] second = Arrays.copyOfRange(isDropped, BATCH * SIZE, 2 * BATCH * SIZE);
        assertEquals(variational, Arrays.equals(first, second), "the same mask at both steps");
        int dropped = 0;
        for (boolean is : isDropped) {
            dropped += is ? 1 : 0;
        }
        // of 200 draws with one mask five deviations are less than 0.18
        assertEquals(rate, (double) dropped / states.length, variational ? 0.18 : FIVE_DEVIATIONS);
        assertArrayEquals(run(new Counter(SIZE), false, 1),
                run(new InputDropout(new Counter(SIZE), rate, variational), false, 1));
    }

    private static boolean[] zeros(double[] values, int step) {
        boolean[] zeros = new boolean[BATCH * SIZE];
        for (int i = 0; i < zeros.length; i++) {
            zeros[i] = values[step * zeros.length + i] == 0;
        }
        return zeros;
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.1, 0.5, 0.8})
    void zoneoutKeepsTheOldValueOrTakesTheNewOne(double rate) {
        double[] states = run(new Zoneout(new Counter(SIZE), rate), true, 1);
        int kept = 0;
        for (int i = 0; i < states.length; i++) {
            double before = i < BATCH * SIZE ? 100 : states[i - BATCH * SIZE];
            double change = states[i] - before;
            // old + (1 - rate) / (1 - rate) (new - old), so one or the other but for roundings of numbers near 100
            assertTrue(Math.abs(change) < 1e-12 || Math.abs(change - 1) < 1e-12, "a change of " + change);
            kept += change < 0.5 ? 1 : 0;
        }
        assertEquals(rate, (double) kept / states.length, FIVE_DEVIATIONS);
    }

    @Test
    void whenNotTrainingZoneoutIsTheMeanOfBoth() {
        double[] states = run(new Zoneout(new Counter(SIZE), 0.25), false, 1);
        assertEquals(100.75, states[0], 1e-12); // roundings of numbers near 100
        assertEquals(100 + 0.75 * STEPS, states[states.length - 1], 1e-12 * STEPS);
    }

    @Test
    void whatIsPutAroundACellBeginsWithTheCellsState() {
        assertEquals(101, run(new Zoneout(new Counter(SIZE), 0), true, 1)[0]);
        assertEquals(101, run(new DropoutLayer(new Counter(SIZE), 0, false), true, 1)[0]);
        assertEquals(101, run(new Residual(new Counter(SIZE)), true, 1)[0] - 1);
        Layer both = new Bidirectional(new Counter(SIZE), new Counter(SIZE), Merge.SUM);
        assertEquals(101 + 100 + STEPS, run(both, true, 1)[0]);
        assertFalse(both.isCausal() || new Residual(both).isCausal() || new DropoutLayer(both, 0.1, false).isCausal());
        assertTrue(new Zoneout(new Counter(SIZE), 0.5).isCausal());
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1, 2, Double.NaN})
    void aRateThatIsNoProbabilityIsRefused(double rate) {
        Plus cell = new Counter(SIZE);
        for (Runnable wrong : List.<Runnable>of(
                () -> new DropoutLayer(cell, rate, false), () -> new DropoutLayer(cell, rate, true),
                () -> new InputDropout(cell, rate, true), () -> new Zoneout(cell, rate))) {
            String message = assertThrows(IllegalArgumentException.class, wrong::run).getMessage();
            assertTrue(message.contains("must be a probability") && message.contains(String.valueOf(rate)), message);
        }
        assertThrows(IllegalArgumentException.class, () -> Units.maxout(0));
        assertThrows(IllegalArgumentException.class, () -> Units.lp(0));
    }
}
