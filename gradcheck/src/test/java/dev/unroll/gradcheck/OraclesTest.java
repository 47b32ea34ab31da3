package dev.unroll.gradcheck;

import static dev.unroll.gradcheck.GradCheck.ids;
import static dev.unroll.gradcheck.GradCheck.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.gradcheck.Result.Verdict;
import dev.unroll.gradcheck.finding.Fault;
import dev.unroll.gradcheck.finding.Fault.Kind;
import dev.unroll.gradcheck.input.Input;
import dev.unroll.gradcheck.input.TapeFunction;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.ArithmeticOps;
import dev.unroll.rnn.autograd.MatrixOps;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.OpTable;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.init.Initializer;
import dev.unroll.rnn.init.Randoms;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What a function is compared with besides differences, and constants and backwards that are missing. */
class OraclesTest {
    private static final Op RNN = OpTable.all().stream()
            .filter(op -> op.name().equals("rnn_tanh"))
            .findFirst()
            .orElseThrow();

    private static final TapeFunction OP_BY_OP =
            (tape, in) -> new Variable[] {tape.tanh(tape.add(in[0], tape.matmul(in[1], in[2])))};

    private static Fault only(CheckBuilder check) {
        Result result = check.run();
        assertEquals(Verdict.WRONG, result.verdict(), result::toString);
        assertEquals(1, result.faults().size(), result::toString);
        assertTrue(result.faults().getFirst().text().length() <= 300, result::toString);
        return result.faults().getFirst();
    }

    private static double[][] product(double[][] in) {
        double[] product = new double[3 * 2];
        for (int r = 0; r < 3; r++) {
            for (int c = 0; c < 2; c++) {
                for (int k = 0; k < 4; k++) {
                    product[2 * r + c] += in[0][4 * r + k] * in[1][2 * k + c];
                }
            }
        }
        return new double[][] {product};
    }

    @Test
    void valuesAreThoseOfAPlainFunction() {
        CheckBuilder check = GradCheck.of((tape, x, w) -> tape.matmul(x, w), shape(3, 4), shape(4, 2));
        check.reference(OraclesTest::product).run().orThrow();
        Fault fault = only(check.reference(in -> {
            double[][] out = product(in);
            out[0][3] *= 1 + 1e-8;
            return out;
        }));
        assertEquals(Kind.DIFFERS_FROM_REFERENCE, fault.kind());
        assertTrue(fault.text().startsWith("output 0 [1, 1] is "), fault::text);
        check.reference(in -> new double[][] {Arrays.stream(product(in)[0]).map(y -> y * (1 + 1e-8)).toArray()}, 1e-6)
                .run()
                .orThrow();
    }

    /** The forward of an op can be wrong while its gradient is that of what it computes. */
    @Test
    void aRightGradientOfAWrongValueIsCaught() {
        Op half = new Op("half", ArithmeticOps.ADD.domain(), ArithmeticOps.ADD.forward(), ArithmeticOps.ADD.backward());
        GradCheck.of(half).run().orThrow();
        assertEquals(Kind.DIFFERS_FROM_REFERENCE, only(GradCheck.of(half).reference(in -> {
            double[] sum = in[0].clone();
            Arrays.setAll(sum, j -> 0.5 * (in[0][j] + in[1][j]));
            return new double[][] {sum};
        })).kind());
    }

    @Test
    void aReferenceGetsIdsAndItsFailuresAreTold() {
        CheckBuilder check = GradCheck.of((tape, table, i) -> tape.lookup(i, table), shape(3, 1), ids(3, 5));
        check.reference(in -> new double[][] {Arrays.stream(in[1]).map(id -> in[0][(int) id]).toArray()}).run()
                .orThrow();
        assertTrue(only(check.reference(in -> null)).text().contains("an array for each of [output 0 [5, 1]]"));
        assertEquals(Kind.THROWS, only(check.reference(in -> {
            throw new IllegalStateException("so");
        })).kind());
    }

    @Test
    void aFusedOpIsTheSameOpByOp() {
        GradCheck.of(RNN).sameAs(OP_BY_OP).repeat(3).run().orThrow();
        GradCheck.of(RNN).sizesUpTo(20).mode(Mode.PROJECTED).sameAs(OP_BY_OP).sameAs(RNN).run().orThrow();
        Fault value = only(GradCheck.of(RNN).sameAs((tape, in) -> new Variable[] {
            tape.sigmoid(tape.add(in[0], tape.matmul(in[1], in[2])))}));
        assertEquals(Kind.DIFFERS_FROM_OTHER_PATH, value.kind());
        assertTrue(value.text().startsWith("output 0 [0, 0] is "), value::text);
    }

    /** A gradient of the other path that is a millionth off is seen, though its value is the same. */
    @Test
    void theGradientsOfBothPathsAreCompared() {
        Op near = new Op("near", ArithmeticOps.ADD.domain(), ArithmeticOps.ADD.forward(), call -> {
            call.addGradient(1, 0, call.delta(0));
            call.addGradient(1 + 1e-6, 1, call.delta(0));
        });
        Fault fault = only(GradCheck.of(ArithmeticOps.ADD).sameAs(near));
        assertTrue(fault.text().startsWith("the gradient of input 1 [0, 0] is "), fault::text);
        GradCheck.of(ArithmeticOps.ADD).sameAs((tape, in) -> tape.apply(near, in), 1e-4).run().orThrow();
    }

    @Test
    void pathsOfParametersAreComparedToo() {
        try (Workspace workspace = new Workspace("test")) {
            Parameters parameters = new Parameters();
            Parameter w = parameters.declare("w", Initializer.uniform(1), 3, 3);
            parameters.allocate(workspace, ElementType.F64, Randoms.of(1));
            double[] values = parameters.values().toDoubles();
            CheckBuilder check = GradCheck.of(parameters, tape -> tape.matmul(w, w))
                    .sameAs((tape, _) -> new Variable[] {tape.matmul(w, w)});
            check.run().orThrow();
            Fault fault = only(check.sameAs((tape, _) -> new Variable[] {tape.matmul(w, tape.constant(w.value()))}));
            assertTrue(fault.text().startsWith("the gradient of parameter w"), fault::text);
            assertTrue(Arrays.equals(values, parameters.values().toDoubles()));
        }
    }

    @Test
    void whatCannotBeComparedIsNamed() {
        assertTrue(only(GradCheck.of(ArithmeticOps.ADD).sameAs((tape, in) -> new Variable[] {in[0], in[1]})).text()
                .contains("the other function [output 0"));
        assertTrue(only(GradCheck.of(ArithmeticOps.ADD).sameAs((tape, in) -> null)).text()
                .startsWith("of the other function, the function returned no output"));
        assertThrows(IllegalArgumentException.class,
                () -> GradCheck.of(x -> x[0], x -> new double[] {1}, shape(1)).sameAs(ArithmeticOps.ADD).run());
        assertThrows(IllegalArgumentException.class, () -> GradCheck.of(ArithmeticOps.ADD).reference(x -> x, -1));
        assertThrows(IllegalArgumentException.class, () -> GradCheck.of(ArithmeticOps.ADD).deltaBatch(1));
    }

    /** In a projected check of a plain function, larger gradients of the outputs and sums of them are looked at anyway. */
    @Test
    void severalDeltasAtOnceAreTheSumOfEach() {
        GradCheck.of(RNN).deltaBatch(3).run().orThrow();
        GradCheck.ofVectorJacobianProduct(x -> x.clone(), (x, u) -> u.clone(), shape(5)).deltaBatch(4).run().orThrow();
        Result clipped = GradCheck.ofVectorJacobianProduct(x -> x.clone(),
                (x, u) -> Arrays.stream(u).map(each -> Math.clamp(each, -1.6, 1.6)).toArray(), shape(600)).run();
        assertEquals(Kind.NOT_LINEAR, clipped.faults().getFirst().kind(), clipped::toString);
        Fault fault = only(GradCheck.ofVectorJacobianProduct(x -> x.clone(),
                (x, u) -> Arrays.stream(u).map(each -> Math.clamp(each, -1.6, 1.6)).toArray(), shape(600))
                .deltaBatch(3));
        assertEquals(Kind.NOT_LINEAR, fault.kind());
        assertTrue(fault.text().startsWith("for all together the gradient of x ["), fault::text);
    }

    @Test
    void aConstantMustGetNoGradient() {
        Op careless = new Op("careless", MatrixOps.MATMUL.domain(), MatrixOps.MATMUL.forward(), call -> {
            call.multiplyBack(0, 1, call.delta(0));
            call.gradient(1); // whether it is wanted or not
        });
        Result declared = GradCheck.of(careless).constant(1).run();
        assertEquals(Kind.GRADIENT_OF_A_CONSTANT, declared.faults().getFirst().kind(), declared::toString);
        Result right = GradCheck.of(MatrixOps.MATMUL).constant(1).run().orThrow();
        assertTrue(right.inputs().get(1).endsWith(" constant"), right::toString);
        Input w = shape(4, 2).constant();
        GradCheck.check((tape, x, c) -> tape.matmul(x, c), shape(3, 4), w);
        assertTrue(!w.isDifferentiable() && shape(4, 2).isDifferentiable());
        assertThrows(IllegalArgumentException.class, () -> GradCheck.of(MatrixOps.MATMUL).constant(2).run());
        assertThrows(IllegalArgumentException.class, () -> GradCheck.of(MatrixOps.MATMUL).constant(-1));
        assertThrows(IllegalArgumentException.class, () -> GradCheck.of(MatrixOps.MATMUL).constant(0, 1).run());
        assertThrows(IllegalArgumentException.class,
                () -> GradCheck.of(x -> x[0], x -> new double[] {1}, shape(1)).constant(0).run());
    }

    /** Only half is written: the other half is named as missing and not as wrong, and the first can be checked alone. */
    @Test
    void aBackwardThatIsNotImplementedIsAFaultOfItsOwn() {
        Op half = new Op("half", MatrixOps.MATMUL.domain(), MatrixOps.MATMUL.forward(), call -> {
            if (call.wants(1)) {
                throw new UnsupportedOperationException("the gradient of w");
            }
            MatrixOps.MATMUL.backward().run(call);
        });
        Fault fault = only(GradCheck.of(half));
        assertEquals(Kind.NOT_IMPLEMENTED, fault.kind());
        assertInstanceOf(UnsupportedOperationException.class, fault.cause());
        assertEquals(
                "backward is not implemented: it throws java.lang.UnsupportedOperationException: the gradient of w;"
                        + " declare inputs without a gradient constant(...)",
                fault.text());
        GradCheck.of(half).constant(1).run().orThrow();
        assertEquals(Kind.NOT_IMPLEMENTED, only(GradCheck.of(x -> x[0], x -> {
            throw new UnsupportedOperationException();
        }, shape(1))).kind());
        assertEquals(Kind.THROWS, only(GradCheck.of(x -> {
            throw new UnsupportedOperationException();
        }, x -> new double[] {1}, shape(1))).kind(), "forward must be there");
    }
}
