package dev.unroll.rnn.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.init.Initializer;
import java.util.Random;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A recording in the memory of the one before has the bits of one on a tape of its own, whatever differs. */
class RepeatedTapeTest {
    private final Workspace memory = new Workspace("parameters");
    private final Workspace workspace = new Workspace("steps");
    private final Parameters parameters = new Parameters();
    private final Parameter input = parameters.declare("input", Initializer.uniform(1), 3, 4);
    private final Parameter recurrent = parameters.declare("recurrent", Initializer.uniform(1), 4, 4);
    private final Parameter bias = parameters.declare("bias", Initializer.uniform(1), 4);
    private final RepeatedTape tapes = new RepeatedTape(workspace, ElementType.F64, WorkerPool.caller());

    RepeatedTapeTest() {
        parameters.allocate(memory, ElementType.F64, new SplittableRandom(1));
    }

    @AfterEach
    void close() {
        workspace.close();
        memory.close();
    }

    /** What one step computes. */
    private record Step(
            int steps, int batch, boolean withLoop, boolean reverse, boolean withDropout, boolean twice, double scale) {
        static Step of(Random random) {
            return new Step(
                    1 + random.nextInt(3), 1 + random.nextInt(2), random.nextInt(4) > 0, random.nextInt(4) == 0,
                    random.nextInt(3) == 0, random.nextInt(3) == 0, random.nextDouble());
        }
    }

    private Variable loss(Tape tape, Step step) {
        int rows = step.steps * step.batch;
        Variable x = tape.zeros(rows, 3);
        for (int i = 0; i < rows * 3; i++) {
            x.value().set(i / 3, i % 3, step.scale * Math.sin(i));
        }
        Variable p = tape.affine(x, input, bias);
        Variable outputs = step.withLoop ? loop(tape, step, p) : tape.tanh(p);
        if (step.withDropout) {
            outputs = tape.dropout(0.5, outputs);
        }
        if (step.twice) {
            outputs = tape.concat(outputs, tape.rows(tape.columns(outputs, 0, 4), 0, rows));
        }
        Variable targets = tape.zeros(rows, outputs.value().columns());
        double[] weights = new double[rows];
        weights[rows - 1] = 2;
        weights[0]++;
        return tape.squaredError(outputs, targets, tape.row(weights));
    }

    private Variable loop(Tape tape, Step step, Variable p) {
        Variable[] h = {tape.zeros(step.batch, 4)};
        tape.unroll(SequenceLayout.of(step.steps, step.batch), step.reverse, t -> {
            Variable own = tape.rows(p, (long) t * step.batch, step.batch);
            Variable next = tape.apply(CellOps.rnn(Activation.TANH), own, h[0], recurrent)[0];
            h[0] = step.twice ? tape.multiply(next, own) : next;
        });
        return tape.allSteps(h[0]);
    }

    /** The loss, then the gradients of all parameters. */
    private double[] backward(Tape tape, Step step) {
        parameters.gradients().clear();
        Variable loss = loss(tape.training(5, 1), step);
        tape.backward(loss);
        double[] gradients = parameters.gradients().toDoubles();
        double[] all = new double[gradients.length + 1];
        System.arraycopy(gradients, 0, all, 1, gradients.length);
        all[0] = loss.value().get(0, 0);
        return all;
    }

    private double[] onANewTape(Step step) {
        try (Workspace own = new Workspace("one step")) {
            return backward(Tape.recording(own, ElementType.F64, WorkerPool.caller()), step);
        }
    }

    private double[] repeated(Step step, boolean announced) {
        Tape tape = tapes.begin("a step");
        try {
            if (announced) {
                tapes.expect(SequenceLayout.of(step.steps, step.batch));
            }
            return backward(tape, step);
        } finally {
            tapes.end();
        }
    }

    @Property(tries = 60)
    void anySequenceOfStepsHasTheBitsOfNewTapes(@ForAll long seed) {
        Random random = new Random(seed);
        Step step = Step.of(random);
        for (int i = 0; i < 12; i++) {
            step = random.nextBoolean() ? step : Step.of(random);
            double[] expected = onANewTape(step);
            assertArrayEquals(expected, repeated(step, random.nextBoolean()), "step " + i + ": " + step);
        }
    }

    @Test
    void equalStepsTakeNoMemoryAndTheSameObjects() {
        Step step = new Step(3, 2, true, false, true, true, 1);
        repeated(step, true);
        long taken = workspace.reservedBytes();
        Tensor value = null;
        for (int i = 0; i < 100; i++) {
            Tape tape = tapes.begin("a step");
            Variable x = tape.zeros(6, 3);
            assertEquals(0, x.value().get(0, 0));
            value = value == null ? x.value() : value;
            assertSame(value, x.value());
            tapes.end(); // before its end, so the next one begins anew
            value = null;
            repeated(step, true);
        }
        assertEquals(taken, workspace.reservedBytes());
    }

    @Test
    void stepsOfChangingShapesDoNotTakeMoreAndMoreMemory() {
        Random random = new Random(1);
        long taken = 0;
        for (int i = 0; i < 300; i++) {
            repeated(Step.of(random), false);
            if (i == 100) {
                taken = workspace.reservedBytes();
            }
        }
        assertEquals(taken, workspace.reservedBytes());
    }

    @Test
    void betweenRecordingsTensorsAreRefusedAndOthersMayUseTheMemory() {
        Step step = new Step(2, 1, true, false, false, false, 1);
        Tape tape = tapes.begin("a step");
        Variable loss = loss(tape, step);
        tape.backward(loss);
        tapes.end();
        assertThrows(IllegalStateException.class, () -> loss.value().get(0, 0));
        try (var _ = workspace.scope("other work")) {
            workspace.zeros(ElementType.F64, 1000);
        }
        assertThrows(IllegalStateException.class, () -> loss.value().get(0, 0));
        assertArrayEquals(onANewTape(step), repeated(step, true));
    }

    @Test
    void aStepThatFailsLeavesNothingBehind() {
        Step step = new Step(3, 2, true, false, false, false, 1);
        repeated(step, true);
        Tape tape = tapes.begin("a step");
        loss(tape, step);
        assertThrows(IllegalArgumentException.class, () -> tape.matmul(tape.zeros(2, 2), recurrent));
        tapes.end();
        assertArrayEquals(onANewTape(step), repeated(step, true));
    }

    @Test
    void oneRecordingRunsAtATime() {
        assertFalse(tapes.isRunning());
        assertThrows(IllegalStateException.class, tapes::end);
        tapes.begin("a step");
        assertEquals("this tape records already; end that first, or use another tape",
                assertThrows(IllegalStateException.class, () -> tapes.begin("another")).getMessage());
        tapes.end();
    }
}
