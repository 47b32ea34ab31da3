package dev.unroll.rnn.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Loss;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Sgd;
import dev.unroll.rnn.train.Trainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchTest {
    private static final int[] LENGTHS = {3, 1};

    /** Sequences 1 2 3 and 4, whose padding is what users put there. */
    private static Batch padded(int input, int target) {
        return new Batch(
                SequenceLayout.padded(3, LENGTHS), new Ids(1, 4, 2, input, 3, input),
                new Ids(2, 5, 3, target, 4, target));
    }

    /** The loss and all parameters after three updates. */
    private static double[] trained(Batch batch) {
        try (DeepRnn network = NetworkBuilder.of("embedding:3/gru:4:bidirectional", 6).seed(1).build();
                Trainer trainer = new Trainer(network, new Sgd(0.5), Clip.norm(1))) {
            double loss = 0;
            for (int i = 0; i < 3; i++) {
                loss = trainer.step(batch);
            }
            float[] values = network.parameters().values().toFloats();
            double[] all = new double[values.length + 1];
            all[0] = loss;
            for (int i = 0; i < values.length; i++) {
                all[i + 1] = values[i];
            }
            return all;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 5, 99, Integer.MIN_VALUE})
    void whatStandsInThePaddingChangesNoBit(int padding) {
        assertArrayEquals(trained(padded(0, 0)), trained(padded(padding, padding)));
    }

    @Test
    void aTargetThatIsNoneCountsNothing() {
        Batch whole = Batch.ofTokens(2, 2, new int[] {1, 4, 2, 3}, new int[] {2, 5, Batch.NO_TARGET, 4});
        assertArrayEquals(new float[] {1, 1, 0, 1}, whole.effectiveWeights());
        assertEquals(3, whole.predicted());
        Batch weighted = new Batch(whole.layout(), whole.inputs(), new Ids(2, 5, 0, 4)).weighted(1, 1, 0, 1);
        assertArrayEquals(trained(weighted), trained(whole));
    }

    @Test
    void weightsAreNoNegativeNumbers() {
        for (float weight : new float[] {-1, Float.NaN, Float.POSITIVE_INFINITY}) {
            String message = assertThrows(IllegalArgumentException.class, () -> Batch
                    .ofTokens(1, 2, new int[] {1, 2}, new int[] {1, 2})
                    .weighted(1, weight)).getMessage();
            assertTrue(message.contains("target 1") && message.contains(String.valueOf(weight)), message);
        }
    }

    @Test
    void aLengthThatIsNoNumberOfStepsIsNamedByItsSequence() {
        for (int length : new int[] {-1, 3}) {
            String message = assertThrows(IllegalArgumentException.class, () -> SequenceLayout.padded(2, 2, length))
                    .getMessage();
            assertEquals("sequence 1 has length " + length + "; expected 0 to 2 steps", message);
        }
    }

    @Test
    void aBatchGoesOnWhereOneOfItsSizeEndedOrIsRefused() {
        try (DeepRnn network = NetworkBuilder.of("gru:4", 6).seed(1).build();
                Trainer trainer = new Trainer(network, new Sgd(0.5), Clip.norm(1))) {
            trainer.step(Batch.ofTokens(1, 2, new int[] {1, 2}, new int[] {2, 3}));
            Batch smaller = Batch.ofTokens(1, 1, new int[] {1}, new int[] {2}).continuing();
            String message = assertThrows(IllegalArgumentException.class, () -> trainer.step(smaller)).getMessage();
            assertTrue(message.contains("a batch of 1 sequences cannot go on where one of 2 ended"), message);
        }
    }

    @Test
    void aNetworkThatLooksAheadTakesWholeSequencesAlone() {
        try (DeepRnn network = NetworkBuilder.of("gru:4:bidirectional", 6).seed(1).build();
                Trainer trainer = new Trainer(
                        network, new Task(Readout.MEAN, Loss.crossEntropy()), new Sgd(0.5), Clip.norm(1));
                var state = network.newState(1)) {
            trainer.step(new Batch(SequenceLayout.of(2, 1), new Ids(1, 2), new Ids(3)));
            Batch more = new Batch(SequenceLayout.of(2, 1), new Ids(1, 2), new Ids(3)).continuing();
            for (Runnable wrong : new Runnable[] {
                () -> trainer.step(more), () -> network.predict(state, new Ids(1))}) {
                String message = assertThrows(IllegalArgumentException.class, wrong::run).getMessage();
                assertTrue(message.contains("looks ahead"), message);
            }
        }
    }

    @Test
    void stepsAreABatchThatContinues() {
        Batch batch = new Batch(
                SequenceLayout.padded(4, 4, 1, 3), new Ids(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
                new Frames(1, new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}))
                .weighted(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        Batch part = new Batch(
                SequenceLayout.padded(2, 2, 0, 2), new Ids(3, 4, 5, 6, 7, 8),
                new Frames(1, new float[] {3, 4, 5, 6, 7, 8})).weighted(3, 4, 5, 6, 7, 8);
        assertEquals(part.continuing(), batch.steps(1, 2));
        assertEquals(batch, batch.steps(0, 4));
        assertEquals(batch.continuing(), batch.continuing().steps(0, 4));
        Batch ofSequences = new Batch(SequenceLayout.of(3, 2), new Ids(0, 1, 2, 3, 4, 5), new Ids(7, 8));
        assertEquals(new Batch(SequenceLayout.of(1, 2), new Ids(4, 5), new Ids(7, 8)).continuing(),
                ofSequences.steps(2, 1));
        for (int[] wrong : new int[][] {{-1, 2}, {0, 0}, {3, 2}, {4, 1}, {1, Integer.MAX_VALUE}}) {
            assertThrows(IllegalArgumentException.class, () -> batch.steps(wrong[0], wrong[1]));
        }
        Batch packed = new Batch(SequenceLayout.padded(2, 2, 1).packed(), new Ids(1, 2, 3), new Ids(1, 2, 3));
        assertThrows(IllegalArgumentException.class, () -> packed.steps(0, 1));
    }
}
