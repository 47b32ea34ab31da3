package dev.unroll.rnn.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.data.Values;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Sgd;
import dev.unroll.rnn.train.Trainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ActivationMemoryTest {
    private static final int SYMBOLS = 20;

    private static Batch batch(int steps, int batch, boolean frames) {
        int rows = steps * batch;
        Values inputs = frames ? new Frames(SYMBOLS, new float[rows * SYMBOLS]) : new Ids(new int[rows]);
        return new Batch(SequenceLayout.of(steps, batch), inputs, inputs);
    }

    private static Task task(boolean frames) {
        return Task.everyStep(frames ? Loss.bernoulli() : Loss.crossEntropy());
    }

    private static long trained(DeepRnn network, Task task, Batch batch) {
        try (CarriedState state = network.newState(batch.layout().batch());
                Pass pass = network.recording("a step", state)) {
            pass.tape().training(1, 1);
            pass.backward(task.loss(pass.tape(), pass.run(batch, task.readout()), batch), 1);
            return pass.tape().bytes();
        }
    }

    private static long inferred(DeepRnn network, Batch batch) {
        try (CarriedState state = network.newState(batch.layout().batch());
                Pass pass = network.inference("a step", state)) {
            pass.run(batch, Readout.EVERY_STEP);
            return pass.tape().bytes();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lstm:24", "gru:2x17", "gru:9:reset=before", "embedding:8/dts:12,7", "dots:9,7,5",
        "lstm:2x12:dropout=0.3:variational", "embedding:20/lstm:2x20:learned:residual:norm", "gru:8:zoneout=0.1",
        "lstm:8:bidirectional/mlp:6", "embedding:20/gru:20/tied"})
    void isThatOfAStepOfAnySize(String model) {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            for (boolean frames : new boolean[] {false, true}) {
                if (frames && model.startsWith("embedding")) {
                    continue;
                }
                try (DeepRnn network = NetworkBuilder.of(model, SYMBOLS).type(type).build()) {
                    ActivationMemory memory = ActivationMemory.of(network, task(frames), batch(1, 1, frames));
                    for (int[] size : new int[][] {{40, 1}, {7, 32}, {100, 3}, {1, 64}}) {
                        Batch batch = batch(size[0], size[1], frames);
                        long trained = trained(network, task(frames), batch);
                        // The rounding of each of some dozen tensors to whole cache lines.
                        assertEquals(trained, memory.training(size[0], size[1]), 0.1 * trained, model + " " + batch);
                        long inferred = inferred(network, batch);
                        assertEquals(inferred, memory.inference(size[0], size[1]), 0.1 * inferred, model + " " + batch);
                    }
                }
            }
        }
    }

    /** With a third more, for what does not fill the chunks of a workspace, and not with less. */
    @ParameterizedTest
    @CsvSource({"lstm:32, 3000, 1", "gru:2x16, 700, 8", "'embedding:8/dts:12,7', 400, 16"})
    void aStepPassesWithALimitOfAThirdMoreAndIsRefusedWithLess(String model, int steps, int batch) {
        long whole;
        long recomputing;
        try (DeepRnn network = NetworkBuilder.of(model, SYMBOLS).build()) {
            ActivationMemory memory = ActivationMemory.of(network, Task.nextToken(), batch(1, 1, false));
            whole = memory.training(steps, batch);
            recomputing = memory.recomputing(steps, batch, steps / 10);
        }
        step(model, 0, steps, batch, whole * 4 / 3);
        step(model, steps / 10, steps, batch, recomputing * 4 / 3);
        assertThrows(IllegalStateException.class, () -> step(model, 0, steps, batch, whole * 9 / 10));
        assertThrows(IllegalStateException.class, () -> step(model, steps / 10, steps, batch, recomputing * 9 / 10));
    }

    private static void step(String model, int segment, int steps, int batch, long limit) {
        try (DeepRnn network = NetworkBuilder.of(model, SYMBOLS).memoryLimit(limit).build();
                Trainer trainer = new Trainer(network, new Sgd(0.1), Clip.norm(1))) {
            if (segment > 0) {
                trainer.recompute(segment);
            }
            trainer.step(batch(steps, batch, false));
        }
    }

    @Test
    void measuringChangesNothing() {
        try (DeepRnn network = NetworkBuilder.of("embedding:4/lstm:5", SYMBOLS).build()) {
            network.parameters().list().getLast().gradient().set(0, 1, 3);
            float[] values = network.parameters().values().toFloats();
            float[] gradients = network.parameters().gradients().toFloats();
            ActivationMemory.of(network, Task.nextToken(), batch(1, 1, false));
            assertArrayEquals(values, network.parameters().values().toFloats());
            assertArrayEquals(gradients, network.parameters().gradients().toFloats());
        }
    }

    @Test
    void whatHasNoMeaningIsRefused() {
        try (DeepRnn network = NetworkBuilder.of("lstm:5:bidirectional", SYMBOLS).build()) {
            ActivationMemory memory = ActivationMemory.of(network, Task.nextToken(), batch(1, 1, false));
            assertThrows(IllegalArgumentException.class, () -> memory.training(0, 1));
            assertThrows(IllegalArgumentException.class, () -> memory.inference(1, 0));
            assertThrows(IllegalArgumentException.class, () -> memory.recomputing(10, 1, 2));
        }
    }
}
