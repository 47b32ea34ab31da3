package dev.unroll.rnn.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.init.Initializer;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GraphTest {
    private final Workspace workspace = new Workspace("test");
    private final Tape tape = Tape.recording(workspace, ElementType.F32, WorkerPool.caller());
    private final Parameters parameters = new Parameters();
    private final Parameter w = parameters.declare("input.\"w\"", Initializer.uniform(1), 3, 8);
    private final Parameter recurrent = parameters.declare("recurrent", Initializer.uniform(1), 2, 8);

    @AfterEach
    void close() {
        workspace.close();
    }

    /** An LSTM over some steps of one sequence, and a loss of all its outputs. */
    private void lstm(int steps) {
        parameters.allocate(workspace, ElementType.F32, new Random(1));
        Variable projected = tape.matmul(tape.zeros(steps, 3), w);
        Variable[][] state = {{tape.zeros(1, 2), tape.zeros(1, 2)}};
        tape.unroll(steps, false, t -> state[0] =
                tape.apply(CellOps.LSTM, tape.rows(projected, t, 1), state[0][0], state[0][1], recurrent));
        tape.squaredError(tape.columns(tape.allSteps(state[0][0]), 1, 1), tape.zeros(steps, 1), tape.equalWeights());
    }

    @Test
    void isTextWithALineForEveryCall() {
        assertEquals("", tape.toString());
        lstm(2);
        assertEquals(
                """
                %1 F32[2, 8] = matmul(constant1 F32[2, 3], input."w" F32[3, 8])
                %2 F32[1, 2], %3 F32[1, 2] = lstm(%1[0:1] F32[1, 8], constant2 F32[1, 2], constant3 F32[1, 2], \
                recurrent F32[2, 8])
                %4 F32[1, 2], %5 F32[1, 2] = lstm(%1[1:2] F32[1, 8], %2 F32[1, 2], %3 F32[1, 2], recurrent F32[2, 8])
                %6 F32[1, 1] = squared_error(%2..%4[:, 1:2] F32[2, 1], constant4 F32[2, 1], constant5 F32[1])
                """,
                tape.toString());
    }

    @Test
    void isAGraphInDot() {
        lstm(2);
        assertEquals(
                """
                digraph tape {
                  node [shape=box]
                  call1 [label="matmul\\n%1 F32[2, 8]"]
                  "constant1" [shape=ellipse, label="constant1\\nF32[2, 3]"]
                  "input.\\"w\\"" [shape=ellipse, label="input.\\"w\\"\\nF32[3, 8]"]
                  call2 [label="lstm\\n%2 F32[1, 2]\\n%3 F32[1, 2]"]
                  "constant2" [shape=ellipse, label="constant2\\nF32[1, 2]"]
                  "constant3" [shape=ellipse, label="constant3\\nF32[1, 2]"]
                  "recurrent" [shape=ellipse, label="recurrent\\nF32[2, 8]"]
                  call3 [label="lstm\\n%4 F32[1, 2]\\n%5 F32[1, 2]"]
                  call4 [label="squared_error\\n%6 F32[1, 1]"]
                  "constant4" [shape=ellipse, label="constant4\\nF32[2, 1]"]
                  "constant5" [shape=ellipse, label="constant5\\nF32[1]"]
                  "constant1" -> call1
                  "input.\\"w\\"" -> call1
                  call1 -> call2 [label="%1"]
                  "constant2" -> call2
                  "constant3" -> call2
                  "recurrent" -> call2
                  call1 -> call3 [label="%1"]
                  call2 -> call3 [label="%2"]
                  call2 -> call3 [label="%3"]
                  "recurrent" -> call3
                  call2 -> call4 [label="%2"]
                  call3 -> call4 [label="%4"]
                  "constant4" -> call4
                  "constant5" -> call4
                }
                """,
                tape.toDot());
    }

    @Test
    void aLongGraphHasShortLines() {
        lstm(500);
        String[] lines = tape.toString().split("\n");
        assertEquals(502, lines.length);
        for (String line : lines) {
            assertTrue(line.length() < 160, line);
        }
        assertEquals(
                "%1002 F32[1, 1] = squared_error(%2..%1000[:, 1:2] F32[500, 1], constant4 F32[500, 1], constant5 F32[1])",
                lines[501]);
        assertEquals(500, Pattern.compile("-> call502 \\[").matcher(tape.toDot()).results().count());
    }

    /** The step that runs first is the last one in time, so its outputs have the smallest numbers and the last rows. */
    @Test
    void aLoopThatRunsBackwardInTimeIsInTheOrderOfItsRun() {
        Variable x = tape.variable(tape.zeros(3, 2).value());
        Variable[] last = new Variable[1];
        tape.unroll(3, true, t -> last[0] = tape.tanh(tape.rows(x, t, 1)));
        tape.sigmoid(tape.allSteps(last[0]));
        assertEquals(
                """
                %1 F32[1, 2] = tanh(variable1[2:3] F32[1, 2])
                %2 F32[1, 2] = tanh(variable1[1:2] F32[1, 2])
                %3 F32[1, 2] = tanh(variable1[0:1] F32[1, 2])
                %4 F32[3, 2] = sigmoid(%1..%3 F32[3, 2])
                """,
                tape.toString());
    }
}
