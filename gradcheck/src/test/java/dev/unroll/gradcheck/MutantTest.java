package dev.unroll.gradcheck;

import static dev.unroll.gradcheck.GradCheck.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.gradcheck.Result.Verdict;
import dev.unroll.gradcheck.input.Input;
import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Gemm;
import dev.unroll.kernels.LstmCell;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Call;
import dev.unroll.rnn.autograd.CellOps;
import dev.unroll.rnn.autograd.Op;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Wrong backward rules must be caught, by what is there to catch them. */
class MutantTest {
    private static final Input[] PRODUCT = {shape(5, 3), shape(3, 3)};
    private static final Input[] LSTM = {shape(2, 12), shape(2, 3), shape(2, 3), shape(3, 12)};
    private static final Input[] GRU = {shape(2, 9), shape(2, 3), shape(3, 9), shape(3)};

    private static Op product(String name, Op.Computation backward) {
        return new Op(
                name,
                List.of(),
                call -> {
                    Tensor x = call.input(0);
                    Gemm.nn(1, x, call.input(1), 0, call.output(x.rows(), call.input(1).columns()), call.pool());
                },
                backward);
    }

    private static void dx(Call call, double factor) {
        if (call.wants(0)) {
            Gemm.nt(factor, call.delta(0), call.input(1), 1, call.gradient(0), call.pool());
        }
    }

    private static void dw(Call call, double factor) {
        if (call.wants(1)) {
            Gemm.tn(factor, call.input(0), call.delta(0), 1, call.gradient(1), call.pool());
        }
    }

    private static CheckBuilder check(Op op, Mode mode, Input... inputs) {
        return GradCheck.ofAll((tape, in) -> tape.apply(op, in), inputs).named(op.name()).mode(mode);
    }

    /** Wrong gradients: an op and inputs of fixed sizes at which the mutant is no equivalent of the right op. */
    record Mutant(Op op, Input... inputs) {
        @Override
        public String toString() {
            return op.name();
        }
    }

    static Stream<Mutant> wrongGradients() {
        return Stream.of(
                new Mutant(product("dx times 1.01", call -> {
                    dx(call, 1.01);
                    dw(call, 1);
                }), PRODUCT),
                new Mutant(product("dW times 1.0001", call -> {
                    dx(call, 1);
                    dw(call, 1.0001);
                }), PRODUCT),
                new Mutant(product("sign of dW", call -> {
                    dx(call, 1);
                    dw(call, -1);
                }), PRODUCT),
                new Mutant(product("dW missing", call -> dx(call, 1)), PRODUCT),
                new Mutant(product("dx by W instead of its transpose", call -> {
                    if (call.wants(0)) {
                        Gemm.nn(1, call.delta(0), call.input(1), 1, call.gradient(0), call.pool());
                    }
                    dw(call, 1);
                }), PRODUCT),
                new Mutant(product("last row of dx missing", call -> {
                    long rows = call.input(0).rows() - 1;
                    if (call.wants(0)) {
                        Tensor delta = call.delta(0).rows(0, rows);
                        Gemm.nt(1, delta, call.input(1), 1, call.gradient(0).rows(0, rows), call.pool());
                    }
                    dw(call, 1);
                }), PRODUCT),
                new Mutant(oneWrongElement(), PRODUCT),
                new Mutant(lstm("gradient of c' lost", call -> {
                    lstmBack(call, call.scratch(call.out(1)));
                    Elementwise.axpy(1, call.kept(2), call.gradient(0), call.pool());
                    call.multiplyBack(1, 3, call.kept(2));
                }), LSTM),
                new Mutant(lstm("gates i and f exchanged on the way to h", call -> {
                    lstmBack(call, call.delta(1));
                    Tensor delta = call.kept(2);
                    long hidden = call.input(1).columns();
                    Tensor exchanged = call.scratch(delta);
                    exchanged.columns(0, hidden).copyFrom(delta.columns(hidden, hidden));
                    exchanged.columns(hidden, hidden).copyFrom(delta.columns(0, hidden));
                    exchanged.columns(2 * hidden, 2 * hidden).copyFrom(delta.columns(2 * hidden, 2 * hidden));
                    if (call.wants(0)) {
                        Elementwise.axpy(1, delta, call.gradient(0), call.pool());
                    }
                    call.multiplyBack(1, 3, exchanged);
                }), LSTM),
                new Mutant(
                        new Op("gru: bias gets the gradient of gate z", List.of(), CellOps.GRU.forward(), call -> {
                            CellOps.GRU.backward().run(call);
                            if (call.wants(3)) {
                                long hidden = call.input(1).columns();
                                Tensor recurrent = call.kept(3);
                                Tensor right = call.scratch(call.input(3));
                                Elementwise.addColumnSums(recurrent.columns(2 * hidden, hidden), right, call.pool());
                                Elementwise.axpy(-1, right, call.gradient(3), call.pool());
                                Elementwise.addColumnSums(
                                        recurrent.columns(hidden, hidden), call.gradient(3), call.pool());
                            }
                        }), GRU));
    }

    private static Op oneWrongElement() {
        return product("one wrong element", call -> {
            dx(call, 1);
            dw(call, 1);
            if (call.wants(0)) {
                double wrong = 0.01 * call.delta(0).get(2, 0) * call.input(1).get(1, 0); // one term of a sum, by 1%
                call.gradient(0).set(2, 1, call.gradient(0).get(2, 1) + wrong);
            }
        });
    }

    private static Op lstm(String name, Op.Computation backward) {
        return new Op("lstm: " + name, List.of(), CellOps.LSTM.forward(), backward);
    }

    private static void lstmBack(Call call, Tensor dNextC) {
        Tensor dc = call.wants(2) ? call.gradient(2) : call.scratch(call.input(2));
        LstmCell.backward(
                call.kept(0), call.input(2), call.kept(1), call.delta(0), dNextC, call.kept(2), dc, call.pool());
    }

    @ParameterizedTest
    @MethodSource("wrongGradients")
    void everyWrongGradientIsCaughtByBothModes(Mutant mutant) {
        for (Mode mode : Mode.values()) {
            for (int seed = 1; seed <= 5; seed++) {
                Result result = check(mutant.op(), mode, mutant.inputs()).seed(seed).run();
                assertTrue(result.wrong() > 0 || !result.faults().isEmpty(), result::toString);
            }
        }
    }

    @Test
    void theRightRuleOfTheMutantsPasses() {
        Op right = product("product", call -> {
            dx(call, 1);
            dw(call, 1);
        });
        for (Mode mode : Mode.values()) {
            check(right, mode, PRODUCT).run().orThrow();
        }
    }

    @Test
    void oneWrongElementInAThousandIsSeenInEveryDirection() {
        for (int seed = 1; seed <= 20; seed++) {
            Result result = check(oneWrongElement(), Mode.PROJECTED, shape(40, 30), shape(30, 30))
                    .directions(3)
                    .seed(seed)
                    .run();
            // One more direction is taken where small gradients are beside large ones.
            assertTrue(result.wrong() == 3 || result.wrong() == 4 && result.comparisons() > 6, result::toString);
        }
    }

    /** Rules that are wrong in another way than the size of a gradient, with words of the message that says so. */
    static Stream<Object[]> faults() {
        return Stream.of(
                fault("does not add to the gradient that is there: input 0", product("no accumulation", call -> {
                    if (call.wants(0)) {
                        Gemm.nt(1, call.delta(0), call.input(1), 0, call.gradient(0), call.pool());
                    }
                    dw(call, 1);
                })),
                fault("input 0 is a constant but gets a gradient", product("wants not asked", call -> {
                    Gemm.nt(1, call.delta(0), call.input(1), 1, call.gradient(0), call.pool());
                    dw(call, 1);
                })),
                fault("backward changes outputs: output 0", product("output as scratch", call -> {
                    dx(call, 1);
                    dw(call, 1);
                    Elementwise.scale(0.5, call.out(0), call.pool());
                })),
                fault("writes to what it is given: input 1 [0, 0]", product("input as scratch", call -> {
                    dx(call, 1);
                    dw(call, 1);
                    call.input(1).set(0, 0, 5);
                })),
                fault("gradient of input 1 [0, 0] is NaN", product("not a number", call -> {
                    dx(call, 1);
                    dw(call, Double.NaN);
                })),
                fault("it reads memory before writing it: input 0", new Op(
                        "memory not cleared",
                        List.of(),
                        call -> {
                            product("", _ -> {}).forward().run(call);
                            call.keep(call.input(0).rows(), call.input(0).columns());
                        },
                        call -> {
                            Gemm.nt(1, call.delta(0), call.input(1), 1, call.kept(0), call.pool());
                            if (call.wants(0)) {
                                Elementwise.axpy(1, call.kept(0), call.gradient(0), call.pool());
                            }
                            dw(call, 1);
                        })),
                fault("it reads memory before writing it: output 0 [4, 0]", new Op(
                        "a row that is not written",
                        List.of(),
                        call -> {
                            Tensor x = call.input(0);
                            Tensor y = call.output(x.rows(), 3);
                            long rows = x.rows() - 1;
                            Gemm.nn(1, x.rows(0, rows), call.input(1), 0, y.rows(0, rows), call.pool());
                        },
                        call -> {
                            dx(call, 1);
                            dw(call, 1);
                        })));
    }

    private static Object[] fault(String message, Op op) {
        return new Object[] {message, op};
    }

    @ParameterizedTest
    @MethodSource("faults")
    void everyOtherFaultIsNamed(String message, Op op) {
        Result result = check(op, Mode.PROJECTED, PRODUCT).run();
        assertEquals(Verdict.WRONG, result.verdict());
        assertTrue(result.toString().contains(message), result::toString);
    }

    @Test
    void theMessageSaysWhatAPersonNeeds() {
        Op op = product("scaled product", call -> {
            dx(call, 1);
            dw(call, 1.5);
        });
        CheckBuilder check =
                check(op, Mode.FULL_JACOBIAN, Input.of(new double[] {1, 2}, 1, 2), Input.of(new double[] {3, 4}, 2, 1));
        String message = assertThrows(AssertionError.class, () -> check.seed(42).run().orThrow()).getMessage();
        String[] lines = message.split("\n");
        assertEquals("gradient check of scaled product[F64[1, 2], F64[2, 1]]: WRONG (full Jacobian, seed 42)",
                lines[0]);
        assertEquals("  2 of 4 derivatives are wrong, the worst:", lines[1]);
        assertTrue(
                lines[2].startsWith(
                        "  d output 0 [0, 0] / d input 1 [1, 0]: analytic 3.00000000000, numeric 2.0000000000"),
                message);
        assertTrue(lines[2].contains("relative error 0.33; they may differ by 8.0e-11, of which"), message);
    }
}
