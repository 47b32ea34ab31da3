package dev.unroll.gradcheck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Pass;
import dev.unroll.rnn.operator.Network;
import dev.unroll.rnn.operator.State;
import dev.unroll.rnn.spec.ModelSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** Every built-in network computes what its equations say, for ids as for one-hot rows. */
class WiringTest {
    /** F64: a few thousand roundings of numbers of order 1 are below this by far; a wrong wire is above by far. */
    private static final double F64_TOLERANCE = 1e-12;

    /** F32: 2^-24 times the roundings of a step (sums of up to 40 terms, the gates), times 3 layers and 5 steps. */
    private static final double F32_TOLERANCE = 1e-4;

    /** Differences of the naive loss: rounding over the step, and the third derivative times its square. */
    private static final double STEP = 1e-5;
    private static final double DIFFERENCE_TOLERANCE = 1e-8;

    @Provide
    Arbitrary<String> networks() {
        return Arbitraries.of(Networks.ALL);
    }

    @Property(tries = 100)
    void outputsLossAndLastStateAreThoseOfTheEquations(
            @ForAll("networks") String network,
            @ForAll @IntRange(min = 1, max = 12) int vocabulary,
            @ForAll @IntRange(min = 1, max = 3) int batch,
            @ForAll @IntRange(min = 1, max = 5) int steps,
            @ForAll long seed) {
        int outputs = network.endsWith("tied") ? vocabulary : vocabulary + 1;
        ModelSpec spec = ModelSpec.parse(network, vocabulary, outputs);
        assertEquations(spec, ElementType.F64, batch, steps, seed, F64_TOLERANCE);
    }

    @Property(tries = 60)
    @Tag("every-width")
    void theyAreInF32Too(
            @ForAll("networks") String network,
            @ForAll @IntRange(min = 1, max = 11) int factor,
            @ForAll @IntRange(min = 1, max = 3) int batch,
            @ForAll @IntRange(min = 1, max = 5) int steps,
            @ForAll long seed) {
        ModelSpec spec = ModelSpec.parse(Networks.scaled(network, factor), 9, network.endsWith("tied") ? 9 : 33);
        assertEquations(spec, ElementType.F32, batch, steps, seed, F32_TOLERANCE);
    }

    /** The gradients of all parameters, against differences of the naive loss. */
    @Property(tries = 1)
    void gradientsAreThoseOfTheEquations() {
        for (String network : Networks.ALL) {
            ModelSpec spec = ModelSpec.parse(network, 4, 4);
            try (TextRun run = new TextRun(spec, ElementType.F64, 2, 4, network.hashCode())) {
                List<double[]> gradients = run.lossAndGradients();
                Map<String, double[][]> parameters = run.parameters();
                int index = 1;
                for (Map.Entry<String, double[][]> parameter : parameters.entrySet()) {
                    double[] gradient = gradients.get(index++);
                    int i = 0;
                    for (double[] row : parameter.getValue()) {
                        for (int j = 0; j < row.length; j++) {
                            assertEquals(
                                    difference(run, spec, parameters, row, j), gradient[i++], DIFFERENCE_TOLERANCE,
                                    network + ": " + parameter.getKey());
                        }
                    }
                }
            }
        }
    }

    private static double difference(
            TextRun run, ModelSpec spec, Map<String, double[][]> parameters, double[] row, int j) {
        double value = row[j];
        row[j] = value + STEP;
        double above = naiveLoss(run, spec, parameters);
        row[j] = value - STEP;
        double below = naiveLoss(run, spec, parameters);
        row[j] = value;
        return (above - below) / (2 * STEP);
    }

    private static double naiveLoss(TextRun run, ModelSpec spec, Map<String, double[][]> parameters) {
        try (Workspace workspace = new Workspace("test")) {
            Tape tape = Tape.inference(workspace, ElementType.F64, WorkerPool.caller());
            double[][][] logits = new NaiveRnn(spec, parameters)
                    .logits(oneHot(run, spec.inputs()), state(run.state().on(tape)));
            return NaiveRnn.loss(logits, run.targets());
        }
    }

    private static void assertEquations(
            ModelSpec spec, ElementType type, int batch, int steps, long seed, double tolerance) {
        try (TextRun run = new TextRun(spec, type, batch, steps, seed)) {
            DeepRnn model = run.model();
            try (CarriedState none = model.newState(); Pass pass = model.inference("a test", none)) {
                Tape tape = pass.tape();
                double[][][][] state = state(run.state().on(tape));
                double[][][] logits =
                        new NaiveRnn(spec, run.parameters()).logits(oneHot(run, spec.inputs()), state);
                Network.Output output = run.run(tape);
                assertRows(flat(logits), TextRun.rows(output.logits().value()), tolerance, spec + ": logits");
                double[][][][] last = state(output.last());
                for (int l = 0; l < last.length; l++) {
                    for (int part = 0; part < last[l].length; part++) {
                        assertRows(state[l][part], last[l][part], tolerance, spec + ": last state of layer " + l);
                    }
                }
                Variable loss = run.loss(tape);
                assertEquals(NaiveRnn.loss(logits, run.targets()), loss.value().get(0, 0), tolerance, spec + ": loss");
            }
        }
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
