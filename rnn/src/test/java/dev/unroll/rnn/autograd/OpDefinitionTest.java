package dev.unroll.rnn.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class OpDefinitionTest {
    private static String refusal(Executable call) {
        return assertThrows(IllegalArgumentException.class, call).getMessage();
    }

    @Test
    void outputsHaveTheSizesOfInputs() {
        OpDefinition definition = Op.define("sizes");
        definition.input(Domain.ids("t", "v"));
        definition.input("m 3n");
        definition.input("k");
        int y = definition.output("t 2n+k");
        int kept = definition.keep("m 1");
        Op op = definition.build(call -> {
            assertArrayEquals(new long[] {5, 8}, call.out(y).shape());
            assertArrayEquals(new long[] {4, 1}, call.kept(kept).shape());
            call.out(y).clear();
        }, _ -> {
        });
        try (Workspace workspace = new Workspace("a test")) {
            Tape tape = Tape.recording(workspace, ElementType.F64, WorkerPool.caller());
            Variable[] outputs = tape.apply(op, tape.ids(0, 0, 0, 0, 0), tape.zeros(4, 6), tape.row(1.0, 2, 3, 4));
            assertEquals(1, outputs.length);
            assertArrayEquals(new long[] {5, 8}, outputs[0].value().shape());
        }
    }

    @Test
    void shapesThatCannotBeReadAreRefused() {
        OpDefinition op = Op.define("odd");
        op.input("m n");
        assertEquals("op odd: no input has the size k; declare inputs before outputs", refusal(() -> op.output("m k")));
        assertEquals(
                "op odd: the shape \"m\" is not rows and columns, such as \"m n\"", refusal(() -> op.keep("m")));
        assertEquals(
                "op odd: the size \"2x3\" of the shape \"m 2x3\" cannot be read; give numbers and letters, such as 4n or"
                        + " n+k",
                refusal(() -> op.output("m 2x3")));
    }

    @Test
    void everyOpOfTheTableHasItsOwnName() {
        List<String> names = OpTable.all().stream().map(Op::name).toList();
        assertEquals(names.size(), new HashSet<>(names).size(), names::toString);
    }

    @Test
    void whatAnOpCannotBeMadeOfIsRefused() {
        assertEquals(
                "rnn: LOG is not defined below 0; use one of [SIGMOID, TANH, RELU, EXP, SOFTPLUS]",
                refusal(() -> CellOps.rnn(Activation.LOG)));
        assertEquals("maxout: a unit of 0 pieces; expected at least 1", refusal(() -> UnitOps.maxout(0)));
    }

    @Test
    void argumentsThatAreNullOrDoNotFitAreNamed() {
        try (Workspace workspace = new Workspace("a test")) {
            Tape tape = Tape.recording(workspace, ElementType.F32, WorkerPool.caller());
            Variable x = tape.zeros(2, 3);
            assertEquals("op add: input 1 is null", refusal(() -> tape.add(x, null)));
            assertEquals("Tape.apply: op is null", refusal(() -> tape.apply(null, x)));
            assertEquals("Tape.backward: loss is null", refusal(() -> tape.backward(null)));
            assertEquals("Tape.constant: value is null", refusal(() -> tape.constant((Tensor) null)));
            assertEquals("Tape.rows: whole is null", refusal(() -> tape.rows(null, 0, 1)));
            assertEquals(
                    "Tape: pool is null", refusal(() -> Tape.inference(workspace, ElementType.F32, null)));
            assertEquals(
                    "op scale_rows: the factors are F32[3]; expected one for each of 2 rows",
                    refusal(() -> tape.apply(RowOps.SCALE_ROWS, x, tape.row(1f, 2f, 3f))));
        }
    }
}
