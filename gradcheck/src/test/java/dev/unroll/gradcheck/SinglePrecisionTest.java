package dev.unroll.gradcheck;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.autograd.Domain.Values;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.Ops;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.model.ModelSpec;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** The kernels of F32, vectors among them, give the outputs and gradients of F64, which differences have verified. */
@Tag("every-width")
class SinglePrecisionTest {
    private static final double ROUNDING = 0x1p-24;

    /** Larger than two vectors of sixteen floats, so that whole vectors, tails and several panels occur. */
    private static final int LARGEST = 40;

    /**
     * Roundings of one fused pass: an output or gradient is the product of up to six factors and the sum of a few such
     * products; sigmoid, tanh and exp are right to 4 units of their last place, and a unit is two roundings.
     */
    private static final int PASS = 64;

    @Provide
    Arbitrary<Op> ops() {
        return Arbitraries.of(Ops.table());
    }

    /**
     * A sum of n terms with random signs passes values of sqrt(n) terms' size, and n random roundings of those add up
     * to n roundings of a term. What is drawn and u are of order 1; with exp, terms are as large as the outputs.
     */
    @Property(tries = 200)
    void opsAgree(@ForAll("ops") Op op, @ForAll long seed) {
        RandomGenerator random = Samplers.random(seed);
        List<Input> inputs = Samplers.inputs(op, random, LARGEST);
        double[][] values = inputs.stream().map(input -> floats(input.values(random))).toArray(double[][]::new);
        try (TapeSubject f64 = subject(op, inputs, values, ElementType.F64);
                TapeSubject f32 = subject(op, inputs, values, ElementType.F32)) {
            double[][] outputs = f64.outputs(f64.point());
            double tolerance = (PASS + LARGEST) * ROUNDING;
            double terms = Math.max(1, Arrays.stream(outputs).mapToDouble(Vectors::largest).max().orElseThrow());
            assertAgree(op + " output", outputs, f32.outputs(f32.point()), tolerance, terms);
            double[][] u = Arrays.stream(outputs)
                    .map(output -> floats(Vectors.cotangent(output.length, random)))
                    .toArray(double[][]::new);
            if (op.domain().stream().noneMatch(domain -> domain.values() == Values.KINK_INSIDE)) {
                // Beside a kink the slope may be another after rounding.
                assertAgree(op + " gradient", f64.gradients(f64.point(), u), f32.gradients(f32.point(), u), tolerance, terms);
            }
        }
    }

    private static TapeSubject subject(Op op, List<Input> inputs, double[][] values, ElementType type) {
        return new TapeSubject((tape, in) -> tape.apply(op, in), inputs, values, new Parameters(), type);
    }

    private static double[] floats(double[] values) {
        return Arrays.stream(values).map(value -> (float) value).toArray();
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
            double scale = Math.max(Vectors.largest(expected[i]), terms);
            for (int j = 0; j < expected[i].length; j++) {
                assertEquals(expected[i][j], actual[i][j], tolerance * scale, what + " " + i + " at " + j);
            }
        }
    }
}
