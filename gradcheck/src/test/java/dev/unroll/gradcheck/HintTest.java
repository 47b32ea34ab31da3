package dev.unroll.gradcheck;

import static dev.unroll.gradcheck.GradCheck.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.gradcheck.finding.Hint.Kind;
import dev.unroll.gradcheck.input.Input;
import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Gemm;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Call;
import dev.unroll.rnn.autograd.Op;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Deliberately wrong backwards, each with the pattern that its hint must name. */
class HintTest {
    /** A wrong gradient of the weight of a product {@code x W}, x being right. */
    private static Op wrongWeight(Op.Computation dw) {
        return new Op(
                "product",
                List.of(),
                call -> {
                    Tensor x = call.input(0);
                    Gemm.nn(1, x, call.input(1), 0, call.output(x.rows(), call.input(1).columns()), call.pool());
                },
                call -> {
                    if (call.wants(0)) {
                        Gemm.nt(1, call.delta(0), call.input(1), 1, call.gradient(0), call.pool());
                    }
                    if (call.wants(1)) {
                        dw.run(call);
                    }
                });
    }

    /** A wrong gradient of x, the weight's being right. */
    private static Op wrongInput(Op.Computation dx) {
        return new Op("product", List.of(), wrongWeight(_ -> {}).forward(), call -> {
            if (call.wants(0)) {
                dx.run(call);
            }
            if (call.wants(1)) {
                dw(1, call.input(0), call.delta(0), call);
            }
        });
    }

    private static void dw(double factor, Tensor x, Tensor delta, Call call) {
        Gemm.tn(factor, x, delta, 1, call.gradient(1), call.pool());
    }

    private static Op scaled(double factor) {
        return wrongWeight(call -> dw(factor, call.input(0), call.delta(0), call));
    }

    /** The weight's gradient of some rows only. */
    private static Op ofRows(long from, long count) {
        return wrongWeight(call -> dw(1, call.input(0).rows(from, count), call.delta(0).rows(from, count), call));
    }

    private static void dx(Tensor delta, Tensor w, Tensor gradient, Call call) {
        Gemm.nt(1, delta, w, 1, gradient, call.pool());
    }

    private static void change(Tensor gradient, long row, long column) {
        gradient.set(row, column, gradient.get(row, column) + 0.5);
    }

    /** Two outputs, x + x and 3 x; backward takes c times what flows through the second. */
    private static Op twoOutputs(double c) {
        return new Op(
                "two outputs",
                List.of(),
                call -> {
                    for (int factor = 2; factor <= 3; factor++) {
                        Tensor y = call.output(call.input(0).rows(), call.input(0).columns()).copyFrom(call.input(0));
                        Elementwise.scale(factor, y, call.pool());
                    }
                },
                call -> {
                    if (call.wants(0)) {
                        Elementwise.axpy(2, call.delta(0), call.gradient(0), call.pool());
                        Elementwise.axpy(3 * c, call.delta(1), call.gradient(0), call.pool());
                    }
                });
    }

    record Wrong(Kind kind, String words, Op op, Input... inputs) {
        @Override
        public String toString() {
            return kind + ": " + words;
        }
    }

    private static Wrong wrong(Kind kind, String words, Op op) {
        return new Wrong(kind, words, op, shape(5, 3), shape(3, 3));
    }

    static Stream<Wrong> wrongBackwards() {
        return Stream.of(
                wrong(Kind.NO_GRADIENT, "input 1 gets no gradient, or zeros, but the function depends on it",
                        scaled(0)),
                wrong(Kind.SIGN, "the whole gradient of input 1 is of the wrong sign", scaled(-1)),
                wrong(Kind.FACTOR, "the whole gradient of input 1 is 1.01 times what it should be", scaled(1.01)),
                wrong(Kind.FACTOR, " is 1 + 1.0e-04 times", scaled(1.0001)),
                wrong(Kind.BATCH_SIZE, "input 1 is 5 times what it should be, 5 being the rows of output 0", scaled(5)),
                wrong(Kind.BATCH_SIZE, "input 1 is 1/5 times what it should be", scaled(0.2)),
                wrong(Kind.TRANSPOSED, "the gradient of input 1 is transposed", wrongWeight(
                        call -> Gemm.tn(1, call.delta(0), call.input(0), 1, call.gradient(1), call.pool()))),
                wrong(Kind.TRANSPOSED, "a matrix in place of its transpose", wrongInput(
                        call -> Gemm.nn(1, call.delta(0), call.input(1), 1, call.gradient(0), call.pool()))),
                new Wrong(Kind.ONE_OUTPUT, "what flows to input 0 through output 1 is missing", twoOutputs(0),
                        shape(3, 2)),
                new Wrong(Kind.ONE_OUTPUT, "through output 1 is 1.5 times what it should be", twoOutputs(1.5),
                        shape(3, 2)),
                wrong(Kind.ONE_ELEMENT, "only one element of input 1 is wrong", wrongWeight(call -> {
                    dw(1, call.input(0), call.delta(0), call);
                    change(call.gradient(1), 1, 1);
                })),
                wrong(Kind.BORDER, "only the last row of input 0 is wrong", wrongInput(
                        call -> dx(call.delta(0).rows(0, 4), call.input(1), call.gradient(0).rows(0, 4), call))),
                wrong(Kind.BORDER, "only the last column of input 0 is wrong", wrongInput(call -> {
                    dx(call.delta(0), call.input(1).rows(0, 2), call.gradient(0).columns(0, 2), call);
                })),
                wrong(Kind.LAST_STEP, "only rows 3 to 4 of input 0 are wrong, the last ones", wrongInput(
                        call -> dx(call.delta(0).rows(0, 3), call.input(1), call.gradient(0).rows(0, 3), call))),
                wrong(Kind.LAST_STEP, "what flows to input 1 through the last row of output 0 is missing",
                        ofRows(0, 4)),
                wrong(Kind.LAST_STEP, "through the last 2 rows of output 0 is missing", ofRows(0, 3)),
                wrong(Kind.FIRST_STEP, "through the first row of output 0 is missing", ofRows(1, 4)),
                wrong(Kind.ONE_ROW_OF_AN_OUTPUT, "through row 2 of output 0 is missing", wrongWeight(call -> {
                    dw(1, call.input(0), call.delta(0), call);
                    dw(-1, call.input(0).rows(2, 1), call.delta(0).rows(2, 1), call);
                })),
                wrong(Kind.ONE_ROW_OF_AN_OUTPUT, "through row 2 of output 0 is there twice", wrongWeight(call -> {
                    dw(1, call.input(0), call.delta(0), call);
                    dw(1, call.input(0).rows(2, 1), call.delta(0).rows(2, 1), call);
                })),
                wrong(Kind.SHIFTED, "the rows of the gradient of input 0 stand one too late", wrongInput(
                        call -> dx(call.delta(0).rows(0, 4), call.input(1), call.gradient(0).rows(1, 4), call))),
                wrong(Kind.SHIFTED, "columns of the gradient of input 0 stand one too far to the left", wrongInput(
                        call -> dx(call.delta(0), call.input(1).rows(1, 2), call.gradient(0).columns(0, 2), call))),
                new Wrong(Kind.BLOCK, "only columns 2 to 3 of input 0 are wrong", wrongInput(call -> {
                    dx(call.delta(0), call.input(1), call.gradient(0), call);
                    dx(call.delta(0), call.input(1).rows(0, 2), call.gradient(0).columns(2, 2), call);
                }), shape(4, 6), shape(6, 3)),
                new Wrong(Kind.BLOCK, "only rows 1 to 2 of input 0 are wrong", wrongInput(call -> {
                    dx(call.delta(0), call.input(1), call.gradient(0), call);
                    dx(call.delta(0).rows(0, 2), call.input(1), call.gradient(0).rows(1, 2), call);
                }), shape(4, 6), shape(6, 3)),
                wrong(Kind.NONE, "3 of the 9 elements of input 1 that were looked at are wrong, without a pattern",
                        wrongWeight(call -> {
                            dw(1, call.input(0), call.delta(0), call);
                            change(call.gradient(1), 0, 0);
                            change(call.gradient(1), 1, 1);
                            change(call.gradient(1), 2, 2);
                        })));
    }

    @ParameterizedTest
    @MethodSource("wrongBackwards")
    void theHintNamesThePatternInBothModes(Wrong wrong) {
        for (Mode mode : Mode.values()) {
            Result result = GradCheck.ofAll((tape, in) -> tape.apply(wrong.op(), in), wrong.inputs())
                    .mode(mode)
                    .run();
            assertEquals(Result.Verdict.WRONG, result.verdict(), result::toString);
            assertEquals(wrong.kind(), result.hint().kind(), result::toString);
            assertTrue(result.hint().text().contains(wrong.words()), result::toString);
            assertTrue(result.hint().element().tolerances() > 1, result::toString);
        }
    }

    @Test
    void oneWrongElementOfThousandsIsFoundWithItsPlace() {
        Op op = wrongInput(call -> {
            dx(call.delta(0), call.input(1), call.gradient(0), call);
            change(call.gradient(0), 17, 23);
        });
        Result result = GradCheck.of((tape, x, w) -> tape.apply(op, x, w)[0], shape(50, 40), shape(40, 3)).run();
        assertEquals(Mode.PROJECTED, result.mode());
        assertEquals(Kind.ONE_ELEMENT, result.hint().kind(), result::toString);
        assertTrue(result.hint().element().of().endsWith("input 0 [17, 23]"), result::toString);
        assertEquals(0.5, result.hint().element().analytic() - result.hint().element().numeric(), 1e-8);
    }

    /** Of more elements than are looked at, the patterns that need no complete matrix are seen all the same. */
    @ParameterizedTest
    @EnumSource(value = Kind.class, names = {"FACTOR", "BORDER", "LAST_STEP", "NO_GRADIENT"})
    void patternsOfLargeGradientsAreSeen(Kind kind) {
        Op op = switch (kind) {
            case FACTOR -> scaled(1.01);
            case NO_GRADIENT -> scaled(0);
            case LAST_STEP -> ofRows(0, 4);
            default -> wrongWeight(call -> Gemm.tn(
                    1, call.input(0), call.delta(0).columns(0, 39), 1, call.gradient(1).columns(0, 39), call.pool()));
        };
        Result result = GradCheck.of((tape, x, w) -> tape.apply(op, x, w)[0], shape(5, 30), shape(30, 40)).run();
        assertEquals(kind, result.hint().kind(), result::toString);
    }

    @Test
    void theReportTellsAllAPersonNeeds() {
        String[] lines = GradCheck.of((tape, x, w) -> tape.apply(scaled(-1), x, w)[0], shape(2, 3), shape(3, 2))
                .named("mine").seed(9).mode(Mode.PROJECTED).run().toString().split("\n");
        assertEquals("gradient check of mine[F64[2, 3], F64[3, 2]]: WRONG (projected, seed 9)", lines[0]);
        assertEquals("  4 of 8 derivatives are wrong, the worst:", lines[1]);
        assertTrue(lines[2].matches("  direction \\d of input 1: analytic .*, numeric .*, relative error 2.0; they may"
                + " differ by .*, of which the difference's own error is .*"), lines[2]);
        assertTrue(lines[3].startsWith("  the worst element: d (weighted sum of the outputs) / d input 1 ["), lines[3]);
        assertEquals("  hint: the whole gradient of input 1 is of the wrong sign", lines[4]);
        assertTrue(
                lines[5].startsWith("  note: a projected check sees one wrong derivative if it is off by more than"));
        assertEquals(6, lines.length);
    }
}
