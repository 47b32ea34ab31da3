package dev.unroll.rnn.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.cell.RnnPlus;
import dev.unroll.rnn.data.SequenceLayout;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PlusTest {
    /** A cell that forgets to compute anything. */
    private record Idle() implements Plus {
        @Override
        public List<Integer> stateSizes() {
            return List.of(2);
        }

        @Override
        public Variable project(Tape tape, Variable x) {
            return x;
        }

        @Override
        public State step(Tape tape, Variable p, State previous) {
            return previous;
        }
    }

    @Test
    void aHiddenStateThatNoStepComputedIsRefused() {
        try (Workspace workspace = new Workspace("test")) {
            Tape tape = Tape.inference(workspace, ElementType.F64, WorkerPool.caller());
            Variable x = tape.constant(workspace.zeros(ElementType.F64, 6, 3));
            State state = State.of(tape.constant(workspace.zeros(ElementType.F64, 2, 2)));
            Exception e =
                    assertThrows(IllegalArgumentException.class,
                            () -> new Idle().run(tape, x, SequenceLayout.of(3, 2), state));
            assertTrue(e.getMessage().contains("have 2 rows, not 6"), e.getMessage());
        }
    }

    @Test
    void rowsThatAreNoWholeNumberOfStepsAreRefused() {
        try (Workspace workspace = new Workspace("test")) {
            Parameters parameters = new Parameters();
            Plus cell = new RnnPlus(parameters, "rnn", Activation.TANH, 3, 2);
            parameters.allocate(workspace, ElementType.F64, new SplittableRandom(1));
            Tape tape = Tape.inference(workspace, ElementType.F64, WorkerPool.caller());
            Variable x = tape.constant(workspace.zeros(ElementType.F64, 5, 3));
            State state = State.of(tape.constant(workspace.zeros(ElementType.F64, 2, 2)));
            assertThrows(IllegalArgumentException.class, () -> SequenceLayout.of(0, 2));
            Exception e = assertThrows(
                    IllegalArgumentException.class, () -> cell.run(tape, x, SequenceLayout.of(2, 2), state));
            assertEquals(
                    "an input of 5 rows cannot be 2 steps of 2 sequences; give steps * batch = 4 rows", e.getMessage());
        }
    }
}
