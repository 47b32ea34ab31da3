package dev.unroll.gradcheck;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.unroll.gradcheck.input.Input;
import dev.unroll.gradcheck.input.ModelSampler;
import dev.unroll.kernels.Activation;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.cell.GruPlus;
import dev.unroll.rnn.cell.LstmPlus;
import dev.unroll.rnn.cell.RnnPlus;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.init.Randoms;
import dev.unroll.rnn.operator.Layer;
import dev.unroll.rnn.operator.Plus;
import dev.unroll.rnn.operator.State;
import dev.unroll.rnn.spec.ModelSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Gradients of whole networks, through time and layers. */
class ModelGradientTest {
    @Provide
    Arbitrary<String> networks() {
        return Arbitraries.of(Networks.ALL);
    }

    @Property(tries = 60)
    void theLossOfADeepNetworkHasTheGradientOfAllItsParameters(
            @ForAll("networks") String network,
            @ForAll @IntRange(min = 1, max = 12) int vocabulary,
            @ForAll @IntRange(min = 1, max = 3) int batch,
            @ForAll @IntRange(min = 1, max = 4) int steps,
            @ForAll long seed) {
        ModelSpec spec = ModelSpec.parse(network, vocabulary, vocabulary + (network.endsWith("tied") ? 0 : 1));
        try (TextRun run = new TextRun(spec, ElementType.F64, batch, steps, seed)) {
            Result result = GradCheck.of(run.model().parameters(), run::trainingLoss).named(spec.toString()).run();
            // Where pieces meet there is a kink, and one try in thousands comes so near that differences decide nothing.
            boolean hasKinks = network.contains("maxout") || network.contains("lp=");
            Assume.that(!hasKinks || !result.verdict().isUndecided());
            result.orThrow();
        }
    }

    @Property(tries = 30)
    void sampledNetworksHaveTheGradientOfAllTheirParameters(
            @ForAll @IntRange(min = 1, max = 3) int batch,
            @ForAll @IntRange(min = 1, max = 4) int steps,
            @ForAll long seed) {
        ModelSpec spec = ModelSpec.parse(ModelSampler.text(Randoms.of(seed), 3), 4, 5);
        try (TextRun run = new TextRun(spec, ElementType.F64, batch, steps, seed)) {
            GradCheck.of(run.model().parameters(), run::trainingLoss).named(spec.toString()).run().orThrow();
        }
    }

    @Example
    void theSecondDerivativesOfANetworkAreRight() {
        ModelSpec spec = ModelSpec.parse("lstm:3/dts:2,3", 4, 5);
        try (TextRun run = new TextRun(spec, ElementType.F64, 2, 3, 1)) {
            GradCheck.of(run.model().parameters(), run::loss).secondOrder().run().orThrow();
        }
    }

    @Property
    void longWindowsOfLargerNetworksHaveTheGradientToo(@ForAll("large") String network) {
        ModelSpec spec = ModelSpec.parse(network, 19, 19);
        try (TextRun run = new TextRun(spec, ElementType.F64, 3, 20, 1)) {
            Result result = GradCheck.check(run.model().parameters(), run::trainingLoss);
            assertEquals(Mode.PROJECTED, result.mode());
        }
    }

    @Provide
    Arbitrary<String> large() {
        return Arbitraries.of("rnn:2x17", "gru:2x17", "lstm:2x17", "dots:17,16,15", "srnn:3x9", "gru:17:reset=before",
                "dts:9,8:lp=2");
    }

    /** Inputs that are numbers, and the initial states, get gradients as parameters do. */
    @Example
    void everyCellHasTheGradientOfItsInputsAndItsFirstState() {
        Parameters parameters = new Parameters();
        List<Plus> cells = List.of(
                new RnnPlus(parameters, "rnn", Activation.TANH, 3, 2),
                new GruPlus(parameters, "gru", 3, 2),
                new LstmPlus(parameters, "lstm", 3, 2));
        try (Workspace workspace = new Workspace("test")) {
            parameters.allocate(workspace, ElementType.F64, new Random(1));
            for (Plus cell : cells) {
                List<Input> inputs = new ArrayList<>(List.of(Input.shape(4 * 2, 3)));
                cell.stateSizes().forEach(size -> inputs.add(Input.shape(2, size)));
                GradCheck.ofAll(
                        (tape, in) -> {
                            State first = new State(List.of(in).subList(1, in.length));
                            Layer.Unrolled run = cell.run(tape, in[0], SequenceLayout.of(4, 2), first);
                            List<Variable> outputs = new ArrayList<>(run.last().parts());
                            outputs.add(run.outputs());
                            return outputs.toArray(Variable[]::new);
                        },
                        inputs.toArray(Input[]::new))
                        .parameters(parameters)
                        .named(cell.getClass().getSimpleName())
                        .run()
                        .orThrow();
            }
        }
    }

    @Example
    void aCellThatAUserWritesFromSmallOpsHasTheGradient() {
        GradCheck.check(
                (tape, x, first, u, w) -> {
                    Variable projected = tape.matmul(x, u);
                    Variable[] h = {first};
                    tape.unroll(3, false, t -> h[0] =
                            tape.tanh(tape.add(tape.rows(projected, 2L * t, 2), tape.matmul(h[0], w))));
                    return tape.allSteps(h[0]);
                },
                Input.shape(6, 3), Input.shape(2, 4), Input.shape(3, 4), Input.shape(4, 4));
    }
}
