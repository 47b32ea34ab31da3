package dev.unroll.rnn.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.init.Initializer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class TapeTest {
    private final Workspace workspace = new Workspace("test");
    private final Tape tape = Tape.recording(workspace, ElementType.F64, WorkerPool.caller());

    @AfterEach
    void close() {
        workspace.close();
    }

    private Tensor matrix(long rows, long columns, double... values) {
        return workspace.allocate(ElementType.F64, rows, columns).copyFrom(values);
    }

    @Test
    void aVariableUsedTwiceGetsTheSumOfBothGradients() {
        Variable x = tape.variable(matrix(1, 2, 3, 5));
        Variable y = tape.add(tape.multiply(x, x), x); // x^2 + x
        tape.backward(y, matrix(1, 2, 1, 1));
        assertArrayEquals(new double[] {7, 11}, x.gradient().toDoubles());
    }

    @Test
    void gradientsOfSeveralBackwardsAddUp() {
        Variable x = tape.variable(matrix(1, 1, 2));
        for (int i = 0; i < 2; i++) {
            Tape each = Tape.recording(workspace, ElementType.F64, WorkerPool.caller());
            each.backward(each.multiply(x, x));
        }
        assertEquals(8, x.gradient().get(0, 0));
    }

    @Test
    void aTapeRunsBackwardOnce() {
        Variable x = tape.variable(matrix(1, 1, 2));
        Variable square = tape.multiply(x, x);
        tape.backward(square);
        assertThrows(IllegalStateException.class, () -> tape.backward(square));
        assertThrows(IllegalStateException.class, () -> tape.backward(square, matrix(1, 1, 1)));
        assertEquals(4, x.gradient().get(0, 0));
    }

    @Test
    void aTapeIsTheThreadsThatComputesOnItFirst() throws InterruptedException {
        Variable x = tape.variable(matrix(1, 1, 3));
        Variable square = tape.multiply(x, x);
        List<String> refusals = new CopyOnWriteArrayList<>();
        Thread other = new Thread(() -> {
            for (Executable use : List.<Executable>of(
                    () -> tape.multiply(x, x), () -> tape.backward(square),
                    () -> tape.backward(square, square.value()))) {
                refusals.add(assertThrows(IllegalStateException.class, use).getMessage());
            }
        }, "the other");
        other.start();
        other.join();
        assertEquals(3, refusals.size());
        for (String refusal : refusals) {
            assertTrue(refusal.startsWith("this tape is in use by thread " + Thread.currentThread().getName()),
                    refusal);
            assertTrue(refusal.contains("thread the other cannot compute on it"), refusal);
        }
        tape.backward(square);
        assertEquals(6, x.gradient().get(0, 0));
    }

    @Test
    void aGivenGradientIsAddedToWhatIsThere() {
        Variable x = tape.variable(matrix(1, 2, 1, 2));
        for (int i = 0; i < 2; i++) {
            Tape.recording(workspace, ElementType.F64, WorkerPool.caller()).backward(x, matrix(1, 2, 3, 4));
        }
        assertArrayEquals(new double[] {6, 8}, x.gradient().toDoubles());
    }

    @Test
    void noRowsAreAViewOfNothing() {
        Variable x = tape.variable(matrix(2, 2, 1, 2, 3, 4));
        assertEquals(0, tape.rows(x, 0, 0).value().rows());
        assertEquals(2, tape.rows(x, 0, 2).value().rows());
    }

    @Test
    void constantsGetNoGradientAndRecordNothing() {
        Variable constant = tape.constant(matrix(1, 1, 2));
        Variable x = tape.variable(matrix(1, 1, 3));
        tape.backward(tape.multiply(constant, x));
        assertNull(constant.gradient());
        assertEquals(2, x.gradient().get(0, 0));
    }

    @Test
    void theOutputsOfATimeLoopAreOneMatrixWhoseGradientFlowsToEveryStep() {
        Variable x = tape.variable(matrix(3, 1, 1, 10, 100));
        Variable[] state = {tape.constant(matrix(1, 1, 1))};
        tape.unroll(3, false, t -> state[0] = tape.add(state[0], tape.rows(x, t, 1))); // running sums
        Variable all = tape.allSteps(state[0]);
        assertArrayEquals(new double[] {2, 12, 112}, all.value().toDoubles());
        tape.backward(all, matrix(3, 1, 1, 1, 1));
        assertArrayEquals(new double[] {3, 2, 1}, x.gradient().toDoubles());
    }

    @Test
    void anEarlierStepsOutputIsNotTakenForTheLast() {
        Variable x = tape.constant(matrix(3, 1, 1, 10, 100));
        Variable[] outputs = new Variable[3];
        tape.unroll(3, false, t -> outputs[t] = tape.sigmoid(tape.rows(x, t, 1)));
        assertEquals(3, tape.allSteps(outputs[2]).value().rows());
        Exception e = assertThrows(IllegalArgumentException.class, () -> tape.allSteps(outputs[1]));
        assertTrue(e.getMessage().contains("not rows 1 to 2 of the 3 rows of all steps"), e.getMessage());
    }

    @Test
    void stepsThatDifferAreRefused() {
        Variable x = tape.constant(matrix(4, 1, 1, 2, 3, 4));
        assertThrows(
                IllegalStateException.class,
                () -> tape.unroll(2, false, t -> tape.sigmoid(tape.rows(x, 0, t + 1))),
                "another shape");
        assertThrows(
                IllegalStateException.class,
                () -> tape.unroll(2, false, t -> {
                    for (int i = 0; i <= t; i++) {
                        tape.sigmoid(x);
                    }
                }),
                "more ops");
        Exception e = assertThrows(
                IllegalStateException.class,
                () -> tape.unroll(3, false, t -> {
                    for (int i = t; i < 2; i++) {
                        tape.sigmoid(x);
                    }
                }));
        assertTrue(e.getMessage().contains("fewer tensors than step 0"), e.getMessage());
        e = assertThrows(
                IllegalStateException.class,
                () -> tape.unroll(3, false, t -> {
                    for (int i = t / 2; i < 2; i++) {
                        tape.sigmoid(x);
                    }
                }));
        assertTrue(e.getMessage().contains("step 2 of a time loop made fewer tensors"), e.getMessage());
    }

    @Test
    void theWeightGradientOfAllStepsIsTheSumOverSteps() {
        Parameters parameters = new Parameters();
        Parameter w = parameters.declare("w", Initializer.uniform(1), 2, 2);
        parameters.allocate(workspace, ElementType.F64, new SplittableRandom(1));
        Variable x = tape.constant(matrix(3, 2, 1, 2, 3, 4, 5, 6));
        Variable[] last = new Variable[1];
        tape.unroll(3, false, t -> last[0] = tape.matmul(tape.rows(x, t, 1), w));
        tape.backward(tape.allSteps(last[0]), matrix(3, 2, 1, 0, 1, 0, 1, 0));
        assertArrayEquals(new double[] {9, 0, 12, 0}, w.gradient().toDoubles());
    }

    @Test
    void packedWeightsFollowTheValues() {
        Parameters parameters = new Parameters();
        Parameter w = parameters.declare("w", Initializer.zeros(), 1, 1);
        parameters.allocate(workspace, ElementType.F64, new SplittableRandom(1));
        Variable x = tape.constant(matrix(1, 1, 3));
        assertEquals(0, tape.matmul(x, w).value().get(0, 0));
        w.write(values -> values.set(0, 0, 2));
        assertEquals(6, tape.matmul(x, w).value().get(0, 0));
    }

    @Test
    void parametersAreDeclaredOnceAndBeforeTheirMemory() {
        Parameters parameters = new Parameters();
        Parameter w = parameters.declare("w", Initializer.zeros(), 2, 3);
        Exception e = assertThrows(IllegalStateException.class, w::value);
        assertEquals("parameter w has no memory yet; call Parameters.allocate first", e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> parameters.declare("w", Initializer.zeros(), 2));
        assertThrows(IllegalArgumentException.class, () -> parameters.declare("b", Initializer.zeros(), 0));
        parameters.allocate(workspace, ElementType.F64, new SplittableRandom(1));
        assertThrows(IllegalStateException.class, () -> parameters.declare("b", Initializer.zeros(), 2));
        assertEquals(6, parameters.count());
    }

    @Test
    void whatCannotBeRunBackwardIsRefused() {
        Variable x = tape.variable(matrix(1, 2, 1, 2));
        assertThrows(IllegalArgumentException.class, () -> tape.backward(tape.sigmoid(x)), "no single number");
        Tape inference = Tape.inference(workspace, ElementType.F64, WorkerPool.caller());
        Variable loss = inference.multiply(inference.variable(matrix(1, 1, 1)), inference.variable(matrix(1, 1, 1)));
        assertThrows(IllegalStateException.class, () -> inference.backward(loss));
        assertThrows(
                IllegalArgumentException.class,
                () -> Tape.recording(workspace, ElementType.I32, WorkerPool.caller()));
    }

    @Test
    void targetsThatWantAGradientAreRefused() {
        Variable x = tape.variable(matrix(1, 2, 1, 2));
        String message =
                assertThrows(IllegalArgumentException.class, () -> tape.squaredError(x, x, tape.equalWeights()))
                        .getMessage();
        assertEquals(
                "op squared_error has no gradient for its input 1, F64[1, 2]; give it as tape.constant(...)", message);
    }

    @Test
    void aWeightedMeanDividesByTheWeightsAndIsZeroWithoutAny() {
        Variable x = tape.variable(matrix(3, 1, 1, 2, 5));
        Variable targets = tape.constant(matrix(3, 1, 0, 0, 0));
        Variable weights = tape.constant(matrix(3, 1, 1, 3, 0));
        assertEquals(10, tape.squaredError(x, targets, tape.equalWeights()).value().get(0, 0));
        assertEquals(13.0 / 4, tape.squaredError(x, targets, weights).value().get(0, 0));
        Variable nothing = tape.constant(matrix(3, 1, 0, 0, 0));
        Variable loss = tape.squaredError(x, targets, nothing);
        assertEquals(0, loss.value().get(0, 0));
        tape.backward(loss);
        assertEquals(0, x.gradient().get(0, 0));
    }
}
