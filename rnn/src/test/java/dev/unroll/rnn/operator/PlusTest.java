package dev.unroll.rnn.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PlusTest {
    @Test
    void rowsThatAreNoWholeNumberOfStepsAreRefused() {
        try (Workspace workspace = new Workspace("test")) {
            Parameters parameters = new Parameters();
            Plus cell = new RnnPlus(parameters, "rnn", Activation.TANH, 3, 2);
            parameters.allocate(workspace, ElementType.F64, new SplittableRandom(1));
            Tape tape = Tape.inference(workspace, ElementType.F64, WorkerPool.caller());
            Variable x = tape.constant(workspace.zeros(ElementType.F64, 5, 3));
            State state = State.of(tape.constant(workspace.zeros(ElementType.F64, 2, 2)));
            assertThrows(IllegalArgumentException.class, () -> cell.unroll(tape, x, 0, state));
            Exception e = assertThrows(IllegalArgumentException.class, () -> cell.unroll(tape, x, 2, state));
            assertEquals("an input of 5 rows cannot be 2 steps; give steps * batch rows", e.getMessage());
        }
    }
}
