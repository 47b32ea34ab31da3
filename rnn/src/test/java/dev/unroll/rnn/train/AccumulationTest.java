package dev.unroll.rnn.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Sgd;
import dev.unroll.rnn.train.TrainingListener.Progress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AccumulationTest {
    static List<Task> tasks() {
        return List.of(Music.CLASSES, Music.BITS);
    }

    /** The values after one step at rate 1, and behind them its loss. */
    private static double[] afterStep(Task task, Batch... batches) {
        try (DeepRnn network = Music.network("gru:9");
                Trainer trainer = new Trainer(network, task, new Sgd(1), Clip.none())) {
            double loss = trainer.step(List.of(batches));
            double[] values = Music.values(network);
            double[] all = Arrays.copyOf(values, values.length + 1);
            all[values.length] = loss;
            return all;
        }
    }

    @ParameterizedTest
    @MethodSource("tasks")
    void twoBatchesInOneUpdateAreOneBatchOfAllTheirSequences(Task task) {
        Batch first = Music.batch(task, 1, false, 7, 7);
        Batch second = Music.batch(task, 3, false, 7, 7);
        Batch both = Music.batch(task, 1, false, 7, 7, 7, 7);
        // Sums of 28 rows in another order, each of some dozen roundings; values are below 1.
        assertArrayEquals(afterStep(task, both), afterStep(task, first, second), 1e-14);
    }

    @ParameterizedTest
    @MethodSource("tasks")
    void rowsCountAlikeInBatchesOfDifferentCounts(Task task) {
        Batch few = Music.batch(task, 1, false, 2);
        Batch many = Music.batch(task, 2, false, 9, 1, 5);
        Batch both = Music.batch(task, 1, false, 2, 9, 1, 5);
        double[] expected = afterStep(task, both);
        assertArrayEquals(expected, afterStep(task, few, many), 1e-14); // as above, of 17 rows
        assertArrayEquals(expected, afterStep(task, many, few), 1e-14);
        double mean = (afterStep(task, few)[expected.length - 1] + afterStep(task, many)[expected.length - 1]) / 2;
        assertFalse(Math.abs(mean - expected[expected.length - 1]) < 1e-3, "the mean of means is another number");
    }

    @Test
    void theStateIsCarriedFromOneBatchOfAnUpdateToTheNext() {
        Batch first = Music.batch(Music.BITS, 1, false, 5);
        Batch next = Music.batch(Music.BITS, 2, true, 5);
        Batch anew = Music.batch(Music.BITS, 2, false, 5);
        assertFalse(Arrays.equals(
                afterStep(Music.BITS, first, next), afterStep(Music.BITS, first, anew)), "the state must matter");
    }

    @Test
    void anEpochIsDividedIntoUpdatesOfSomeBatches() {
        List<Batch> batches = List.of(
                Music.batch(Music.BITS, 1, false, 5), Music.batch(Music.BITS, 2, true, 4),
                Music.batch(Music.BITS, 3, false, 3));
        List<Progress> steps = new ArrayList<>();
        TrainingListener listener = new TrainingListener() {
            @Override
            public void onStep(Progress progress) {
                steps.add(progress);
            }
        };
        try (DeepRnn fitted = Music.network("gru:9");
                DeepRnn stepped = Music.network("gru:9");
                Trainer fitting = new Trainer(fitted, Music.BITS, new Sgd(1), Clip.norm(1)).accumulate(2);
                Trainer stepping = new Trainer(stepped, Music.BITS, new Sgd(1), Clip.norm(1))) {
            fitting.fit(1, epoch -> batches, listener);
            double first = stepping.step(batches.subList(0, 2));
            double second = stepping.step(batches.getLast());
            assertArrayEquals(Music.values(stepped), Music.values(fitted));
            assertEquals(List.of(2, 3), steps.stream().map(Progress::step).toList());
            assertEquals((9 * first + 3 * second) / 12, steps.getLast().loss());
            assertEquals(12, steps.getLast().tokens());
        }
    }

    @Test
    void aBatchThatFailsLeavesNothingOfThoseBeforeIt() {
        Batch good = Music.batch(Music.BITS, 1, false, 5);
        Batch broken = Music.batch(Music.CLASSES, 1, false, 5);
        try (DeepRnn network = Music.network("rnn:5");
                Trainer trainer = new Trainer(network, Music.BITS, new Sgd(1), Clip.none())) {
            double[] before = Music.values(network);
            assertThrows(RuntimeException.class, () -> trainer.step(List.of(good, broken)));
            assertArrayEquals(before, Music.values(network));
            assertArrayEquals(new double[before.length], network.parameters().gradients().toDoubles());
        }
    }

    @Test
    void anUpdateOfNoBatchIsRefused() {
        try (DeepRnn network = Music.network("rnn:5");
                Trainer trainer = new Trainer(network, new Sgd(1), Clip.none())) {
            assertThrows(IllegalArgumentException.class, () -> trainer.step(List.of()));
            assertThrows(IllegalArgumentException.class, () -> trainer.accumulate(0));
        }
    }
}
