package dev.unroll.rnn.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Evaluation;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Sgd;
import dev.unroll.rnn.train.TrainingListener.EpochReport;
import dev.unroll.rnn.train.TrainingListener.Progress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ScheduledTrainingTest {
    private static final List<Batch> BATCHES =
            List.of(Music.batch(Music.BITS, 1, false, 5), Music.batch(Music.BITS, 2, true, 5));

    private final DeepRnn network = Music.network("rnn:9");

    @AfterEach
    void close() {
        network.close();
    }

    /** Validations that give these figures one after the other, whatever the network is. */
    private static DoubleSupplier figures(double... figures) {
        Iterator<Double> each = Arrays.stream(figures).iterator();
        return each::next;
    }

    private Trainer trainer(Schedule schedule) {
        return new Trainer(network, Music.BITS, new Sgd(1), Clip.norm(1)).schedule(schedule);
    }

    /** The values after every epoch, before a validation may bring back others, and at the end. */
    private List<double[]> fit(Trainer trainer, double... figures) {
        List<double[]> values = new ArrayList<>();
        DoubleSupplier next = figures(figures);
        trainer.fit(figures.length, epoch -> BATCHES, () -> {
            values.add(Music.values(network));
            return next.getAsDouble();
        }, TrainingListener.NONE);
        values.add(Music.values(network));
        return values;
    }

    @Test
    void everyUpdateAsksTheScheduleAndEpochsAreValidations() {
        List<String> asked = new ArrayList<>();
        Schedule schedule = (updates, validations) -> {
            asked.add(updates + " " + validations);
            return 1;
        };
        try (Trainer trainer = trainer(schedule)) {
            trainer.step(BATCHES.getFirst());
            trainer.step(BATCHES.getLast());
            assertEquals(List.of("0 []", "1 []"), asked);
            asked.clear();
            fit(trainer, 3.5);
            assertEquals(List.of("2 []", "3 []"), asked.subList(0, 2));
            asked.clear();
            trainer.step(BATCHES.getFirst());
            assertEquals(List.of("4 [Validation[updates=4, figure=3.5]]"), asked);
        }
    }

    @Test
    void theFactorOfTheScheduleIsThatOfTheRate() {
        try (DeepRnn other = Music.network("rnn:9");
                Trainer scheduled = trainer(Schedule.stepDecay(0.25, 1));
                Trainer byHand = new Trainer(other, Music.BITS, new Sgd(1), Clip.norm(1))) {
            for (double factor : new double[] {1, 0.25, 0.0625}) {
                byHand.learningRateMultiplier(factor);
                assertEquals(byHand.step(BATCHES.getFirst()), scheduled.step(BATCHES.getFirst()));
            }
            assertArrayEquals(Music.values(other), Music.values(network));
        }
    }

    @Test
    void aPlateauBringsBackTheBestParametersAndGoesOnWithHalfTheRate() {
        try (Trainer trainer = trainer(Schedule.halveOnPlateau())) {
            List<double[]> values = fit(trainer, 3, 2, 2.5);
            assertFalse(Arrays.equals(values.get(1), values.get(2)), "the third epoch changed them");
            assertArrayEquals(values.get(1), values.get(3), "those of figure 2");
            try (DeepRnn other = Music.network("rnn:9");
                    Trainer byHand = new Trainer(other, Music.BITS, new Sgd(0.5), Clip.norm(1))) {
                other.parameters().copyFrom(network.parameters(), "");
                byHand.step(BATCHES.getFirst());
                trainer.step(BATCHES.getFirst());
                assertArrayEquals(Music.values(other), Music.values(network));
            }
        }
    }

    @Test
    void withoutRollBackTheParametersStay() {
        try (Trainer trainer = trainer(new Schedule.Plateau(0.5, 1, false))) {
            List<double[]> values = fit(trainer, 3, 2, 2.5);
            assertArrayEquals(values.get(2), values.get(3));
        }
    }

    @Test
    void aPlateauThatWaitsRollsBackOnlyWhenItCutsTheRate() {
        try (Trainer trainer = trainer(new Schedule.Plateau(0.5, 2, true))) {
            List<double[]> values = fit(trainer, 2, 3);
            assertArrayEquals(values.get(1), values.get(2), "not yet");
            List<double[]> later = fit(trainer, 4);
            assertArrayEquals(values.get(0), later.get(1), "those of figure 2");
        }
    }

    @Test
    void aValidationThatGivesNanEndsTheTraining() {
        try (Trainer trainer = trainer(Schedule.constant())) {
            Exception e = assertThrows(ArithmeticException.class, () -> fit(trainer, 3, Double.NaN));
            assertTrue(e.getMessage().startsWith("the validation after update 4 gave NaN; "), e.getMessage());
        }
    }

    /** To a listener NaN says that nothing was validated: it would compare a training loss with validations. */
    @Test
    void aValidationThatGivesNanIsToldToNoListenerAndTheBestBeforeItStays() {
        List<double[]> values = new ArrayList<>();
        DoubleSupplier figures = figures(50, Double.NaN);
        try (Trainer trainer = trainer(Schedule.constant());
                EarlyStopping best = new EarlyStopping(network.parameters())) {
            assertThrows(ArithmeticException.class, () -> trainer.fit(9, epoch -> BATCHES, () -> {
                values.add(Music.values(network));
                return figures.getAsDouble();
            }, best));
            assertEquals(50, best.restore().validation());
            assertArrayEquals(values.getFirst(), Music.values(network));
        }
    }

    @Test
    void aFigureThatIsNanIsWorseThanEveryNumberInWhateverPlaceItComes() {
        double nan = Double.NaN;
        for (double[] losses : new double[][] {{nan, 3, 2, 5}, {3, nan, 2, nan}, {nan, nan, 2, nan},
            {3, 2, nan, nan}}) {
            try (EarlyStopping best = new EarlyStopping(network.parameters()).patience(2)) {
                double[] kept = null;
                for (double loss : losses) {
                    network.parameters().write("a change", values -> values.set(0, 0, loss + 1));
                    kept = loss == 2 ? Music.values(network) : kept;
                    best.onEpoch(new EpochReport(new Progress(1, 4, 1, 1, loss, 1, 1), nan));
                }
                assertEquals(2, best.restore().progress().loss());
                assertArrayEquals(kept, Music.values(network));
            }
        }
        try (EarlyStopping best = new EarlyStopping(network.parameters()).patience(2)) {
            for (int i = 0; i < 3; i++) {
                assertFalse(best.isCancelled());
                best.onEpoch(new EpochReport(new Progress(1, 4, 1, 1, nan, 1, 1), nan));
            }
            assertTrue(best.isCancelled(), "nothing got better");
        }
    }

    @Test
    void patienceEndsTheTrainingAndTheBestParametersComeBack() {
        List<double[]> values = new ArrayList<>();
        DoubleSupplier figures = figures(5, 4, 4.5, 3, 3.5, 3, 3.1, 2);
        List<String> steps = new ArrayList<>();
        TrainingListener counter = new TrainingListener() {
            @Override
            public void onStep(Progress progress) {
                steps.add(progress.epoch() + "." + progress.step());
            }
        };
        try (Trainer trainer = trainer(Schedule.inverseAfterRise(1));
                EarlyStopping best = new EarlyStopping(network.parameters()).patience(3)) {
            List<EpochReport> reports = trainer.fit(99, epoch -> BATCHES, () -> {
                values.add(Music.values(network));
                return figures.getAsDouble();
            }, best.and(counter));
            assertEquals(7, reports.size(), "3.5, 3 and 3.1 are not better than 3");
            assertEquals("7.2", steps.getLast(), "no step after the last epoch");
            assertEquals(3, best.restore().validation());
            assertArrayEquals(values.get(3), Music.values(network));
        }
        assertThrows(IllegalArgumentException.class, () -> new EarlyStopping(network.parameters()).patience(0));
    }

    /** The example of the trainer's documentation, with fewer epochs. */
    @Test
    void theRecipeOfThePaperReadsAsOne() {
        List<Batch> batches = BATCHES;
        List<Batch> validation = List.of(Music.batch(Music.BITS, 9, false, 8, 3));
        Task task = Music.BITS;
        double before = Evaluation.of(network, task, validation);
        try (var trainer = new Trainer(network, task, new Sgd(0.3), Clip.norm(1))
                .seed(1)
                .weightNoise(0.075)
                .schedule(Schedule.inverseAfterRise(100));
                var best = new EarlyStopping(network.parameters()).patience(10)) {
            trainer.fit(20, epoch -> batches, () -> Evaluation.of(network, task, validation), best);
            double restored = best.restore().validation();
            assertEquals(restored, Evaluation.of(network, task, validation));
            assertTrue(restored < before, "of bits that are 0 and 1 alike a network learns not to be sure");
        }
    }
}
