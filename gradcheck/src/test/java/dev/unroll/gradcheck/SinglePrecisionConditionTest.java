package dev.unroll.gradcheck;

import static dev.unroll.gradcheck.GradCheck.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.gradcheck.finding.Fault.Kind;
import dev.unroll.gradcheck.subject.TapePass;
import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.autograd.ArithmeticOps;
import dev.unroll.rnn.autograd.Call;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.spec.ModelSpec;
import java.util.function.Consumer;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is asked of backward in F64 is asked of it in F32 too, and whole models are compared in both. */
class SinglePrecisionConditionTest {
    /** A sum whose backward does something else in F32. */
    private static CheckBuilder check(Consumer<Call> inF32) {
        Op op = new Op("sum", ArithmeticOps.ADD.domain(), ArithmeticOps.ADD.forward(), call -> {
            if (call.delta(0).type() == ElementType.F32) {
                inF32.accept(call);
            } else {
                ArithmeticOps.ADD.backward().run(call);
            }
        });
        return GradCheck.ofAll((tape, in) -> tape.apply(op, in), shape(3, 5), shape(3, 5));
    }

    private static void assertFault(Kind kind, CheckBuilder check) {
        check.run().orThrow();
        Result result = check.singlePrecision().run();
        assertEquals(kind, result.faults().getFirst().kind(), result::toString);
        assertTrue(result.faults().getFirst().text().startsWith("in single precision "), result::toString);
        assertTrue(result.faults().getFirst().text().length() <= 300, result::toString);
    }

    private static void add(Call call, double factor) {
        call.addGradient(factor, 0, call.delta(0));
        call.addGradient(factor, 1, call.delta(0));
    }

    @Test
    void aBackwardThatIgnoresStridesInSinglePrecisionIsFound() {
        assertFault(Kind.DEPENDS_ON_STRIDES, check(call -> add(call, call.input(0).isContiguous() ? 1 : 1.01)));
    }

    @Test
    void aBackwardThatSetsGradientsInSinglePrecisionIsFound() {
        assertFault(Kind.DOES_NOT_ACCUMULATE, check(call -> {
            if (call.wants(0)) {
                call.gradient(0).clear();
            }
            add(call, 1);
        }));
    }

    @Test
    void aBackwardThatIsNotLinearInSinglePrecisionIsFound() {
        DoubleUnaryOperator clamped = d -> Math.clamp(d, -100, 100);
        assertFault(Kind.NOT_LINEAR, check(call -> {
            for (int i = 0; i < 2; i++) {
                for (int j = 0; j < call.delta(0).size() && call.wants(i); j++) {
                    int row = j / 5;
                    int column = j % 5;
                    call.gradient(i).set(row, column, call.gradient(i).get(row, column)
                            + clamped.applyAsDouble(call.delta(0).get(row, column)));
                }
            }
        }));
    }

    @Test
    void aRightBackwardIsRightInSinglePrecisionToo() {
        for (int seed = 0; seed < 20; seed++) {
            check(call -> add(call, 1)).seed(seed).singlePrecision().run().orThrow();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rnn:5", "gru:4", "lstm:2x5", "dots:4,3,4"})
    void aWholeModelIsComparedInBothTypes(String network) {
        ModelSpec spec = ModelSpec.parse(network, 7, 9);
        int layers = spec.layers().stream().mapToInt(layer -> layer.sizes().size()).sum();
        for (int seed = 0; seed < 3; seed++) {
            try (TextRun f64 = new TextRun(spec, ElementType.F64, 2, 4, seed);
                    TextRun f32 = new TextRun(spec, ElementType.F32, 2, 4, seed)) {
                double[] before = TapePass.read(f32.model().parameters().values());
                CheckBuilder check = GradCheck.of(f64.model().parameters(), f64::loss).seed(seed);
                check.singlePrecision(f32.model().parameters(), f32::loss, 4 * layers).run().orThrow();
                Op wrong = new Op("wrong", ArithmeticOps.ADD.domain(), ArithmeticOps.ADD.forward(), call -> {
                    call.addGradient(1.01, 0, call.delta(0));
                    call.addGradient(0, 1, call.delta(0));
                });
                Result result = check.singlePrecision(f32.model().parameters(), tape -> {
                    Variable loss = f32.loss(tape);
                    return tape.apply(wrong, loss, tape.constant(loss.value()))[0];
                }, 4 * layers).run();
                assertEquals(Kind.WRONG_IN_SINGLE_PRECISION, result.faults().getFirst().kind(), result::toString);
                assertArrayEquals(before, TapePass.read(f32.model().parameters().values()));
            }
        }
    }

    @Test
    void modelsOfAnotherTypeOrShapeAreRefused() {
        ModelSpec small = ModelSpec.parse("rnn:2", 3, 3);
        try (TextRun f64 = new TextRun(small, ElementType.F64, 1, 1, 1);
                TextRun other = new TextRun(ModelSpec.parse("rnn:3", 3, 3), ElementType.F32, 1, 1, 1)) {
            CheckBuilder check = GradCheck.of(f64.model().parameters(), f64::loss);
            String type = assertThrows(IllegalArgumentException.class,
                    () -> check.singlePrecision(f64.model().parameters(), f64::loss, 1)).getMessage();
            assertTrue(type.contains("must be of F32"), type);
            String shape = assertThrows(IllegalArgumentException.class,
                    () -> check.singlePrecision(other.model().parameters(), other::loss, 1).run()).getMessage();
            assertTrue(shape.contains("names and shapes"), shape);
        }
    }
}
