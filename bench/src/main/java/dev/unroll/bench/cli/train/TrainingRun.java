package dev.unroll.bench.cli.train;

import dev.unroll.bench.cli.common.CommandLines;
import dev.unroll.bench.cli.train.Recipe.Settings;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.EpochRandom;
import dev.unroll.rnn.io.ModelFolder;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Evaluation;
import dev.unroll.rnn.parallel.ExchangeException;
import dev.unroll.rnn.train.Checkpoints;
import dev.unroll.rnn.train.EarlyStopping;
import dev.unroll.rnn.train.Trainer;
import dev.unroll.rnn.train.TrainingListener;
import dev.unroll.rnn.train.TrainingListener.EpochReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import picocli.CommandLine;

/** One training of {@code unroll train}, from its first step or a checkpoint to the saved model. */
public final class TrainingRun {
    /** The folder of checkpoints in that of the model. */
    static final String CHECKPOINTS = "checkpoints";

    private final TrainingSubject subject;
    private final Settings settings;
    private final TrainOptions options;
    private final LearningOptions learning;
    private final CheckpointOptions checkpointing;
    private final SharingOptions sharing;
    private final WorkerPart partOrNull;
    private final PrintWriter out;
    private final PrintWriter err;

    TrainingRun(
            TrainingSubject subject, Settings settings, TrainOptions options, LearningOptions learning,
            CheckpointOptions checkpointing, SharingOptions sharing, WorkerPart partOrNull, CommandLine command) {
        this.subject = subject;
        this.settings = settings;
        this.options = options;
        this.learning = learning;
        this.checkpointing = checkpointing;
        this.sharing = sharing;
        this.partOrNull = partOrNull;
        out = command.getOut();
        err = command.getErr();
    }

    /**
     * How a training went.
     *
     * @param epochs that ended
     * @param kept the one whose parameters the model has now, null for those of the moment
     * @param end why it ended too early, empty if it did not
     * @param folder where the model is saved, null for nowhere
     * @param code exit code of the process
     */
    public record Outcome(List<EpochReport> epochs, EpochReport kept, String end, Path folder, int code) {
        public boolean isWhole() {
            return end.isEmpty();
        }
    }

    /** Trains, and saves the model where it was to go or, where that fails, somewhere else. */
    Outcome run(BooleanSupplier interrupted) throws IOException {
        if (options.out != null && saves()) {
            subject.requireSavable(options.out);
        }
        DeepRnn network = subject.network();
        List<Batch> heldOut = subject.validation();
        try (Trainer trainer = new Trainer(
                network, subject.task(), learning.optimizer(settings), learning.clip(settings.clip()));
                EarlyStopping best = learning.best(network.parameters());
                TrainingDisplay display = display(interrupted)) {
            learning.configure(trainer.seed(options.seed), !heldOut.isEmpty());
            sharing.configure(trainer, partOrNull, batches(0));
            if (options.out == null) {
                return train(trainer, best, display, interrupted, heldOut, null);
            }
            try (Checkpoints checkpoints = checkpoints(trainer, best)) {
                checkpoints.describe(facts(heldOut));
                checkpointing.apply(checkpoints, options.out, err);
                return checkpointing.isOff()
                        ? train(trainer, best, display, interrupted, heldOut, null)
                        : train(trainer, best, display.and(checkpoints), interrupted, heldOut, checkpoints);
            }
        }
    }

    /** Of several workers one saves. */
    private boolean saves() {
        return partOrNull == null || partOrNull.isFirst();
    }

    private TrainingDisplay display(BooleanSupplier interrupted) {
        return partOrNull == null
                ? TrainingDisplay.on(err, subject.measure(), interrupted)
                : TrainingDisplay.inLines(err, subject.measure(), interrupted);
    }

    private Checkpoints checkpoints(Trainer trainer, EarlyStopping best) throws IOException {
        Path folder = options.out.resolve(CHECKPOINTS);
        return partOrNull == null
                ? Checkpoints.in(folder, trainer, best)
                : partOrNull.open(() -> Checkpoints.in(folder, trainer, best));
    }

    /** Returns what a checkpoint must have been made with, besides what the trainer compares. */
    private Map<String, Object> facts(List<Batch> heldOut) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("batch", settings.batch());
        facts.put("steps", settings.steps());
        facts.putAll(learning.facts());
        facts.putAll(subject.facts());
        facts.put("data", Checkpoints.fingerprint(batches(0)));
        facts.put("held out", Checkpoints.fingerprint(heldOut));
        return facts;
    }

    private List<Batch> batches(int epoch) {
        return subject.batches(epoch, EpochRandom.of(options.seed, epoch));
    }

    private Outcome train(
            Trainer trainer, EarlyStopping best, TrainingListener listener, BooleanSupplier interrupted,
            List<Batch> heldOut,
            Checkpoints checkpointsOrNull) throws IOException {
        DeepRnn network = subject.network();
        err.println((trainer.updates() == 0 ? "training " : "going on after update " + trainer.updates() + " with ")
                + network.spec() + ", " + network.parameters().count() + " parameters, on "
                + String.join(", ", options.data) + ", " + subject.data());
        err.flush();
        DoubleSupplier validation = () -> Evaluation.of(network, subject.task(), heldOut);
        List<EpochReport> epochs;
        try {
            TrainingListener listeners = listener.and(best);
            epochs = heldOut.isEmpty()
                    ? trainer.fit(settings.epochs(), this::batches, listeners)
                    : trainer.fit(settings.epochs(), this::batches, validation, listeners);
        } catch (ExchangeException e) { // the workers begin again from the last checkpoint
            throw e;
        } catch (ArithmeticException e) { // it diverged, and would again
            finish(checkpointsOrNull);
            return failed(best, e);
        } catch (RuntimeException e) {
            return failed(best, e);
        } catch (OutOfMemoryError e) {
            return failed(best, e);
        }
        if (partOrNull != null && interrupted.getAsBoolean()) {
            throw new ExchangeException("worker " + partOrNull.exchange().worker() + " was interrupted");
        }
        EpochReport kept = best.hasEpoch() ? best.restore() : null;
        if (kept == null && checkpointsOrNull != null && checkpointing.isResuming()) {
            err.println("interrupted; the checkpoint is in " + options.out.resolve(CHECKPOINTS));
            return new Outcome(List.of(), null, "interrupted", null, 1);
        }
        if (interrupted.getAsBoolean() || kept == null) {
            return stopped(kept, "interrupted");
        }
        Outcome outcome = finished(epochs, kept, checkpointsOrNull);
        if (outcome.code() == 0) {
            finish(checkpointsOrNull);
        }
        return outcome;
    }

    private void finish(Checkpoints checkpointsOrNull) {
        if (checkpointsOrNull == null) {
            return;
        }
        try {
            checkpointsOrNull.finish();
        } catch (IOException e) {
            err.println("the last checkpoint could not be renamed: " + CommandLines.reason(e));
        }
    }

    /** Keeps the best epoch after an error. */
    private <E extends Throwable> Outcome failed(EarlyStopping best, E error) throws IOException, E {
        if (!best.hasEpoch()) {
            throw error;
        }
        return stopped(best.restore(), error.getMessage() == null ? error.toString() : error.getMessage());
    }

    /** A training that came to its end replaces the model that is there. */
    private Outcome finished(List<EpochReport> epochs, EpochReport kept, Checkpoints checkpointsOrNull)
            throws IOException {
        if (options.out == null || !saves()) {
            return new Outcome(epochs, kept, "", null, 0);
        }
        Path folder = saveOrRescue(checkpointsOrNull, "-rescued");
        out.println("saved in " + folder);
        out.flush();
        return new Outcome(epochs, kept, "", folder, folder.equals(options.out) ? 0 : 1);
    }

    /** One that was stopped does so only if it has at least an epoch to show; otherwise its model goes beside one. */
    private Outcome stopped(EpochReport kept, String reason) throws IOException {
        if (!saves()) {
            return new Outcome(List.of(), kept, reason, null, 1);
        }
        boolean mayBeThere = options.out != null && (kept != null || !new ModelFolder(options.out).holdsModel());
        Path folder = mayBeThere ? saveOrRescue(null, "-interrupted") : rescue("-interrupted");
        err.println(reason + "; the model "
                + (kept == null ? "" : "of epoch " + kept.progress().epoch() + " ")
                + "is saved in " + folder.toAbsolutePath());
        err.flush();
        return new Outcome(List.of(), kept, reason, folder, 1);
    }

    private Path saveOrRescue(Checkpoints checkpointsOrNull, String ending) throws IOException {
        try {
            try {
                subject.save(options.out);
            } catch (IOException e) {
                if (checkpointsOrNull == null) {
                    throw e;
                }
                checkpointsOrNull.deleteOlder(); // they may be what took the room
                subject.save(options.out);
            }
            return options.out;
        } catch (IOException | UncheckedIOException e) {
            err.println("the model could not be saved in " + options.out + ": " + CommandLines.reason(e));
            return rescue(ending);
        }
    }

    private Path rescue(String ending) throws IOException {
        Path named = options.out == null ? null : options.out.toAbsolutePath();
        Path name = named == null ? null : named.getFileName();
        return SafePlace.save(
                subject::save, named == null ? null : named.getParent(), (name == null ? "unroll" : name) + ending,
                "unroll" + ending);
    }
}
