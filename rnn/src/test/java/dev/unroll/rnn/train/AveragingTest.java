package dev.unroll.rnn.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Evaluation;
import dev.unroll.rnn.optim.Adam;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Optimizer;
import dev.unroll.rnn.optim.Sgd;
import dev.unroll.rnn.train.TrainingListener.EpochReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AveragingTest {
    private static final List<Batch> BATCHES =
            List.of(Music.batch(Music.BITS, 1, false, 5), Music.batch(Music.BITS, 2, true, 5));
    private static final List<Batch> HELD_OUT = List.of(Music.batch(Music.BITS, 9, false, 8, 3));

    private final DeepRnn network = Music.network("rnn:9");

    @AfterEach
    void close() {
        network.close();
    }

    private static Trainer trainer(DeepRnn network, Optimizer optimizer) {
        return new Trainer(network, Music.BITS, optimizer, Clip.norm(1)).seed(5);
    }

    private Trainer averaging(double decay) {
        return trainer(network, new Sgd(1)).average(decay);
    }

    private static double[] averages(Trainer trainer, DeepRnn network) {
        try (var _ = trainer.averaged()) {
            return values(network);
        }
    }

    private static double[] values(DeepRnn network) {
        Tensor values = network.parameters().values();
        if (values.type() == ElementType.F64) {
            return values.toDoubles();
        }
        float[] floats = values.toFloats();
        double[] doubles = new double[floats.length];
        Arrays.setAll(doubles, i -> floats[i]);
        return doubles;
    }

    private static DoubleSupplier figures(double... figures) {
        Iterator<Double> each = Arrays.stream(figures).iterator();
        return each::next;
    }

    @ParameterizedTest
    @CsvSource({"F64, 0", "F64, 0.3", "F64, 0.9", "F64, 0.999", "F32, 0.3", "F32, 0.999"})
    void everyUpdateMovesTheAverageByTheFormula(ElementType type, double decay) {
        try (DeepRnn other = Music.network("gru:9", type, WorkerPool.caller());
                Trainer trainer = trainer(other, new Sgd(1)).average(decay)) {
            double[] expected = new double[0];
            for (int t = 0; t < 40; t++) {
                trainer.step(BATCHES.get(t % 2));
                double[] now = values(other);
                if (t == 0) {
                    expected = now.clone();
                }
                double d = Math.min(decay, (1.0 + t) / (10 + t));
                for (int i = 0; i < now.length; i++) {
                    expected[i] = d * expected[i] + (1 - d) * now[i];
                }
                // Numbers up to 2, and of the roundings of earlier updates a part less each time.
                double tolerance = type == ElementType.F64 ? 1e-14 : 3e-6;
                assertArrayEquals(expected, averages(trainer, other), tolerance, "after update " + (t + 1));
                assertArrayEquals(now, values(other), 0, "the parameters are back");
            }
        }
    }

    @Test
    void withoutDecayTheAverageIsTheLastParameters() {
        try (Trainer trainer = averaging(0)) {
            for (int i = 0; i < 4; i++) {
                trainer.step(BATCHES.get(i % 2));
                assertArrayEquals(values(network), averages(trainer, network), 0);
            }
        }
    }

    /** What a training of four epochs ends with, averages last. */
    private static double[][] trained(boolean isAveraged, WorkerPool pool) {
        try (DeepRnn network = Music.network("rnn:300:dropout=0.3", ElementType.F32, pool);
                Trainer trainer = trainer(network, new Adam(0.01)).weightNoise(0.05)
                        .schedule(Schedule.halveOnPlateau());
                EarlyStopping best = new EarlyStopping(network.parameters())) {
            if (isAveraged) {
                trainer.average(0.9);
            }
            DoubleSupplier figures = figures(3, 2, 4, 1);
            double[] losses = trainer.fit(4, _ -> BATCHES, () -> {
                Evaluation.of(network, Music.BITS, HELD_OUT);
                return figures.getAsDouble();
            }, best).stream().mapToDouble(report -> report.progress().loss()).toArray();
            return new double[][] {losses, values(network), averages(trainer, network)};
        }
    }

    @Test
    void theTrainingHasTheSameBitsWithAndWithoutAndBothOnAnyNumberOfThreads() {
        double[][] plain = trained(false, WorkerPool.caller());
        double[][] averaged = trained(true, WorkerPool.caller());
        assertArrayEquals(plain[0], averaged[0], 0, "losses");
        assertArrayEquals(plain[1], averaged[1], 0, "parameters");
        assertArrayEquals(plain[1], plain[2], 0, "without averages the network keeps what it has");
        assertFalse(Arrays.equals(averaged[1], averaged[2]));
        for (int threads = 2; threads <= 3; threads++) {
            try (WorkerPool pool = new WorkerPool(threads)) {
                double[][] other = trained(true, pool);
                assertArrayEquals(averaged[1], other[1], 0, threads + " threads");
                assertArrayEquals(averaged[2], other[2], 0, threads + " threads");
            }
        }
    }

    @Test
    void validationsAndEpochsSeeTheAveragesAndAllElseTheParameters() {
        List<double[]> validated = new ArrayList<>();
        List<double[]> raw = new ArrayList<>();
        try (Trainer trainer = averaging(0.9); EarlyStopping best = new EarlyStopping(network.parameters())) {
            TrainingListener listener = new TrainingListener() {
                @Override
                public void onStep(Progress progress) {
                    raw.add(values(network));
                }

                @Override
                public void onEpoch(EpochReport report) {
                    assertArrayEquals(validated.getLast(), values(network), 0);
                }

                @Override
                public void onSettled() {
                    assertArrayEquals(raw.getLast(), values(network), 0);
                    if (trainer.updates() % 2 == 0 && validated.size() == trainer.updates() / 2) {
                        assertArrayEquals(validated.getLast(), averages(trainer, network), 0);
                    }
                }

                @Override
                public void onEnd() {
                    assertArrayEquals(raw.getLast(), values(network), 0);
                }
            };
            List<EpochReport> reports = trainer.fit(5, _ -> BATCHES, () -> {
                validated.add(values(network));
                assertFalse(Arrays.equals(raw.getLast(), values(network)));
                return Evaluation.of(network, Music.BITS, HELD_OUT);
            }, best.and(listener));
            assertEquals(5, validated.size());
            assertArrayEquals(raw.getLast(), values(network), 0, "after fit");
            EpochReport kept = best.restore();
            assertArrayEquals(validated.get(kept.progress().epoch() - 1), values(network), 0, "the best averages");
            assertEquals(kept.validation(), Evaluation.of(network, Music.BITS, HELD_OUT));
            assertEquals(reports.get(kept.progress().epoch() - 1), kept);
        }
    }

    @Test
    void whereNothingIsValidatedTheBestEpochHasTheAveragesToo() {
        List<double[]> averages = new ArrayList<>();
        try (Trainer trainer = averaging(0.9); EarlyStopping best = new EarlyStopping(network.parameters())) {
            trainer.fit(3, _ -> BATCHES, best.and(new TrainingListener() {
                @Override
                public void onSettled() {
                    averages.add(averages(trainer, network));
                }
            }));
            int epoch = best.restore().progress().epoch();
            assertArrayEquals(averages.get(3 * epoch - 1), values(network), 0, "of two steps and the epoch");
        }
    }

    @Test
    void anExceptionInAValidationOrAListenerLeavesTheParameters() {
        TrainingListener throwing = new TrainingListener() {
            @Override
            public void onEpoch(EpochReport report) {
                throw new CancellationException("somebody else's");
            }
        };
        double[][] raw = new double[1][];
        TrainingListener noting = new TrainingListener() {
            @Override
            public void onStep(Progress progress) {
                raw[0] = values(network);
            }
        };
        try (Trainer trainer = averaging(0.9)) {
            assertThrows(
                    CancellationException.class, () -> trainer.fit(1, _ -> BATCHES, noting.and(throwing)));
            assertArrayEquals(raw[0], values(network), 0);
            assertThrows(ArithmeticException.class, () -> trainer.fit(1, _ -> BATCHES, () -> Double.NaN, noting));
            assertArrayEquals(raw[0], values(network), 0);
            assertThrows(OutOfMemoryError.class, () -> trainer.fit(1, _ -> BATCHES, () -> {
                throw new OutOfMemoryError();
            }, noting));
            assertArrayEquals(raw[0], values(network), 0);
            trainer.step(BATCHES.getFirst());
        }
    }

    @Test
    void anInterruptedValidationLeavesTheParametersAndTheBestAveragesCanBeRestored() {
        List<double[]> validated = new ArrayList<>();
        double[][] raw = new double[1][];
        try (Trainer trainer = averaging(0.9); EarlyStopping best = new EarlyStopping(network.parameters())) {
            List<EpochReport> reports = trainer.fit(9, _ -> BATCHES, () -> {
                validated.add(values(network));
                if (validated.size() == 3) {
                    Thread.currentThread().interrupt();
                }
                return Evaluation.of(network, Music.BITS, HELD_OUT) * 0 + validated.size();
            }, best.and(new TrainingListener() {
                @Override
                public void onStep(Progress progress) {
                    raw[0] = values(network);
                }

                @Override
                public void onEnd() {
                    assertArrayEquals(raw[0], values(network), 0);
                }
            }));
            assertEquals(2, reports.size());
            assertArrayEquals(raw[0], values(network), 0);
            assertEquals(1, best.restore().progress().epoch());
            assertArrayEquals(validated.getFirst(), values(network), 0);
        } finally {
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void aRollBackIsToTheParametersThemselvesAndTheAverageBeginsAnew() {
        List<double[]> raw = new ArrayList<>();
        try (Trainer trainer = averaging(0.9).schedule(Schedule.halveOnPlateau())) {
            trainer.fit(3, _ -> BATCHES, figures(3, 2, 2.5), new TrainingListener() {
                @Override
                public void onStep(Progress progress) {
                    raw.add(values(network));
                }
            });
            assertArrayEquals(raw.get(3), values(network), 0, "after the second epoch");
            assertArrayEquals(raw.get(3), averages(trainer, network), 0, "there is no average yet");
            trainer.step(BATCHES.getFirst());
            assertArrayEquals(values(network), averages(trainer, network), 0);
            trainer.step(BATCHES.getFirst());
            assertFalse(Arrays.equals(values(network), averages(trainer, network)));
        }
    }

    @Test
    void whatNeedsTheParametersIsRefusedWhileTheNetworkHasTheAverages(@TempDir Path temp) throws Exception {
        try (Trainer trainer = averaging(0.9); Checkpoints checkpoints = Checkpoints.in(temp, trainer)) {
            trainer.step(BATCHES.getFirst());
            trainer.step(BATCHES.getLast());
            checkpoints.save();
            double[] raw = values(network);
            Averaged averaged = trainer.averaged();
            double[] averages = values(network);
            for (Executable call : List.<Executable>of(
                    () -> trainer.step(BATCHES.getFirst()), () -> trainer.validated(1), () -> trainer.average(0.5),
                    checkpoints::save, checkpoints::resume)) {
                String message = assertThrows(IllegalStateException.class, call).getMessage();
                assertTrue(message.contains("the network has the averages of its parameters"), message);
            }
            assertArrayEquals(averages, averages(trainer, network), 0, "one in another");
            assertArrayEquals(averages, values(network), 0, "the outer one goes on");
            try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
                Exception e = assertThrows(
                        ExecutionException.class,
                        () -> thread.submit(() -> trainer.step(BATCHES.getFirst())).get());
                assertTrue(e.getMessage().contains("is held by averaged parameters"), e.getMessage());
            }
            averaged.close();
            assertArrayEquals(raw, values(network), 0);
            trainer.step(BATCHES.getFirst());
            double[] later = values(network);
            averaged.close();
            assertArrayEquals(later, values(network), 0, "a second close does nothing");
        }
    }

    @Test
    void aTrainerThatIsClosedMeanwhileGivesTheParametersBackAndBeginsAnew() {
        Trainer trainer = averaging(0.9);
        trainer.step(BATCHES.getFirst());
        trainer.step(BATCHES.getFirst());
        double[] raw = values(network);
        try (var _ = trainer.averaged()) {
            assertFalse(Arrays.equals(raw, values(network)));
            trainer.close();
            assertArrayEquals(raw, values(network), 0);
        }
        assertArrayEquals(raw, values(network), 0);
        trainer.step(BATCHES.getFirst());
        assertArrayEquals(values(network), averages(trainer, network), 0);
        trainer.close();
    }

    @ParameterizedTest
    @ValueSource(doubles = {1, 1.5, -0.1, Double.NaN, Double.POSITIVE_INFINITY})
    void aDecayThatIsNoneIsRefused(double decay) {
        try (Trainer trainer = averaging(0.5)) {
            String message = assertThrows(IllegalArgumentException.class, () -> trainer.average(decay)).getMessage();
            assertEquals("the decay of the average must be at least 0 and less than 1, not " + decay, message);
        }
    }
}
