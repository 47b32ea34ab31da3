package dev.unroll.gradcheck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.model.Cell;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.ModelSpec;
import dev.unroll.rnn.operator.State;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** Every built-in network computes what its equations say, for ids as for one-hot rows. */
class WiringTest {
    /** F64: a few thousand roundings of numbers of order 1 are below this by far; a wrong wire is above by far. */
    private static final double F64_TOLERANCE = 1e-12;

    /** F32: 2^-24 times the roundings of a step (sums of up to 40 terms, the gates), times 3 layers and 5 steps. */
    private static final double F32_TOLERANCE = 1e-4;

    @Property(tries = 60)
    void outputsLossAndLastStateAreThoseOfTheEquations(
            @ForAll Cell cell,
            @ForAll @IntRange(min = 1, max = 3) int layers,
            @ForAll @IntRange(min = 1, max = 12) int vocabulary,
            @ForAll @IntRange(min = 1, max = 7) int hidden,
            @ForAll @IntRange(min = 1, max = 3) int batch,
            @ForAll @IntRange(min = 1, max = 5) int steps,
            @ForAll long seed) {
        ModelSpec spec = new ModelSpec(cell, vocabulary, hidden, layers, vocabulary + 1);
        assertEquations(spec, ElementType.F64, batch, steps, seed, F64_TOLERANCE);
    }

    @Property(tries = 30)
    @Tag("every-width")
    void theyAreInF32Too(
            @ForAll Cell cell,
            @ForAll @IntRange(min = 1, max = 3) int layers,
            @ForAll @IntRange(min = 1, max = 40) int hidden,
            @ForAll @IntRange(min = 1, max = 3) int batch,
            @ForAll @IntRange(min = 1, max = 5) int steps,
            @ForAll long seed) {
        assertEquations(new ModelSpec(cell, 9, hidden, layers, 33), ElementType.F32, batch, steps, seed, F32_TOLERANCE);
    }

    private static void assertEquations(
            ModelSpec spec, ElementType type, int batch, int steps, long seed, double tolerance) {
        try (TextRun run = new TextRun(spec, type, batch, steps, seed)) {
            DeepRnn model = run.model();
            try (var _ = model.hold("a test")) {
                Tape tape = Tape.inference(model.steps(), type, WorkerPool.caller());
                double[][][][] state = state(run.state().on(tape));
                double[][][] logits = naive(run, spec, state);
                DeepRnn.Output output = run.run(tape);
                assertRows(flat(logits), TextRun.rows(output.logits().value()), tolerance, "logits");
                double[][][][] last = state(output.last());
                for (int l = 0; l < last.length; l++) {
                    for (int part = 0; part < last[l].length; part++) {
                        assertRows(state[l][part], last[l][part], tolerance, "last state of layer " + l);
                    }
                }
                Variable loss = run.loss(tape);
                assertEquals(NaiveRnn.loss(logits, run.targets()), loss.value().get(0, 0), tolerance);
            }
        }
    }

    /** The logits of all steps; the state becomes the last one. */
    private static double[][][] naive(TextRun run, ModelSpec spec, double[][][][] state) {
        double[][][] x = oneHot(run, spec.inputs());
        for (int l = 0; l < spec.layers(); l++) {
            String name = "layer" + l;
            double[] candidateBias = spec.cell() == Cell.GRU ? run.parameter(name + ".candidate.bias")[0] : null;
            x = NaiveRnn.layer(
                    spec.cell(), x, run.parameter(name + ".input.weight"), run.parameter(name + ".input.bias")[0],
                    run.parameter(name + ".recurrent"), candidateBias, state[l]);
        }
        return NaiveRnn.linear(x, run.parameter("output.weight"), run.parameter("output.bias")[0]);
    }

    private static double[][][] oneHot(TextRun run, int vocabulary) {
        int[] ids = run.inputs();
        double[][][] x = new double[run.steps()][run.batch()][];
        for (int i = 0; i < ids.length; i++) {
            x[i / run.batch()][i % run.batch()] = NaiveRnn.oneHot(ids[i], vocabulary);
        }
        return x;
    }

    private static double[][] flat(double[][][] steps) {
        return Arrays.stream(steps).flatMap(Arrays::stream).toArray(double[][]::new);
    }

    private static double[][][][] state(List<State> layers) {
        return layers.stream()
                .map(layer -> layer.parts().stream()
                        .map(part -> TextRun.rows(part.value()))
                        .toArray(double[][][]::new))
                .toArray(double[][][][]::new);
    }

    private static void assertRows(double[][] expected, double[][] actual, double tolerance, String what) {
        assertEquals(expected.length, actual.length, what);
        for (int r = 0; r < expected.length; r++) {
            assertArrayEquals(expected[r], actual[r], tolerance, what + ", row " + r);
        }
    }
}
