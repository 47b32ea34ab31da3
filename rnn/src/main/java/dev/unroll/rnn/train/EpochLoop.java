package dev.unroll.rnn.train;

import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.train.TrainingListener.EpochReport;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.CancellationException;
import java.util.function.DoubleSupplier;
import java.util.function.IntFunction;

/** The loop over epochs: steps, validation, and what listeners are told. */
final class EpochLoop {
    private final Trainer trainer;
    private final Parameters parameters;
    private final Course course = new Course();
    private boolean isSettled = true;

    EpochLoop(Trainer trainer, Parameters parameters) {
        this.trainer = trainer;
        this.parameters = parameters;
    }

    /** How far the training has come. */
    Course course() {
        return course;
    }

    /** False between the end of an epoch and the moment when its validation was told to the schedule. */
    boolean isSettled() {
        return isSettled;
    }

    List<EpochReport> run(
            int epochs, IntFunction<List<Batch>> batches, DoubleSupplier validationOrNull, TrainingListener listener) {
        isSettled = true; // an exception may have left it false: this begins anew, or where a checkpoint was made
        if (!course.begin(epochs)) {
            return List.of();
        }
        boolean isEnding = course.takeResumed() && listener.isCancelled(); // as by a patience that had come to its end
        while (!isEnding && !course.isOver()) {
            List<Batch> remaining = course.remaining(batches.apply(course.epoch()));
            isEnding = !train(remaining, listener) || !endEpoch(validationOrNull, listener);
        }
        listener.onEnd();
        return course.reports();
    }

    /** Trains on batches of one epoch; false if the training is to end before they do. */
    private boolean train(List<Batch> remaining, TrainingListener listener) {
        int perUpdate = trainer.batchesPerUpdate();
        for (int from = 0; from < remaining.size(); from += perUpdate) {
            int to = Math.min(from + perUpdate, remaining.size());
            List<Batch> batches = List.copyOf(remaining.subList(from, to)); // which may be made on demand
            long start = System.nanoTime();
            double loss = trainer.step(batches);
            course.trained(batches, loss, Trainer.predicted(batches), (System.nanoTime() - start) * 1e-9);
            listener.onStep(course.progress());
            listener.onSettled();
            if (isToEnd(listener)) {
                return false;
            }
        }
        return true;
    }

    /** Validates and reports an epoch; false if the training is to end. */
    private boolean endEpoch(DoubleSupplier validationOrNull, TrainingListener listener) {
        course.requirePredictions();
        Divergence.checkValues(trainer.updates(), parameters);
        EpochReport report;
        try (var _ = trainer.averaged()) { // the listener, too, may keep the parameters that the figure belongs to
            OptionalDouble figure = validate(validationOrNull);
            if (figure.isEmpty()) {
                return false; // the epoch has not ended: going on from here begins with its validation
            }
            report = course.endEpoch(figure.getAsDouble());
            isSettled = false;
            listener.onEpoch(report);
        }
        if (validationOrNull != null) { // after the listener, which may keep the parameters that gave the figure
            trainer.validated(report.validation());
        }
        isSettled = true;
        listener.onSettled();
        return !isToEnd(listener);
    }

    /** Returns the figure, NaN if nothing is validated, or none if the thread was interrupted. */
    private OptionalDouble validate(DoubleSupplier validationOrNull) {
        if (validationOrNull == null) {
            return OptionalDouble.of(Double.NaN);
        }
        try {
            double figure = validationOrNull.getAsDouble();
            ScheduledRate.requireNumber(trainer.updates(), figure); // to listeners NaN says that nothing was validated
            return OptionalDouble.of(figure);
        } catch (CancellationException e) {
            if (Thread.currentThread().isInterrupted()) {
                return OptionalDouble.empty();
            }
            throw e; // somebody else's
        }
    }

    private boolean isToEnd(TrainingListener listener) {
        return trainer.isToEnd(listener.isCancelled() || Thread.currentThread().isInterrupted());
    }
}
