package dev.unroll.gradcheck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.gradcheck.finding.Fault;
import dev.unroll.gradcheck.input.Input;
import dev.unroll.gradcheck.numeric.SinglePrecisionComparison;
import dev.unroll.gradcheck.util.ArrayMath;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.OpTable;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.spec.ModelSpec;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** The kernels of F32, vectors among them, give the outputs and gradients of F64, which differences have verified. */
@Tag("every-width")
class SinglePrecisionTest {
    private static final double ROUNDING = SinglePrecisionComparison.ROUNDING;

    /** Larger than two vectors of sixteen floats, so that whole vectors, tails and several panels occur. */
    private static final int LARGEST = 40;

    private static final int PASS = SinglePrecisionComparison.PASS;

    private static final Op LAYER_NORM = OpTable.all().stream()
            .filter(op -> op.name().equals("layer_norm")).findFirst().orElseThrow();

    /** All ops but the normalization, which has a property of its own. */
    @Provide
    Arbitrary<Op> ops() {
        return Arbitraries.of(OpTable.all().stream().filter(op -> op != LAYER_NORM).toList());
    }

    @Property(tries = 200)
    void opsAgree(@ForAll("ops") Op op, @ForAll long seed) {
        GradCheck.of(op).seed(seed).sizesUpTo(LARGEST).mode(Mode.PROJECTED).singlePrecision().run().orThrow();
    }

    /**
     * Two columns are left out. A row of two is normalized to 1 and -1 but for epsilon, so its gradient is a difference
     * of terms that are equal but for epsilon whatever the cotangents are, and no gradient tells how large they were.
     */
    @Property(tries = 100)
    void normalizationsAgree(
            @ForAll @IntRange(min = 1, max = LARGEST) int rows,
            @ForAll("columnsToNormalize") int columns,
            @ForAll long seed) {
        GradCheck.of(
                Tape::layerNorm,
                Input.shape(rows, columns), Input.shape(columns), Input.shape(columns))
                .seed(seed).mode(Mode.PROJECTED).singlePrecision().run().orThrow();
    }

    @Provide
    Arbitrary<Integer> columnsToNormalize() {
        return Arbitraries.oneOf(Arbitraries.just(1), Arbitraries.integers().between(3, LARGEST));
    }

    /** An op that is right in F64, with an error in F32 that is some ten times what roundings explain. */
    private static Op wrongInSinglePrecision(boolean forward) {
        return new Op(
                "wrong",
                List.of(),
                call -> {
                    Tensor y = call.output(call.input(0).rows(), call.input(0).columns()).copyFrom(call.input(0));
                    Elementwise.scale(forward && y.type() == ElementType.F32 ? 1.0001 : 1, y, call.pool());
                },
                call -> {
                    boolean wrong = !forward && call.input(0).type() == ElementType.F32;
                    Elementwise.axpy(wrong ? 1.0001 : 1, call.delta(0), call.gradient(0), call.pool());
                });
    }

    @Example
    void aKernelOfSinglePrecisionThatIsWrongIsFound() {
        for (boolean forward : new boolean[] {true, false}) {
            Op op = wrongInSinglePrecision(forward);
            CheckBuilder check = GradCheck.of((tape, x) -> tape.apply(op, x)[0], Input.shape(8, 9));
            check.run().orThrow();
            Fault fault = check.singlePrecision().run().faults().getFirst();
            assertEquals(Fault.Kind.WRONG_IN_SINGLE_PRECISION, fault.kind());
            String place = forward ? "in single precision output 0 [" : "in single precision the gradient of input 0 [";
            assertTrue(fault.text().startsWith(place), fault::text);
        }
    }

    /** {@code offset + slope x}, whose gradient in F32 is off by a factor. */
    private static Op line(double offset, double slope, double factor) {
        return new Op(
                "line",
                List.of(),
                call -> {
                    Tensor y = call.output(call.input(0).rows(), call.input(0).columns());
                    for (int i = 0; i < y.size(); i++) {
                        y.set(i / y.columns(), i % y.columns(), offset);
                    }
                    Elementwise.axpy(slope, call.input(0), y, call.pool());
                },
                call -> {
                    boolean wrong = call.input(0).type() == ElementType.F32;
                    Elementwise.axpy(wrong ? factor * slope : slope, call.delta(0), call.gradient(0), call.pool());
                });
    }

    private static CheckBuilder check(Op op) {
        return GradCheck.of((tape, x) -> tape.apply(op, x)[0], Input.shape(4, 5)).singlePrecision();
    }

    /** A gradient is measured by gradients of the same input, not by larger inputs and outputs. */
    @Example
    void aSmallGradientBesideLargeNumbersIsMeasuredByItself() {
        check(line(0, 1e-6, 1)).run().orThrow();
        check(line(1e4, 1, 1)).run().orThrow();
        for (Op wrong : List.of(line(0, 1e-6, 0), line(0, 1e-4, 1.02), line(1e4, 1, 1.001))) {
            Result result = check(wrong).run();
            assertEquals(1, result.faults().size(), result::toString);
            assertTrue(result.faults().getFirst().text().contains("the gradient of"), result::toString);
        }
    }

    /** Small outputs are measured by the inputs, and small gradients by cotangents, whose differences they may be. */
    @Example
    void whatIsMeasuredCoarselyInSinglePrecisionIsTold() {
        List<String> notes = check(line(0, 1e-6, 1)).run().notes();
        assertEquals(2, notes.size(), notes::toString);
        assertTrue(notes.stream().allMatch(note -> note.startsWith("in single precision an error of up to ")),
                notes::toString);
        assertEquals(List.of(), check(line(1, 1, 1)).run().notes());
    }

    @Example
    void moreRoundingsAreAllowedToMorePasses() {
        CheckBuilder check = GradCheck.of(
                (tape, x) -> tape.apply(wrongInSinglePrecision(true), x)[0], Input.shape(8, 9)).singlePrecision(30);
        check.run().orThrow();
        assertThrows(IllegalArgumentException.class, () -> check.singlePrecision(0));
    }

    @Example
    void parametersAreOfDoublePrecisionOnly() {
        ModelSpec spec = ModelSpec.parse("rnn:2", 3, 3);
        try (TextRun run = new TextRun(spec, ElementType.F64, 1, 1, 1)) {
            CheckBuilder check = GradCheck.of(run.model().parameters(), run::loss).singlePrecision();
            String message = assertThrows(IllegalArgumentException.class, check::run).getMessage();
            assertTrue(message.endsWith("leave singlePrecision() or parameters(...) out"), message);
        }
    }

    @Provide
    Arbitrary<String> networks() {
        Arbitrary<Integer> sizes = Arbitraries.integers().between(1, LARGEST);
        return Combinators
                .combine(Arbitraries.of("rnn:A", "rnn:2xA", "gru:A", "gru:2xA", "lstm:A", "lstm:2xA", "dt:A,B",
                        "dts:A,B", "dots:A,B,A", "lstm:A:gates=B", "gru:A:bidirectional"), sizes, sizes)
                .as((network, a, b) -> network.replace("A", a.toString()).replace("B", b.toString()));
    }

    /**
     * What a layer and a step take over is wrong already, and the map from state to state does not shrink it by much.
     * The terms of a gradient are parts of a mean: the 0.1 is the size of all of them together, where signs cancel.
     */
    @Property(tries = 40)
    void wholeNetworksAgree(
            @ForAll("networks") String network,
            @ForAll @IntRange(min = 1, max = 5) int batch,
            @ForAll @IntRange(min = 1, max = 6) int steps,
            @ForAll long seed) {
        ModelSpec spec = ModelSpec.parse(network, 11, 35);
        int layers = spec.layers().stream().mapToInt(layer -> layer.sizes().size()).sum();
        try (TextRun f64 = new TextRun(spec, ElementType.F64, batch, steps, seed);
                TextRun f32 = new TextRun(spec, ElementType.F32, batch, steps, seed)) {
            double tolerance = (PASS + LARGEST) * steps * layers * ROUNDING;
            double[][] expected = f64.lossAndGradients().toArray(double[][]::new);
            assertAgree(spec + ": array", expected, f32.lossAndGradients().toArray(double[][]::new), tolerance, 0.1);
        }
    }

    private static void assertAgree(
            String what, double[][] expected, double[][] actual, double tolerance, double terms) {
        for (int i = 0; i < expected.length; i++) {
            double scale = Math.max(ArrayMath.largest(expected[i]), terms);
            for (int j = 0; j < expected[i].length; j++) {
                assertEquals(expected[i][j], actual[i][j], tolerance * scale, what + " " + i + " at " + j);
            }
        }
    }
}
