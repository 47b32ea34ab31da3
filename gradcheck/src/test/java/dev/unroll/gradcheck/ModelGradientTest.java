package dev.unroll.gradcheck;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.model.Cell;
import dev.unroll.rnn.model.ModelSpec;
import dev.unroll.rnn.operator.GruPlus;
import dev.unroll.rnn.operator.LstmPlus;
import dev.unroll.rnn.operator.Plus;
import dev.unroll.rnn.operator.RnnPlus;
import dev.unroll.rnn.operator.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Gradients of whole networks, through time and layers. */
class ModelGradientTest {
    @Property(tries = 20)
    void theLossOfADeepNetworkHasTheGradientOfAllItsParameters(
            @ForAll Cell cell,
            @ForAll @IntRange(min = 1, max = 3) int layers,
            @ForAll @IntRange(min = 1, max = 12) int vocabulary,
            @ForAll @IntRange(min = 1, max = 4) int hidden,
            @ForAll @IntRange(min = 1, max = 3) int batch,
            @ForAll @IntRange(min = 1, max = 4) int steps,
            @ForAll long seed) {
        ModelSpec spec = new ModelSpec(cell, vocabulary, hidden, layers, vocabulary + 1);
        try (TextRun run = new TextRun(spec, ElementType.F64, batch, steps, seed)) {
            GradCheck.of(run.model().parameters(), run::loss).named(spec.toString()).run().orThrow();
        }
    }

    @Property
    void longWindowsOfLargerNetworksHaveTheGradientToo(@ForAll Cell cell) {
        ModelSpec spec = new ModelSpec(cell, 19, 17, 2, 19);
        try (TextRun run = new TextRun(spec, ElementType.F64, 3, 20, 1)) {
            Result result = GradCheck.check(run.model().parameters(), run::loss);
            assertEquals(Mode.PROJECTED, result.mode());
        }
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
                            Plus.Unrolled run = cell.unroll(tape, in[0], 4, first);
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
                    tape.unroll(3, t -> h[0] =
                            tape.tanh(tape.add(tape.rows(projected, 2L * t, 2), tape.matmul(h[0], w))));
                    return tape.allSteps(h[0]);
                },
                Input.shape(6, 3), Input.shape(2, 4), Input.shape(3, 4), Input.shape(4, 4));
    }
}
