package dev.unroll.rnn.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.init.Initializer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Time loops of which threads compute their rows without waiting for each other, whatever a step does in between. */
class RowwiseLoopTest {
    private static final int BATCH = 32;
    /** So many that the smallest product is shared by four threads. */
    private static final int UNITS = 160;
    private static final int STEPS = 25;

    /** An op of a user, which reads and writes elements itself: the sum of a row and of the row before. */
    private static final Op NEIGHBOURS = neighbours();

    private static Op neighbours() {
        OpDefinition op = Op.define("neighbours");
        int x = op.input("m n");
        int y = op.output("m n");
        return op.build(
                call -> addRowBefore(call.input(x), call.out(y)),
                call -> {
                    Tensor dy = call.delta(y);
                    Tensor dx = call.gradient(x);
                    for (long i = 0; i < dy.rows(); i++) {
                        for (long j = 0; j < dy.columns(); j++) {
                            double next = i + 1 < dy.rows() ? dy.get(i + 1, j) : 0;
                            dx.set(i, j, (float) (dx.get(i, j) + (float) (dy.get(i, j) + next)));
                        }
                    }
                });
    }

    /** By many threads, none of which is that of the tape. */
    private static void addRowBefore(Tensor x, Tensor y) {
        try (ExecutorService others = Executors.newThreadPerTaskExecutor(Thread::new)) {
            for (int part = 0; part < 2; part++) {
                int first = part;
                others.submit(() -> {
                    for (long i = first; i < x.rows(); i += 2) {
                        for (long j = 0; j < x.columns(); j++) {
                            y.set(i, j, (float) (x.get(i, j) + (i == 0 ? 0 : x.get(i - 1, j))));
                        }
                    }
                });
            }
        }
    }

    /** What all steps of a loop show and what flows back, computed by some threads. */
    private static List<float[]> run(int threads) {
        List<float[]> all = new ArrayList<>();
        try (Workspace workspace = new Workspace("loop"); WorkerPool pool = new WorkerPool(threads)) {
            Parameters parameters = new Parameters();
            Parameter w = parameters.declare("w", Initializer.uniform(0.4), UNITS, UNITS);
            Parameter b = parameters.declare("b", Initializer.uniform(0.4), UNITS);
            Parameter ofLstm = parameters.declare("lstm", Initializer.uniform(0.4), UNITS, 4 * UNITS);
            parameters.allocate(workspace, ElementType.F32, new SplittableRandom(1));
            Tape tape = Tape.recording(workspace, ElementType.F32, pool);
            float[] numbers = new float[(STEPS + 1) * BATCH * 4 * UNITS];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = (float) Math.sin(i);
            }
            Variable x = tape.variable(
                    workspace.allocate(ElementType.F32, (STEPS + 1L) * BATCH, 4L * UNITS).copyFrom(numbers));
            Variable zeros = tape.zeros(BATCH, UNITS);
            Variable[] state = {zeros, zeros};
            Variable[] shifted = {zeros};
            tape.unroll(STEPS, false, t -> {
                Variable[] next = tape.apply(
                        CellOps.LSTM, tape.rows(x, (long) t * BATCH, BATCH), state[0], state[1], ofLstm);
                Variable h = tape.affine(next[0], w, b);
                if (t % 5 == 1) {
                    all.add(h.value().toFloats()); // in the middle of the loop
                }
                Variable sum = tape.apply(NEIGHBOURS, h)[0];
                // Rows that are not the rows of the step: half of this one and half of the next.
                Variable some = tape.columns(tape.rows(x, (long) t * BATCH + BATCH / 2, BATCH), 0, UNITS);
                state[0] = tape.add(tape.activate(Activation.TANH, sum), tape.multiply(some, next[0]));
                state[1] = next[1];
                shifted[0] = state[0];
            });
            Variable outputs = tape.allSteps(shifted[0]);
            all.add(outputs.value().toFloats());
            Tensor ones = workspace.allocate(ElementType.F32, STEPS * (long) BATCH, UNITS);
            float[] of = new float[STEPS * BATCH * UNITS];
            Arrays.fill(of, 1);
            tape.backward(outputs, ones.copyFrom(of));
            all.add(x.gradient().toFloats());
            for (Parameter parameter : List.of(w, b, ofLstm)) {
                all.add(parameter.gradient().toFloats());
            }
        }
        return all;
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4})
    void opsOfUsersReadValuesAndRowsOfOtherStepsInBetween(int threads) {
        List<float[]> expected = run(1);
        for (int i = 0; i < 10; i++) {
            List<float[]> actual = run(threads);
            assertEquals(expected.size(), actual.size());
            for (int j = 0; j < expected.size(); j++) {
                assertArrayEquals(expected.get(j), actual.get(j), "run " + i + ", tensor " + j);
            }
        }
    }

    /** A bias that is a row of a state, and a constant over other rows of it: all rows must be there. */
    private static float[] runWithViews(int threads, boolean asConstant) {
        try (Workspace workspace = new Workspace("loop"); WorkerPool pool = new WorkerPool(threads)) {
            Parameters parameters = new Parameters();
            Parameter w = parameters.declare("w", Initializer.uniform(0.4), UNITS, UNITS);
            Parameter ofLstm = parameters.declare("lstm", Initializer.uniform(0.4), UNITS, 4 * UNITS);
            parameters.allocate(workspace, ElementType.F32, new SplittableRandom(1));
            Tape tape = Tape.recording(workspace, ElementType.F32, pool);
            float[] numbers = new float[BATCH * 4 * UNITS];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = (float) Math.sin(i);
            }
            Variable p = tape.constant(workspace.allocate(ElementType.F32, BATCH, 4L * UNITS).copyFrom(numbers));
            Variable[] state = {tape.zeros(BATCH, UNITS), tape.zeros(BATCH, UNITS)};
            tape.unroll(STEPS, false, t -> {
                Variable[] next = tape.apply(CellOps.LSTM, p, state[0], state[1], ofLstm);
                Variable mixed;
                if (asConstant) { // the rows of the step in another shape, of which these are the first half
                    Tensor other = next[0].value().reshape(2L * BATCH, UNITS / 2).rows(0, BATCH);
                    Variable half = tape.columns(next[0], 0, UNITS / 2);
                    mixed = tape.concat(tape.add(half, tape.constant(other)), half);
                } else {
                    mixed = tape.affine(next[0], w, tape.rows(next[1], BATCH - 1 - t, 1));
                }
                state[0] = tape.tanh(mixed);
                state[1] = next[1];
            });
            return tape.allSteps(state[0]).value().toFloats();
        }
    }

    @ParameterizedTest
    @CsvSource({"2, true", "2, false", "4, true", "4, false"})
    void rowsOfOthersAreThereBeforeTheyAreRead(int threads, boolean asConstant) {
        float[] expected = runWithViews(1, asConstant);
        for (int i = 0; i < 30; i++) {
            assertArrayEquals(expected, runWithViews(threads, asConstant), "run " + i);
        }
    }

    @Test
    void onlyCallsOfOurOpsOnTheRowsOfTheirStepDoNotWait() {
        Slice step = Slice.WHOLE.rows(3 * BATCH, BATCH);
        assertTrue(step.isWholeBlock() && Slice.WHOLE.isWholeBlock() && step.columns(2, 3).isWholeBlock());
        assertFalse(Slice.WHOLE.rows(BATCH / 2, BATCH).isWholeBlock());
        assertFalse(Slice.WHOLE.rows(3, 1).isWholeBlock(), "a row of another step perhaps");
        assertFalse(RowwiseOps.has(CellOps.LSTM, null), "outside of a loop");
    }
}
