package dev.unroll.rnn.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.optim.Adadelta;
import dev.unroll.rnn.optim.Adam;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Momentum;
import dev.unroll.rnn.optim.Nesterov;
import dev.unroll.rnn.optim.Optimizer;
import dev.unroll.rnn.optim.RmsProp;
import dev.unroll.rnn.optim.Sgd;
import dev.unroll.rnn.text.Normalization;
import dev.unroll.rnn.text.Tokenizer;
import dev.unroll.rnn.text.Tokens;
import dev.unroll.rnn.text.Vocabulary;
import dev.unroll.rnn.train.TrainingListener.EpochReport;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerTest {
    private static final String TEXT = "now and then some text repeats itself; ".repeat(12);
    private static final Vocabulary VOCABULARY = Vocabulary.of(Tokenizer.CHARS, Normalization.RAW, TEXT);
    private static final Tokens TOKENS = new Tokens(VOCABULARY.encode(TEXT));

    private static DeepRnn network(String cell, int hidden, WorkerPool pool) {
        int size = VOCABULARY.size();
        return NetworkBuilder.of(cell + ":2x" + hidden, size).seed(7).pool(pool).build();
    }

    private static List<EpochReport> fit(Trainer trainer, int epochs, TrainingListener listener) {
        return trainer.fit(epochs, epoch -> TOKENS.sequential(4, 10), listener);
    }

    /** The values after a training of some epochs. */
    private static float[] trained(String cell, WorkerPool pool, int epochs) {
        try (DeepRnn network = network(cell, 37, pool);
                Trainer trainer = new Trainer(network, new Sgd(1), Clip.norm(1))) {
            fit(trainer, epochs, TrainingListener.NONE);
            return network.parameters().values().toFloats();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rnn", "gru", "lstm"})
    void everyCellLearnsARepeatingText(String cell) {
        try (DeepRnn network = network(cell, 32, WorkerPool.caller());
                Trainer trainer = new Trainer(network, new Sgd(1), Clip.norm(1))) {
            List<EpochReport> reports = fit(trainer, 60, TrainingListener.NONE);
            // Guessing evenly among 20 characters is 3 nats; what repeats every 39 characters can be known for sure.
            assertTrue(reports.getFirst().progress().loss() > 2, "starts from nothing: " + reports.getFirst());
            assertTrue(reports.getLast().progress().loss() < 0.3, "has learned: " + reports.getLast());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rnn", "gru", "lstm"})
    void oneSeedGivesTheSameBitsAgainAndOnAnyNumberOfThreads(String cell) {
        float[] first = trained(cell, WorkerPool.caller(), 2);
        assertArrayEquals(first, trained(cell, WorkerPool.caller(), 2));
        for (int threads = 2; threads <= 3; threads++) {
            try (WorkerPool pool = new WorkerPool(threads)) {
                assertArrayEquals(first, trained(cell, pool, 2), threads + " threads");
            }
        }
    }

    @Test
    void theStateIsCarriedToABatchThatContinuesAndClearedForOneThatDoesNot() {
        List<Batch> batches = TOKENS.sequential(4, 10);
        Batch second = batches.get(1);
        Batch detached = new Batch(second.layout(), second.inputs(), second.targets());
        double carried = lossOfSecond(batches.getFirst(), second);
        double cleared = lossOfSecond(batches.getFirst(), detached);
        assertFalse(carried == cleared, "the state must matter");
        try (DeepRnn network = network("lstm", 16, WorkerPool.caller());
                Trainer trainer = new Trainer(network, new Sgd(1e-30), Clip.none())) {
            assertEquals(cleared, trainer.step(detached), "cleared is as if nothing had been before");
        }
    }

    @Test
    void aTrainerThatWasClosedBeginsAnewWithZeros() {
        Batch batch = TOKENS.sequential(4, 10).get(1);
        try (DeepRnn network = network("lstm", 16, WorkerPool.caller())) {
            Trainer trainer = new Trainer(network, new Sgd(1e-30), Clip.none());
            double first = trainer.step(batch);
            trainer.close();
            assertEquals(first, trainer.step(batch));
            trainer.close();
            trainer.close();
        }
    }

    /** With a rate that changes nothing, only the state can make a difference. */
    private static double lossOfSecond(Batch first, Batch second) {
        try (DeepRnn network = network("lstm", 16, WorkerPool.caller());
                Trainer trainer = new Trainer(network, new Sgd(1e-30), Clip.none())) {
            trainer.step(first);
            return trainer.step(second);
        }
    }

    static List<Supplier<Optimizer>> optimizers() {
        return List.of(
                () -> new Sgd(1), () -> new Momentum(0.1), () -> new Nesterov(0.1), () -> new RmsProp(0.003),
                () -> new Adadelta(10, 0.95, 1e-4, 0), () -> new Adam(0.01));
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void everyOptimizerLearnsARepeatingText(Supplier<Optimizer> optimizer) {
        try (DeepRnn network = network("lstm", 32, WorkerPool.caller());
                Trainer trainer = new Trainer(network, optimizer.get(), Clip.norm(1))) {
            double first = fit(trainer, 1, TrainingListener.NONE).getFirst().progress().loss();
            double last = fit(trainer, 40, TrainingListener.NONE).getLast().progress().loss();
            assertTrue(first > 2, "starts from nothing: " + first);
            assertTrue(last < 0.5, "has learned: " + last);
        }
    }

    @Test
    void theRateFollowsItsFactor() {
        Batch batch = TOKENS.sequential(4, 10).getFirst();
        try (DeepRnn network = network("rnn", 8, WorkerPool.caller());
                DeepRnn other = network("rnn", 8, WorkerPool.caller());
                Trainer trainer = new Trainer(network, new Sgd(1), Clip.none());
                Trainer halved = new Trainer(other, new Sgd(2), Clip.none())) {
            halved.learningRateMultiplier(0.5);
            trainer.step(batch);
            halved.step(batch);
            float[] values = network.parameters().values().toFloats();
            assertArrayEquals(values, other.parameters().values().toFloats());
            trainer.learningRateMultiplier(0);
            trainer.step(batch);
            assertArrayEquals(values, network.parameters().values().toFloats());
            assertThrows(IllegalArgumentException.class, () -> trainer.learningRateMultiplier(-1));
            assertThrows(IllegalArgumentException.class, () -> trainer.learningRateMultiplier(Double.NaN));
        }
    }

    @Test
    void aListenerSeesEveryStepAndEpochAndMayEndTheTraining() {
        List<TrainingListener.Progress> steps = new ArrayList<>();
        List<EpochReport> epochs = new ArrayList<>();
        TrainingListener listener = new TrainingListener() {
            @Override
            public void onStep(Progress progress) {
                steps.add(progress);
            }

            @Override
            public void onEpoch(EpochReport report) {
                epochs.add(report);
            }

            @Override
            public boolean isCancelled() {
                return steps.size() == 15;
            }
        };
        try (DeepRnn network = network("rnn", 8, WorkerPool.caller());
                Trainer trainer = new Trainer(network, new Sgd(0.1), Clip.norm(1))) {
            List<EpochReport> reports =
                    trainer.fit(9, epoch -> TOKENS.sequential(4, 10), () -> 42 + steps.size(), listener);
            assertEquals(15, steps.size(), "11 of the first epoch, 4 of the second");
            assertEquals(epochs, reports);
            assertEquals(1, reports.size());
            assertEquals(42 + 11, reports.getFirst().validation());
            assertEquals(11 * 40, reports.getFirst().progress().tokens());
        }
    }

    @Test
    void anEpochThatPredictsNothingIsRefusedAndABatchThatDoesNotCostsNothing() {
        int[] none = {Batch.NO_TARGET, Batch.NO_TARGET};
        Batch nothing = Batch.ofTokens(2, 1, new int[] {1, 2}, none);
        Batch something = Batch.ofTokens(2, 1, new int[] {1, 2}, new int[] {2, Batch.NO_TARGET});
        try (DeepRnn network = network("gru", 4, WorkerPool.caller());
                Trainer trainer = new Trainer(network, new Sgd(1), Clip.norm(1))) {
            assertEquals(0, trainer.step(nothing));
            List<Double> losses = new ArrayList<>();
            TrainingListener listener = new TrainingListener() {
                @Override
                public void onStep(Progress progress) {
                    losses.add(progress.loss());
                }
            };
            trainer.fit(1, epoch -> List.of(nothing, something), listener);
            assertEquals(0, losses.getFirst());
            assertTrue(losses.getLast() > 0);
            String message = assertThrows(
                    IllegalArgumentException.class,
                    () -> trainer.fit(1, epoch -> List.of(nothing), TrainingListener.NONE)).getMessage();
            assertEquals(
                    "epoch 0 predicts nothing: every row of its batches is padding or has weight 0; give at least one that"
                            + " counts",
                    message);
        }
    }

    @Test
    void theBestEpochComesBackAfterWorseOnes() {
        try (DeepRnn network = network("lstm", 16, WorkerPool.caller());
                EarlyStopping best = new EarlyStopping(network.parameters())) {
            assertThrows(IllegalStateException.class, best::restore);
            float[] good;
            try (Trainer trainer = new Trainer(network, new Sgd(1), Clip.norm(1))) {
                fit(trainer, 8, best);
                good = network.parameters().values().toFloats();
            }
            try (Trainer diverging = new Trainer(network, new Sgd(300), Clip.norm(1))) {
                List<EpochReport> worse = fit(diverging, 3, TrainingListener.NONE.and(best));
                EpochReport kept = best.restore();
                assertTrue(worse.stream().allMatch(report -> report.progress().loss() > kept.progress().loss()));
            }
            assertArrayEquals(good, network.parameters().values().toFloats());
        }
    }

    @Test
    void aBestEpochThatIsClosedIsNotRestored() {
        try (DeepRnn network = network("rnn", 8, WorkerPool.caller());
                Trainer trainer = new Trainer(network, new Sgd(1), Clip.norm(1))) {
            EarlyStopping best = new EarlyStopping(network.parameters());
            fit(trainer, 1, best);
            best.close();
            String message = assertThrows(IllegalStateException.class, best::restore).getMessage();
            assertEquals("the copy of the best parameters is closed; keep and restore them before you close it",
                    message);
        }
    }

    @Test
    void aModelCannotBeClosedWhileItTrains() throws InterruptedException {
        DeepRnn network = network("lstm", 8, WorkerPool.caller());
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Thread step = new Thread(() -> {
            try (var _ = network.reserve("a training step")) {
                inside.countDown();
                goOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        step.start();
        inside.await();
        Exception e = assertThrows(IllegalStateException.class, network::close);
        assertTrue(e.getMessage().contains("held by a training step"), e.getMessage());
        goOn.countDown();
        step.join();
        network.close();
        assertThrows(IllegalStateException.class, () -> network.reserve("a training step"));
    }
}
