package dev.unroll.rnn.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Replay;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.operator.Network;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.operator.State;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplayTest {
    private static final int INPUTS = 5;
    private static final int BATCH = 3;

    @ParameterizedTest
    @ValueSource(
            strings = {"rnn:9", "gru:2x9", "lstm:9/mlp:4", "dots:6,5,4", "lstm:9:projection=4", "gru:6:reset=before",
                "lstm:7:gates=4", "gru:7:zoneout=0.2", "gru:6:learned", "lstm:6:norm"})
    void aStepRunsAgainWithTheBitsOfAPredictionAndNoMoreMemory(String text) {
        SplittableRandom random = new SplittableRandom(3);
        try (DeepRnn network = NetworkBuilder.of(text, INPUTS).outputs(2).seed(1).build();
                CarriedState state = network.newState(BATCH);
                CarriedState first = network.newState(BATCH);
                Workspace workspace = new Workspace("replay");
                Replay replay = new Replay(workspace, ElementType.F32, WorkerPool.caller())) {
            Tape tape = replay.tape();
            Tensor x = workspace.zeros(ElementType.F32, BATCH, INPUTS);
            List<State> initial = constants(first.on(tape), tape, workspace);
            Network.Output output =
                    network.forward(tape, tape.constant(x), SequenceLayout.of(1, BATCH), initial);
            for (int step = 0; step < 20; step++) {
                float[] numbers = new float[BATCH * INPUTS];
                for (int i = 0; i < numbers.length; i++) {
                    numbers[i] = (float) random.nextDouble(-1, 1);
                }
                x.copyFrom(numbers);
                replay.run();
                assertArrayEquals(
                        network.predict(state, new Frames(INPUTS, numbers)).toFloats(),
                        output.logits().value().toFloats(), "step " + step);
                keep(output.last(), initial);
            }
            long reserved = workspace.reservedBytes();
            for (int i = 0; i < 5_000; i++) { // if each took the memory of a state, 2 MiB
                replay.run();
            }
            assertEquals(reserved, workspace.reservedBytes());
        }
    }

    @Test
    void idsAreReadAnewAndThoseOfPaddedSequencesAreRefused() {
        try (DeepRnn network = NetworkBuilder.of("embedding:4/gru:6:bidirectional", 7).seed(1).build();
                CarriedState state = network.newState(2);
                Workspace workspace = new Workspace("replay");
                Replay replay = new Replay(workspace, ElementType.F32, WorkerPool.caller())) {
            Tensor ids = workspace.zeros(ElementType.I32, 6);
            SequenceLayout layout = SequenceLayout.of(3, 2);
            List<State> initial = state.on(replay.tape());
            Variable x = replay.tape().constant(ids);
            Network.Output output = network.forward(replay.tape(), x, layout, initial);
            int[] next = {6, 1, 2, 3, 4, 5};
            ids.copyFrom(next);
            replay.run();
            assertArrayEquals(
                    network.predict(new Ids(next), layout, Readout.EVERY_STEP).toFloats(),
                    output.logits().value().toFloats());
            assertThrows(IllegalArgumentException.class,
                    () -> network.forward(replay.tape(), x, SequenceLayout.padded(3, 3, 1), initial));
        }
    }

    @Test
    void aReplayIsRefusedWhileAnotherThreadUsesTheNetworkAndAfterItWasClosed() throws Exception {
        try (Workspace workspace = new Workspace("replay")) {
            DeepRnn network = NetworkBuilder.of("gru:6", INPUTS).build();
            Replay replay = new Replay(workspace, ElementType.F32, WorkerPool.caller());
            try (CarriedState state = network.newState(1)) {
                network.forward(
                        replay.tape(), replay.tape().zeros(1, INPUTS), SequenceLayout.of(1, 1),
                        constants(state.on(replay.tape()), replay.tape(), workspace));
            }
            try (ExecutorService other = Executors.newSingleThreadExecutor()) {
                Workspace.Hold hold = other.submit(() -> network.reserve("a training")).get();
                String message = assertThrows(IllegalStateException.class, replay::run).getMessage();
                assertTrue(message.contains("a training"), message);
                other.submit(hold::close).get();
            }
            replay.run();
            String message = assertThrows(IllegalStateException.class, network::close).getMessage();
            assertTrue(message.contains("a replay"), message);
            message = assertThrows(IllegalStateException.class, () -> network.reserve("a training")).getMessage();
            assertTrue(message.contains("held by a replay"), message);
            replay.close();
            network.reserve("a training").close();
            network.close();
            assertThrows(IllegalStateException.class, replay::run);
        }
    }

    /** The same states in memory that can be written to. */
    private static List<State> constants(List<State> states, Tape tape, Workspace workspace) {
        List<State> copies = new ArrayList<>();
        for (State state : states) {
            copies.add(new State(state.parts().stream()
                    .map(part -> tape.constant(workspace
                            .allocate(ElementType.F32, part.value().shape())
                            .copyFrom(part.value())))
                    .toList()));
        }
        return copies;
    }

    private static void keep(List<State> from, List<State> to) {
        for (int l = 0; l < from.size(); l++) {
            for (int i = 0; i < from.get(l).parts().size(); i++) {
                to.get(l).parts().get(i).value().copyFrom(from.get(l).parts().get(i).value());
            }
        }
    }
}
