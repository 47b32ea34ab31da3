package dev.unroll.gradcheck;

import static dev.unroll.gradcheck.GradCheck.ids;
import static dev.unroll.gradcheck.GradCheck.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.gradcheck.Result.Verdict;
import dev.unroll.gradcheck.finding.Fault;
import dev.unroll.gradcheck.finding.Fault.Kind;
import dev.unroll.gradcheck.subject.PlacedInput;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.ArithmeticOps;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.RandomOps;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Functions that cannot be checked are wrong, and the result names why. */
class BadFunctionTest {
    private static Fault assertFault(Kind kind, String words, CheckBuilder check) {
        Result result = check.run();
        assertEquals(Verdict.WRONG, result.verdict());
        Fault fault = result.faults().getFirst();
        assertEquals(kind, fault.kind(), result::toString);
        assertTrue(fault.text().contains(words), result::toString);
        AssertionError failure = assertThrows(AssertionError.class, result::orThrow);
        assertTrue(failure.getMessage().contains(words), failure::getMessage);
        assertSame(fault.cause(), failure.getCause());
        return fault;
    }

    @Test
    void oneThatReturnsNothing() {
        assertFault(Kind.RETURNS_NOTHING, "no output, or null", GradCheck.of((tape, x) -> null, shape(2)));
        assertFault(
                Kind.RETURNS_NOTHING, "no output, or null", GradCheck.ofAll((tape, in) -> new Variable[0], shape(2)));
        assertFault(
                Kind.RETURNS_NOTHING, "the gradient returned null", GradCheck.of(x -> x[0], x -> null, shape(2)));
    }

    @Test
    void oneThatReturnsTheWrongType() {
        assertFault(Kind.RETURNS_THE_WRONG_TYPE, "output 0 is I32", GradCheck.of((tape, i) -> i, ids(3, 2)));
        assertFault(
                Kind.RETURNS_THE_WRONG_TYPE, "the gradient has 1 elements, but the function is one of 2",
                GradCheck.of(x -> x[0], x -> new double[1], shape(2)));
    }

    @Test
    void oneThatReturnsAnotherShapeTheSecondTime() {
        int[] runs = {0};
        assertFault(
                Kind.RETURNS_ANOTHER_SHAPE, "the function returned [output 0 [1, 2]], and then [output 0 [2, 2]]",
                GradCheck.of((tape, x) -> tape.rows(x, 0, 1 + runs[0]++ % 2), shape(2, 2)));
    }

    @Test
    void oneThatThrows() {
        Fault fault = assertFault(
                Kind.THROWS, "the function throws java.lang.IllegalArgumentException: ",
                GradCheck.of((tape, x, w) -> tape.matmul(x, w), shape(2, 3), shape(2, 3)));
        assertEquals(IllegalArgumentException.class, fault.cause().getClass());
        Op op = new Op("bad backward", List.of(), ArithmeticOps.ADD.forward(), _ -> {
            throw new IllegalStateException("bad");
        });
        assertFault(
                Kind.THROWS, "backward throws java.lang.IllegalStateException: bad",
                GradCheck.of((tape, a, b) -> tape.apply(op, a, b)[0], shape(2, 2), shape(2, 2)));
        Op none = new Op("no backward", List.of(), ArithmeticOps.ADD.forward(), _ -> {
            throw new UnsupportedOperationException("later");
        });
        assertFault(
                Kind.NOT_IMPLEMENTED, "it throws java.lang.UnsupportedOperationException: later",
                GradCheck.of((tape, a, b) -> tape.apply(none, a, b)[0], shape(2, 2), shape(2, 2)));
        assertFault(
                Kind.THROWS, "the gradient throws java.lang.ArrayIndexOutOfBoundsException",
                GradCheck.of(x -> x[0], x -> new double[] {x[2]}, shape(1)));
    }

    /** Such as one that is kept from an earlier run. */
    @Test
    void oneWhoseOutputWasReleased() {
        Variable[] first = {null};
        assertFault(Kind.THROWS, "released", GradCheck.of((tape, x) -> {
            first[0] = first[0] == null ? tape.tanh(x) : first[0];
            return first[0];
        }, shape(2, 2)));
    }

    @Test
    void oneThatIsNotDeterministic() {
        int[] runs = {0};
        assertFault(
                Kind.NOT_DETERMINISTIC, "it depends on something that changes: output 0 [0, 0]",
                GradCheck.of((tape, x) -> tape.apply(RandomOps.dropout(0.5, 1, runs[0]++ / 2), x)[0], shape(4, 4)));
        double[] state = {0};
        assertFault(
                Kind.NOT_DETERMINISTIC, "the function gives another value when it runs again",
                GradCheck.of(x -> x[0] + state[0]++, x -> new double[] {1}, shape(1)));
        assertFault(
                Kind.NOT_DETERMINISTIC, "the gradient is another when it runs again",
                GradCheck.of(x -> x[0], x -> new double[] {state[0]++}, shape(1)));
    }

    @Test
    void oneWhoseBackwardIsNotDeterministic() {
        int[] runs = {0};
        Op op = new Op("drifting", List.of(), ArithmeticOps.ADD.forward(), call -> {
            for (int i = 0; i < 2; i++) {
                if (call.wants(i)) {
                    Elementwise.axpy(1 + 1e-15 * runs[0]++, call.delta(0), call.gradient(i), call.pool());
                }
            }
        });
        assertFault(
                Kind.NOT_DETERMINISTIC, "backward gives other gradients when it runs again: it depends on",
                GradCheck.of((tape, a, b) -> tape.apply(op, a, b)[0], shape(2, 2), shape(2, 2)));
    }

    @Test
    void oneThatChangesItsInputs() {
        assertFault(
                Kind.CHANGES_INPUTS, "the function writes to what it is given: input 0 [0, 1]",
                GradCheck.of((tape, x) -> {
                    Variable y = tape.tanh(x);
                    x.value().set(0, 1, 7);
                    return y;
                }, shape(2, 2)));
        assertFault(Kind.CHANGES_INPUTS, "x [1]", GradCheck.of(x -> {
            x[1] = 3;
            return x[0];
        }, x -> new double[] {1, 0}, shape(2)));
        assertFault(Kind.CHANGES_INPUTS, "x [0]", GradCheck.of(x -> x[0], x -> {
            x[0] = 1;
            return x;
        }, shape(1)));
    }

    @Test
    void oneThatIsNotFinite() {
        assertFault(
                Kind.NOT_FINITE, "the value [0] is NaN",
                GradCheck.of(x -> Math.sqrt(-1 - x[0] * x[0]), x -> x, shape(1)));
        assertFault(
                Kind.NOT_FINITE, "the gradient of x [1] is Infinity",
                GradCheck.of(x -> x[0], x -> new double[] {1, 1 / 0.0}, shape(2)));
    }

    private static final Op COPY = new Op(
            "copy",
            List.of(),
            call -> call.output(call.input(0).rows(), call.input(0).columns()).copyFrom(call.input(0)),
            call -> Elementwise.axpy(1, call.delta(0), call.gradient(0), call.pool()));

    private static CheckBuilder copy(Op.Computation forward, Op.Computation backward) {
        Op op = new Op("copy", List.of(), forward, backward);
        return GradCheck.of((tape, x) -> tape.apply(op, x)[0], shape(3, 2));
    }

    @Test
    void oneThatForgetsTheStrideOfItsInputs() {
        copy(COPY.forward(), COPY.backward()).run().orThrow();
        assertFault(
                Kind.DEPENDS_ON_STRIDES, "columns of a wider matrix, with NaN beside them, give other outputs",
                copy(call -> {
                    COPY.forward().run(call);
                    if (!call.input(0).isContiguous()) {
                        call.out(0).set(2, 1, Double.NaN); // what it would read from the gap
                    }
                }, COPY.backward()));
        assertFault(
                Kind.DEPENDS_ON_STRIDES, "columns of a wider matrix, with NaN beside them, give other gradients",
                copy(COPY.forward(), call -> {
                    Tensor gradient = call.gradient(0);
                    Elementwise.axpy(1, call.delta(0), gradient, call.pool());
                    if (!gradient.isContiguous()) {
                        gradient.set(2, 1, 0); // what it would write beside
                    }
                }));
        assertFault(
                Kind.DEPENDS_ON_STRIDES, "where inputs are columns of a wider matrix, the function throws",
                copy(call -> {
                    call.input(0).reshape(call.input(0).size());
                    COPY.forward().run(call);
                }, COPY.backward()));
    }

    @Test
    void oneThatWritesBesideItsInputs() {
        try (Workspace workspace = new Workspace("test")) {
            Tensor wide = PlacedInput.wide(workspace, ElementType.F64, 3, 2);
            Tape tape = Tape.recording(workspace, ElementType.F64, WorkerPool.caller());
            Variable whole = tape.constant(wide);
            PlacedInput input = new PlacedInput(tape.columns(whole, PlacedInput.LEFT, 2), whole);
            input.variable().value().set(1, 1, 5);
            assertNull(input.touched());
            wide.set(1, 3, 5);
            assertEquals("the matrix around it [1, 3] became 5.0", input.touched());
        }
    }
}
