package dev.unroll.gradcheck;

import static dev.unroll.gradcheck.GradCheck.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.gradcheck.Result.Verdict;
import dev.unroll.gradcheck.finding.Fault.Kind;
import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Call;
import dev.unroll.rnn.autograd.Op;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Backwards that are right for one element of the outputs at a time and wrong for all of them together. */
class LinearityTest {
    /** {@code y = x^2}, whose backward makes something of the gradient of y first. */
    private static Op square(String name, DoubleUnaryOperator ofDelta) {
        return new Op(name, List.of(), LinearityTest::square, call -> {
            Tensor delta = call.scratch(call.input(0));
            for (long i = 0; i < delta.rows(); i++) {
                for (long j = 0; j < delta.columns(); j++) {
                    delta.set(i, j, 2 * ofDelta.applyAsDouble(call.delta(0).get(i, j)));
                }
            }
            Elementwise.multiplyAdd(delta, call.input(0), call.gradient(0), call.pool());
        });
    }

    private static void square(Call call) {
        Tensor x = call.input(0);
        Elementwise.multiply(x, x, call.output(x.rows(), x.columns()), call.pool());
    }

    private static Op stopsAfterARow() {
        return new Op("stops after a row with a delta", List.of(), LinearityTest::square, call -> {
            Tensor delta = call.delta(0);
            boolean seen = false;
            for (long i = 0; i < delta.rows() && !seen; i++) {
                for (long j = 0; j < delta.columns(); j++) {
                    double add = 2 * delta.get(i, j) * call.input(0).get(i, j);
                    call.gradient(0).set(i, j, call.gradient(0).get(i, j) + add);
                    seen |= delta.get(i, j) != 0;
                }
            }
        });
    }

    private static Op forgetsTheFirstOutput() {
        return new Op("forgets the first output where the second has a delta", List.of(), call -> {
            square(call);
            square(call);
        }, call -> {
            boolean second = false;
            for (double delta : call.delta(1).toDoubles()) {
                second |= delta != 0;
            }
            for (int output = second ? 1 : 0; output < 2; output++) {
                Tensor twice = call.scratch(call.input(0));
                Elementwise.axpy(2, call.delta(output), twice, call.pool());
                Elementwise.multiplyAdd(twice, call.input(0), call.gradient(0), call.pool());
            }
        });
    }

    static Stream<Op> wrong() {
        return Stream.of(
                square("size of delta", Math::abs), square("square of delta", d -> d * d),
                square("positive deltas only", d -> Math.max(d, 0)), stopsAfterARow(), forgetsTheFirstOutput());
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void isAskedOfBackwardByTheFullJacobian(Op op) {
        for (int[] size : new int[][] {{3, 4}, {2, 1}}) {
            for (int seed = 1; seed <= 5; seed++) {
                Result result = GradCheck.ofAll((tape, in) -> tape.apply(op, in), shape(size[0], size[1]))
                        .mode(Mode.FULL_JACOBIAN)
                        .seed(seed)
                        .run();
                assertEquals(Verdict.WRONG, result.verdict(), result::toString);
                assertTrue(
                        result.faults().stream().anyMatch(fault -> fault.kind() == Kind.NOT_LINEAR), result::toString);
            }
        }
    }

    @Test
    void aRightBackwardIsLinear() {
        Op right = square("right", d -> d);
        GradCheck.ofAll((tape, in) -> tape.apply(right, in), shape(3, 4)).run().orThrow();
        GradCheck.ofAll((tape, in) -> tape.apply(right, in), shape(1, 1)).run().orThrow();
    }

    @Test
    void aGradientThatIsNoNumberForSomeDeltasIsNamed() {
        Op op = square("zero over zero", d -> d * d / d);
        Result result = GradCheck.ofAll((tape, in) -> tape.apply(op, in), shape(2, 2)).run();
        assertEquals(Kind.NOT_FINITE, result.faults().getFirst().kind(), result::toString);
        assertTrue(result.toString().contains("alone has a gradient"), result::toString);
    }
}
